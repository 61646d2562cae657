// Tokens become text as they come, in whole characters.

import { describe, expect, test } from 'vitest'
import { byteTokenizer } from '../../lib/data/tokenizer.ts'
import { Random } from '../../lib/tensor/random.ts'

describe('bytes', () => {
  test('there and back', () => {
    const text = 'naïve café — “quoted” 🦀\0\ufeff'
    expect(byteTokenizer.decode(byteTokenizer.encode(text))).toBe(text)
  })

  test('a stream shows each character when it is whole', () => {
    const stream = byteTokenizer.stream()
    const pieces = Array.from(byteTokenizer.encode('aé🦀b'), (token) => stream.push(token))
    expect(pieces).toEqual(['a', '', 'é', '', '', '', '🦀', 'b'])
    expect(stream.end()).toBe('')
  })

  test('any bytes give the text they stand for, also across a stream that was cut', () => {
    const random = new Random(2)
    // Leads, continuations, letters and what UTF-8 never has.
    const kinds = [0xc3, 0xe2, 0xf0, 0xed, 0x80, 0xa9, 0xbf, 0x61, 0xff, 0xc0]
    for (let round = 0; round < 200; round++) {
      const bytes = Array.from({ length: 12 }, () => random.choice(kinds))
      let stream = byteTokenizer.stream()
      let text = ''
      for (const byte of bytes) {
        text += stream.push(byte)
        stream = byteTokenizer.stream(JSON.parse(JSON.stringify(stream.state)))
      }
      expect(text + stream.end()).toBe(byteTokenizer.decode(bytes))
    }
  })
})
