// Tokens become text as they come, in whole characters.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HuggingFaceTokenizer, loadTokenizer } from '../../lib/data/huggingface-tokenizer.ts'
import { tokenizerFromNotes, tokenizerNotes } from '../../lib/data/model-tokenizer.ts'
import { byteTokenizer, documentBytes } from '../../lib/data/tokenizer.ts'
import { Random } from '../../lib/tensor/random.ts'
import { bytePairs, endOfText } from './byte-pairs.ts'

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

describe('a tokenizer.json', () => {
  const text = 'The naïve café — a “quoted” line.\n'.repeat(4)
  let folder: string
  let path: string
  let tokenizer: HuggingFaceTokenizer
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parascan-tokenizer-'))
    path = join(folder, 'tokenizer.json')
    await writeFile(path, JSON.stringify(bytePairs(text, 40)))
    tokenizer = await loadTokenizer(path)
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('puts special tokens around a text where they are asked for', async () => {
    const begin = { type_id: 0, id: endOfText }
    const template = {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: begin }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [],
      special_tokens: { [endOfText]: { id: endOfText, ids: [tokenizer.endOfText], tokens: [endOfText] } },
    }
    const other = join(folder, 'template.json')
    await writeFile(other, JSON.stringify({ ...bytePairs(text, 40), post_processor: template }))
    const begins = await loadTokenizer(other)
    expect(begins.encode('a')).toEqual(tokenizer.encode('a'))
    expect([...begins.encode('a', { special: true })]).toEqual([
      tokenizer.endOfText,
      ...tokenizer.encode('a'),
    ])
  })

  test('there and back, in fewer tokens than bytes, also what it never saw', () => {
    expect(tokenizer.encode(text).length).toBeLessThan(0.6 * byteTokenizer.encode(text).length)
    for (const other of [text, 'ÿ 🦀\t\0', '  spaces  '])
      expect(tokenizer.decode(tokenizer.encode(other))).toBe(other)
    expect(tokenizer.decode([])).toBe('')
    expect(tokenizer.decode([10_000])).toBe('') // of an embedding wider than the vocabulary
  })

  test('a stream gives the text in whole characters, also after it was cut', () => {
    const tokens = tokenizer.encode('né 🦀 line “x”')
    let stream = tokenizer.stream()
    let shown = ''
    for (const token of tokens) {
      const piece = stream.push(token)
      expect(piece).not.toContain('\ufffd')
      shown += piece
      stream = tokenizer.stream(JSON.parse(JSON.stringify(stream.state)))
    }
    expect(shown + stream.end()).toBe('né 🦀 line “x”')
    // Half a character that nothing completes is shown in the end, once.
    const half = tokenizer.stream()
    expect(half.push(tokenizer.encode('é')[0] as number) + half.end()).toMatch(/^(é|\ufffd)$/)
  })

  test('knows the end of a text, by its config or by a usual name', async () => {
    const [end] = tokenizer.encode(endOfText)
    expect(tokenizer.endOfText).toBe(end)
    const other = join(folder, 'tokenizer_config.json')
    await writeFile(other, JSON.stringify({ eos_token: { content: 'é' } }))
    const named = await loadTokenizer(path)
    await rm(other)
    expect(named.endOfText === undefined || named.endOfText !== end).toBe(true)
  })

  test('is kept in the notes of a model, as are documents of bytes', async () => {
    const kept = (await tokenizerFromNotes(tokenizerNotes(tokenizer))) as HuggingFaceTokenizer
    expect({ vocabulary: kept.vocabulary, end: kept.endOfText, json: kept.json }).toEqual({
      vocabulary: tokenizer.vocabulary,
      end: tokenizer.endOfText,
      json: tokenizer.json,
    })
    expect(kept.encode(text)).toEqual(tokenizer.encode(text))
    for (const bytes of [byteTokenizer, documentBytes])
      expect(await tokenizerFromNotes(tokenizerNotes(bytes))).toBe(bytes)
  })

  test('that is none, or of a kind that is not read, is refused by its name', async () => {
    for (const wrong of ['{', '{}', '{"model":{"type":"Something"}}']) {
      const other = join(folder, 'wrong.json')
      await writeFile(other, wrong)
      await expect(loadTokenizer(other)).rejects.toMatchObject({
        code: 'ERR_PARASCAN_TOKENIZER',
        message: expect.stringContaining(`${other} cannot be used as a tokenizer: `),
      })
    }
  })
})
