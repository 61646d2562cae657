// The linear recurrences and the causal convolution against their plain forms in float64.

import { describe, expect, it } from 'vitest'
import * as ops from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { battery, opCase } from './gradient-check.ts'
import { relativeError } from './numbers.ts'
import * as reference from './scan-reference.ts'

interface DeltaShape {
  batch?: number
  tokens: number
  heads?: number
  valueHeads?: number
  keyDim: number
  valueDim: number
  householders?: number
  gate?: 'head' | 'channel'
  state?: boolean
  scale?: number
}

const deltaShapes: [name: string, shape: DeltaShape][] = [
  ['plain', { tokens: 7, keyDim: 3, valueDim: 2 }],
  ['plain with a scale and an initial state', { tokens: 5, keyDim: 2, valueDim: 4, scale: 0.3, state: true }],
  ['gated by head', { batch: 2, tokens: 6, heads: 2, keyDim: 3, valueDim: 3, gate: 'head', state: true }],
  [
    'gated by channel',
    { batch: 2, tokens: 6, heads: 2, keyDim: 3, valueDim: 2, gate: 'channel', state: true },
  ],
  ['grouped value heads', { tokens: 5, heads: 2, valueHeads: 4, keyDim: 2, valueDim: 3, gate: 'head' }],
  [
    'grouped value heads gated by channel',
    { tokens: 4, heads: 1, valueHeads: 3, keyDim: 2, valueDim: 2, gate: 'channel' },
  ],
  ['two householders', { tokens: 5, heads: 2, keyDim: 3, valueDim: 2, householders: 2, state: true }],
  [
    'three householders gated by head',
    { tokens: 4, keyDim: 2, valueDim: 3, householders: 3, gate: 'head', state: true },
  ],
  [
    'two householders gated by channel',
    { tokens: 4, keyDim: 2, valueDim: 3, householders: 2, gate: 'channel' },
  ],
  ['a single token', { batch: 2, tokens: 1, heads: 2, keyDim: 3, valueDim: 2, gate: 'head', state: true }],
  ['a chunk and a rest', { tokens: 70, keyDim: 2, valueDim: 2, state: true }],
  ['a chunk and a rest gated by head', { tokens: 67, keyDim: 2, valueDim: 2, gate: 'head' }],
  [
    'a chunk and a rest gated by channel',
    { tokens: 66, keyDim: 2, valueDim: 1, gate: 'channel', state: true },
  ],
  [
    'a chunk and a rest of householders',
    { tokens: 35, keyDim: 2, valueDim: 2, householders: 2, gate: 'head' },
  ],
]

battery(
  'deltaRule',
  deltaShapes.map(([name, shape]) => {
    const {
      batch = 1,
      tokens,
      heads = 1,
      valueHeads = heads,
      keyDim,
      valueDim,
      householders = 1,
      gate,
    } = shape
    const scale = shape.scale ?? keyDim ** -0.5
    const steps = tokens * householders
    return opCase({
      name,
      inputs: {
        q: { shape: [batch, tokens, heads, keyDim] },
        k: { shape: [batch, steps, heads, keyDim], low: -0.8, high: 0.8 }, // |k|² β stays about or below 2
        v: { shape: [batch, steps, valueHeads, valueDim] },
        beta: { shape: [batch, steps, valueHeads], low: 0, high: 2 },
        g: gate && {
          shape: [batch, tokens, valueHeads, ...(gate === 'channel' ? [keyDim] : [])],
          low: -1.5,
          high: 0,
        },
        initialState: shape.state ? { shape: [batch, valueHeads, keyDim, valueDim] } : undefined,
      },
      run: (x) => {
        const { o, finalState } = ops.deltaRule({ ...x, householders, ...(shape.scale && { scale }) })
        return [o, finalState]
      },
      reference: (x) => reference.deltaRule(x, scale, householders),
      tolerance: { outputs: 2e-6, gradients: 2e-5 },
    })
  }),
)

interface SelectiveShape {
  batch?: number
  tokens: number
  channels: number
  states: number
  optional?: readonly ('D' | 'z' | 'dtBias' | 'initialState')[]
  dtSoftplus?: boolean
}

const every = ['D', 'z', 'dtBias', 'initialState'] as const
const selectiveShapes: [name: string, shape: SelectiveShape][] = [
  ['nothing optional', { tokens: 6, channels: 3, states: 2 }],
  ['everything optional', { batch: 2, tokens: 5, channels: 3, states: 4, optional: every }],
  ...every.map((name): [string, SelectiveShape] => [
    `only ${name}`,
    { tokens: 4, channels: 2, states: 3, optional: [name] },
  ]),
  [
    'a step size that is used as given',
    { tokens: 5, channels: 2, states: 2, optional: every, dtSoftplus: false },
  ],
  ['channels past a vector', { tokens: 3, channels: 19, states: 2, optional: ['z', 'D'] }],
  ['states past a vector', { tokens: 3, channels: 2, states: 18, optional: ['dtBias'] }],
  ['many tokens', { tokens: 70, channels: 2, states: 2, optional: ['initialState'] }],
  ['a single token', { batch: 2, tokens: 1, channels: 2, states: 2, optional: every }],
]

battery(
  'selectiveScan',
  (['[0,1]', '[-1,1]'] as const).flatMap((eigenvalues) =>
    selectiveShapes.map(([name, { batch = 1, tokens, channels, states, optional = [], dtSoftplus = true }]) =>
      opCase({
        name: `${eigenvalues} with ${name}`,
        inputs: {
          u: { shape: [batch, tokens, channels] },
          dt: { shape: [batch, tokens, channels], low: dtSoftplus ? -2 : 0.05, high: 1 },
          A: { shape: [channels, states], low: -2, high: -0.1 },
          B: { shape: [batch, tokens, states] },
          C: { shape: [batch, tokens, states] },
          D: optional.includes('D') ? { shape: [channels] } : undefined,
          z: optional.includes('z') ? { shape: [batch, tokens, channels], low: -2, high: 2 } : undefined,
          dtBias: optional.includes('dtBias') ? { shape: [channels], low: 0, high: 0.5 } : undefined,
          initialState: optional.includes('initialState') ? { shape: [batch, channels, states] } : undefined,
        },
        run: (x) => {
          const { y, finalState } = ops.selectiveScan({ ...x, dtSoftplus, eigenvalues })
          return [y, finalState]
        },
        reference: (x) =>
          reference.selectiveScan(x, { dtSoftplus, negativeEigenvalues: eigenvalues === '[-1,1]' }),
        tolerance: { outputs: 2e-6, gradients: 2e-5 },
      }),
    ),
  ),
)

battery(
  'causalConv1d',
  ([null, 'silu'] as const).flatMap((activation) =>
    [
      { name: 'four taps', shape: [2, 6, 3], width: 4, bias: true },
      { name: 'three taps without bias', shape: [1, 5, 19], width: 3, bias: false },
      { name: 'one tap', shape: [1, 4, 2], width: 1, bias: true },
      { name: 'more taps than tokens', shape: [2, 2, 3], width: 4, bias: false },
    ].map(({ name, shape, width, bias }) =>
      opCase({
        name: `${name}${activation ? ' through SiLU' : ''}`,
        inputs: {
          x: { shape, low: -2, high: 2 },
          weight: { shape: [shape[2] as number, width] },
          bias: bias ? { shape: [shape[2] as number] } : undefined,
        },
        run: (x) => ops.causalConv1d({ ...x, activation }).y,
        reference: ({ x, weight, bias }) => reference.causalConv1d(x, weight, bias, activation === 'silu'),
      }),
    ),
  ),
)

describe('causalConv1dStep', () => {
  it('token by token gives what the convolution gives', () => {
    scope(() => {
      const [batch, tokens, channels, width] = [2, 7, 5, 4]
      const x = Tensor.normal([batch, tokens, channels], { seed: 1 })
      const weight = Tensor.normal([channels, width], { seed: 2 })
      const bias = Tensor.normal([channels], { seed: 3 })
      const { y } = ops.causalConv1d({ x, weight, bias, activation: 'silu' })
      const state = Tensor.zeros([batch, width - 1, channels])
      let t = 0
      for (const length of [1, 1, 3, 2]) {
        const part = ops.causalConv1dStep({
          x: x.narrow(1, t, length),
          weight,
          bias,
          activation: 'silu',
          state,
        })
        expect(relativeError(part.y.dataSync(), y.narrow(1, t, length).dataSync())).toBeLessThan(1e-6)
        t += length
      }
      expect(state.dataSync()).toEqual(x.narrow(1, tokens - width + 1, width - 1).dataSync())
    })
  })
})

describe('scans', () => {
  it('name the operand that does not fit', () => {
    scope(() => {
      const [q, k, v, beta] = [
        Tensor.zeros([1, 4, 2, 3]),
        Tensor.zeros([1, 4, 2, 3]),
        Tensor.zeros([1, 4, 2, 5]),
        Tensor.zeros([1, 4, 2]),
      ]
      expect(() => ops.deltaRule({ q, k, v, beta, householders: 2 })).toThrow(
        '`k` must have shape [1, 8, 2, 3]',
      )
      expect(() => ops.deltaRule({ q, k, v, beta, householders: 0 })).toThrow('`householders` must be')
      expect(() => ops.deltaRule({ q, k, v, beta: beta.narrow(1, 0, 3) })).toThrow(
        '`beta` must have shape [1, 4, 2]',
      )
      expect(() => ops.deltaRule({ q, k, v, beta, g: v })).toThrow('`g` must have shape [1, 4, 2, 3]')
      expect(() => ops.deltaRule({ q, k, v: v.narrow(2, 0, 1), beta: beta.narrow(2, 0, 1) })).toThrow(
        'the heads of `v` must be a multiple of the heads of `q`, got 1 and 2',
      )
      expect(() => ops.deltaRule({ q, k, v, beta, initialState: v })).toThrow(
        '`initialState` must have shape [1, 2, 3, 5]',
      )
    })
  })

  it('with other transitions name theirs', () => {
    scope(() => {
      const [q, v, head] = [Tensor.zeros([1, 4, 2, 3]), Tensor.zeros([1, 4, 2, 5]), Tensor.zeros([1, 4, 2])]
      const linear = (more: object) => () => ops.linearAttention({ q, k: q, v, ...more })
      expect(linear({ g: head, decay: head })).toThrow(
        new TypeError('`g` and `decay` must not both be given: one is the logarithm of the other'),
      )
      expect(linear({ decay: v })).toThrow('`decay` must have shape [1, 4, 2, 3]')
      expect(linear({ scale: Number.NaN })).toThrow('`scale` must be a finite number, got NaN')
      expect(() => ops.deltaRule({ q, k: q, v, beta: head, betaSigmoid: 3 as 2 })).toThrow(
        '`betaSigmoid` must be 1 or 2, got 3',
      )
      expect(() => ops.gla({ q, k: q, v, g: head })).toThrow(
        '`g` must have shape (B, T, HV, K), got [1, 4, 2]',
      )
      expect(() => ops.gla({ q, k: q, v } as unknown as ops.GlaInputs)).toThrow(
        '`g` or `decay` must be given',
      )
      expect(() => ops.retention({ q, k: q, v, decay: [0.5] })).toThrow(
        '`decay` must hold a number for each of 2 heads, got 1',
      )
      expect(() => ops.retention({ q, k: q, v, decay: [0.5, 2] })).toThrow(
        '`decay` must hold numbers from -1 to 1, got 2',
      )
      expect(() => ops.dplr({ r: head, w: q, k: q, v, a: q, b: q })).toThrow('`r` must have 4 dimensions')
      expect(() => ops.dplr({ r: q, w: v, k: q, v, a: q, b: q })).toThrow('`w` must have shape [1, 4, 2, 3]')
      expect(() => ops.dplr({ r: q, w: q, k: q, v, a: v, b: q })).toThrow('`a` must have shape [1, 4, 2, 3]')
    })
  })

  it('of Mamba-2 and the mLSTM name theirs', () => {
    scope(() => {
      const [x, dt, A, B] = [
        Tensor.zeros([1, 4, 2, 3]),
        Tensor.zeros([1, 4, 2]),
        Tensor.zeros([2]),
        Tensor.zeros([1, 4, 1, 5]),
      ]
      const ssd = (more: object) => () => ops.ssd({ x, dt, A, B, C: B, eigenvalues: '[0,1]', ...more })
      expect(ssd({})).not.toThrow()
      expect(ssd({ C: x })).toThrow('`C` must have shape [1, 4, 1, 5]')
      expect(ssd({ B: Tensor.zeros([1, 4, 3, 5]) })).toThrow(
        'the heads of `x` must be a multiple of the groups of `B`, got 2 and 3',
      )
      expect(ssd({ initialState: Tensor.zeros([1, 2, 5, 3]) })).toThrow(
        '`initialState` must have shape [1, 2, 3, 5]',
      )
      expect(ssd({ eigenvalues: '[0,2]' })).toThrow('`eigenvalues` must be')
      const mlstm = (more: object) => () => ops.mlstm({ q: x, k: x, v: x, i: dt, f: dt, ...more })
      expect(mlstm({})).not.toThrow()
      expect(mlstm({ i: x })).toThrow('`i` must have shape [1, 4, 2]')
      expect(mlstm({ eps: -1 })).toThrow('`eps` must be a number from 0, got -1')
      const memory = Tensor.zeros([1, 2, 3, 3])
      expect(mlstm({ initialState: { memory, m: Tensor.zeros([1, 2]) } })).toThrow(
        '`initialState.memory` must have shape [1, 2, 3, 4]',
      )
    })
  })

  it('never take a range of eigenvalues that they do not know', () => {
    scope(() => {
      const [u, A, B] = [Tensor.zeros([1, 2, 3]), Tensor.zeros([3, 4]), Tensor.zeros([1, 2, 4])]
      const scan = (eigenvalues: string) =>
        ops.selectiveScan({ u, dt: u, A, B, C: B, eigenvalues: eigenvalues as '[0,1]' })
      expect(() => scan('[-2,2]')).toThrow('`eigenvalues` must be "[0,1]" or "[-1,1]", got "[-2,2]"')
      expect(() => scan('[0,1]').y.shape).not.toThrow()
    })
  })
})
