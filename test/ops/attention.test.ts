// Causal attention, its decode step, and rotary embedding.

import { describe, expect, it } from 'vitest'
import * as ops from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { battery, opCase } from './gradient-check.ts'
import { Numbers, relativeError } from './numbers.ts'

/** softmax of scale q·k over s ≤ t, and s > t − window where a window is given, times v. */
function attention(q: Numbers, k: Numbers, v: Numbers, scale: number, window: number): Numbers {
  const [batch, tokens, heads, keyDim] = q.shape as [number, number, number, number]
  const group = heads / k.dim(2)
  const o = new Numbers([batch, tokens, heads, v.dim(-1)])
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let t = 0; t < tokens; t++) {
        const first = window > 0 ? Math.max(0, t - window + 1) : 0
        const weights: number[] = []
        const head = Math.floor(h / group)
        for (let s = first; s <= t; s++) {
          let score = 0
          for (let i = 0; i < keyDim; i++) score += q.at(b, t, h, i) * k.at(b, s, head, i)
          weights.push(Math.exp(scale * score))
        }
        const norm = weights.reduce((sum, weight) => sum + weight, 0)
        for (let j = 0; j < v.dim(-1); j++)
          o.set(
            weights.reduce((sum, weight, s) => sum + (weight / norm) * v.at(b, first + s, head, j), 0),
            b,
            t,
            h,
            j,
          )
      }
  return o
}

const sizes: [
  name: string,
  size: { batch: number; tokens: number; heads: number; keyHeads: number; keyDim: number; valueDim: number },
  options: { scale?: number; window?: number },
][] = [
  ['a head', { batch: 1, tokens: 5, heads: 1, keyHeads: 1, keyDim: 3, valueDim: 2 }, {}],
  [
    'heads and batches',
    { batch: 2, tokens: 6, heads: 2, keyHeads: 2, keyDim: 4, valueDim: 4 },
    { scale: 0.7 },
  ],
  ['grouped heads', { batch: 1, tokens: 6, heads: 4, keyHeads: 2, keyDim: 3, valueDim: 2 }, {}],
  ['a window', { batch: 1, tokens: 9, heads: 2, keyHeads: 1, keyDim: 2, valueDim: 3 }, { window: 3 }],
  [
    'a window of one token',
    { batch: 1, tokens: 4, heads: 1, keyHeads: 1, keyDim: 2, valueDim: 2 },
    { window: 1 },
  ],
  ['a single token', { batch: 2, tokens: 1, heads: 2, keyHeads: 1, keyDim: 3, valueDim: 5 }, {}],
  ['many tokens', { batch: 1, tokens: 40, heads: 1, keyHeads: 1, keyDim: 2, valueDim: 2 }, {}],
]

battery(
  'attention',
  sizes.map(([name, { batch, tokens, heads, keyHeads, keyDim, valueDim }, options]) =>
    opCase({
      name,
      inputs: {
        q: { shape: [batch, tokens, heads, keyDim], low: -2, high: 2 },
        k: { shape: [batch, tokens, keyHeads, keyDim], low: -2, high: 2 },
        v: { shape: [batch, tokens, keyHeads, valueDim] },
      },
      run: ({ q, k, v }) => ops.attention({ q, k, v }, options),
      reference: ({ q, k, v }) => attention(q, k, v, options.scale ?? keyDim ** -0.5, options.window ?? 0),
    }),
  ),
)

/** Pairs (x_i, x_{i+D/2}) turned by (start + t) · base^(−2i/D). */
function rotary(x: Numbers, base: number, start: number): Numbers {
  const half = x.dim(-1) / 2
  return Numbers.build(x.shape, (...index) => {
    const [b, t, h, i] = index as [number, number, number, number]
    const pair = i % half
    const angle = (start + t) * base ** (-pair / half)
    const [first, second] = [x.at(b, t, h, pair), x.at(b, t, h, pair + half)]
    return i < half
      ? first * Math.cos(angle) - second * Math.sin(angle)
      : second * Math.cos(angle) + first * Math.sin(angle)
  })
}

battery('rotary', [
  opCase({
    name: 'from the start of a sequence',
    inputs: { x: { shape: [2, 5, 2, 6] } },
    run: ({ x }) => ops.rotary(x),
    reference: ({ x }) => rotary(x, 10000, 0),
  }),
  opCase({
    name: 'with another base, from a later position',
    inputs: { x: { shape: [1, 4, 1, 4] }, position: { shape: [1], integer: true, values: [100] } },
    run: ({ x, position }) => ops.rotary(x, { base: 500, position }),
    reference: ({ x }) => rotary(x, 500, 100),
    tolerance: { outputs: 2e-5, gradients: 2e-5 }, // an angle of 100 has five digits left after the point
  }),
])

it('sequences that stand at different positions are as they are alone', () => {
  scope(() => {
    const [batch, heads, dim, capacity] = [3, 2, 4, 4]
    const starts = [5, 0, 2]
    const normal = (shape: number[], seed: number) => Tensor.normal(shape, { seed })
    const [x, keyCache, valueCache] = [normal([batch, 1, heads, dim], 1)].concat(
      [2, 3].map((seed) => normal([batch, capacity, heads, dim], seed)),
    ) as [Tensor, Tensor, Tensor]
    /** Of sequences [from, from + count) that stand at `at`. */
    const decode = (from: number, count: number, at: number[]) => {
      const [own, keys, values] = [x, keyCache, valueCache].map((whole) =>
        ops.multiply(whole.narrow(0, from, count), 1),
      ) as [Tensor, Tensor, Tensor]
      const position = Tensor.fromIndices(at)
      const q = ops.rotary(own, { position })
      const o = ops.attentionStep({ q, k: q, v: own, keyCache: keys, valueCache: values, position })
      ops.advance(position, 1)
      return [o, keys, values, position].map((tensor) => Array.from(tensor.dataSync()))
    }
    const alone = starts.map((start, i) => decode(i, 1, [start]))
    expect(decode(0, batch, starts)).toEqual([0, 1, 2, 3].map((part) => alone.flatMap((one) => one[part])))
  })
})

describe('attentionStep', () => {
  it.each([
    ['the whole sequence', 12, 0],
    ['the last tokens alone, in a ring', 5, 5],
  ])('token by token gives what attention gives over %s', (_, capacity, window) => {
    scope(() => {
      const [batch, tokens, heads, keyHeads, keyDim, valueDim] = [2, 12, 4, 2, 6, 3]
      const q = Tensor.normal([batch, tokens, heads, keyDim], { seed: 1 })
      const k = Tensor.normal([batch, tokens, keyHeads, keyDim], { seed: 2 })
      const v = Tensor.normal([batch, tokens, keyHeads, valueDim], { seed: 3 })
      const whole = ops.attention({ q, k, v }, { window })
      const keyCache = Tensor.full([batch, capacity, keyHeads, keyDim], Number.NaN)
      const valueCache = Tensor.full([batch, capacity, keyHeads, valueDim], Number.NaN)
      const position = Tensor.fromIndices([0])
      for (let t = 0; t < tokens; t++) {
        const [qt, kt, vt] = [q, k, v].map((x) => x.narrow(1, t, 1)) as [Tensor, Tensor, Tensor]
        const o = ops.attentionStep({ q: qt, k: kt, v: vt, keyCache, valueCache, position })
        expect(relativeError(o.dataSync(), whole.narrow(1, t, 1).dataSync())).toBeLessThan(1e-6)
        ops.advance(position, 1)
      }
      expect(position.dataSync()[0]).toBe(tokens)
    })
  })
})

describe('attention', () => {
  it('names the operand that does not fit', () => {
    scope(() => {
      const [q, k, v] = [Tensor.zeros([1, 2, 3, 4]), Tensor.zeros([1, 2, 2, 4]), Tensor.zeros([1, 2, 2, 4])]
      expect(() => ops.attention({ q, k, v })).toThrow(
        'the heads of `q` must be a multiple of the heads of `k`, got 3 and 2',
      )
      expect(() => ops.attention({ q, k: k.narrow(3, 0, 2), v })).toThrow('`k` must have shape [1, 2, 2, 4]')
      expect(() => ops.attention({ q: k, k, v }, { window: -1 })).toThrow(
        '`window` must not be negative, got -1',
      )
      expect(() => ops.rotary(Tensor.zeros([1, 1, 1, 3]))).toThrow(
        '`x` must have an even last dimension, got 3',
      )
      expect(() => ops.rotary(q, { position: q })).toThrow('`position` must hold int32, got float32')
      expect(() => ops.rotary(q, { position: Tensor.fromIndices([0, 1]) })).toThrow(
        '`position` must hold 1 or 1 numbers, one a sequence, got 2',
      )
    })
  })
})
