// Texts as windows: what is trained on, what is kept for validation, and how documents are kept apart.

import { describe, expect, test } from 'vitest'
import { ignored } from '../../lib/data/batch.ts'
import { splitBatch } from '../../lib/data/split-batch.ts'
import { textDataset } from '../../lib/data/text.ts'
import { byteTokenizer, type Tokenizer } from '../../lib/data/tokenizer.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const options = { batch: 3, tokens: 8, seed: 1 }

test('plain text: rows of one text, each with its next bytes as targets', () => {
  const text = Uint8Array.from({ length: 200 }, (_, i) => i)
  const { train, validation, bytesPerToken } = textDataset('text', text, options)
  const batch = train(5)
  expect(batch).toEqual(train(5))
  expect(batch).not.toEqual(train(6))
  expect(batch.shape).toEqual([3, 8])
  expect(batch.cuSeqlens).toBeUndefined()
  expect(batch.targets).toEqual(batch.ids.map((id) => id + 1))
  expect(Math.max(...batch.targets)).toBeLessThan(180)
  expect(Math.min(...validation.flatMap(({ ids }) => [...ids]))).toBe(180)
  expect(bytesPerToken).toBe(1)
})

describe.each([
  ['a separator', ['a', 'bcd', 'efghijklmno', 'pq', 'rstuvwxyz'].join('||'), { separator: '||' }],
  [
    'lines of JSON',
    ['a', 'bcd', 'efghijklmno', 'pq', 'rstuvwxyz'].map((text) => JSON.stringify({ text })).join('\n\n'),
    'jsonl' as const,
  ],
])('documents by %s', (_, file, documents) => {
  const data = textDataset('file', bytes(file), { ...options, tokens: 5, validationShare: 0.3, documents })

  test('are packed: none sees another, and each ends with its end', () => {
    for (let step = 0; step < 20; step++) {
      const { shape, ids, targets, cuSeqlens = [] } = data.train(step)
      expect(shape).toEqual([1, 15])
      expect(cuSeqlens[0]).toBe(0)
      expect(cuSeqlens.at(-1)).toBe(15)
      for (const window of [0, 5, 10]) expect(cuSeqlens).toContain(window)
      for (const [i, start] of cuSeqlens.slice(0, -1).entries()) {
        const end = cuSeqlens[i + 1] as number
        const own = [...ids.subarray(start, end)]
        // The alphabet runs on within a document; its end is 0, after which there is no target.
        for (const [at, id] of own.entries()) {
          const target = targets[start + at] as number
          expect(id === 0 ? target === ignored : target === 0 || target === id + 1).toBe(true)
          if (at > 0) expect([0, (own[at - 1] as number) + 1]).toContain(id)
          if (at > 0) expect(own[at - 1]).not.toBe(0)
        }
      }
    }
  })

  test('validation takes whole documents, and the ends cost bits without being bytes', () => {
    const seen = byteTokenizer.decode(data.validation.flatMap(({ ids }) => [...ids]))
    expect(seen).not.toMatch(/[a-o]/)
    expect(data.bytesPerToken).toBeCloseTo(9 / 10, 9)
  })
})

test('a file that holds no such documents is refused by its line', () => {
  const read = (text: string, documents: 'jsonl' | { separator: string }) => () =>
    textDataset('file', bytes(text), { ...options, documents })
  expect(read('{"text":"a"}\n{"txt":1}', 'jsonl')).toThrow('file:2 has no string `text`')
  expect(read('{"text":"a"}\nb', 'jsonl')).toThrow('file:2 is not JSON')
  expect(read('||||', { separator: '||' })).toThrow('file holds no document')
  expect(read('a', { separator: '' })).toThrow('`documents.separator` must not be empty')
  expect(read('a||b', { separator: '||' })).toThrow('windows of 8 tokens need at least 18')
})

describe('with a tokenizer that is not of bytes', () => {
  /** Pairs of letters. */
  const pairs: Tokenizer = {
    ...byteTokenizer,
    ofBytes: false,
    vocabulary: 65536,
    encode: (text) =>
      Int32Array.from(text.match(/..?/gs) ?? [], (pair) => pair.charCodeAt(0) + 256 * pair.charCodeAt(1)),
  }

  test('bits per byte count the bytes of the validation part', () => {
    const text = 'abcdefg\n'.repeat(100)
    const { bytesPerToken, validation } = textDataset('text', bytes(text), { ...options, tokenizer: pairs })
    expect(bytesPerToken).toBe(2)
    expect(validation[0]?.ids[0]).toBe('a'.charCodeAt(0) + 256 * 'b'.charCodeAt(0)) // the start of a line
  })

  test('the file must be UTF-8', () => {
    const file = Uint8Array.from({ length: 400 }, () => 0xff)
    expect(() => textDataset('file', file, { ...options, tokenizer: pairs })).toThrow('file is not UTF-8')
  })
})

describe('a batch in parts', () => {
  test('holds the rows in their order, however many parts', () => {
    const { train } = textDataset('text', bytes('0123456789'.repeat(20)), { ...options, batch: 5 })
    const batch = train(0)
    for (const parts of [1, 2, 3, 5, 9]) {
      const split = splitBatch(batch, parts)
      expect(split).toHaveLength(Math.min(parts, 5))
      expect(split.flatMap(({ ids }) => [...ids])).toEqual([...batch.ids])
      expect(split.reduce((rows, { shape }) => rows + shape[0], 0)).toBe(5)
    }
  })

  test('is cut where a sequence begins', () => {
    const ids = Int32Array.from({ length: 10 }, (_, i) => i)
    const split = splitBatch({ shape: [1, 10], ids, targets: ids, cuSeqlens: [0, 2, 7, 7, 10] }, 2)
    expect(split.map(({ shape, cuSeqlens }) => [shape[1], cuSeqlens])).toEqual([
      [7, [0, 2, 7, 7]],
      [3, [0, 0, 3]],
    ])
  })
})
