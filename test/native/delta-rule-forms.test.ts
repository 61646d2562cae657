// Chunked, recurrent and step forms of the delta rule give equal results, wherever a sequence is split, and stay finite
// and right on inputs made to break them.

import { describe, expect, it } from 'vitest'
import * as ops from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { Numbers, relativeError } from '../ops/numbers.ts'
import * as reference from '../ops/scan-reference.ts'

const tolerance = 5e-6

const numbers = (x: Tensor | undefined): Numbers | undefined =>
  x && new Numbers(x.shape, Float64Array.from(x.dataSync()))

interface DeltaOptions {
  tokens: number
  householders?: number
  gate?: 'head' | 'channel'
  keyDim?: number
  valueDim?: number
}

/** Operands with keys of unit length and β over all of [0,2]. */
function deltaOperands({ tokens, householders = 1, gate, keyDim = 16, valueDim = 24 }: DeltaOptions) {
  const steps = tokens * householders
  return {
    q: Tensor.normal([2, tokens, 2, keyDim], { seed: 1 }),
    k: ops.l2Norm(Tensor.normal([2, steps, 2, keyDim], { seed: 2 })),
    v: Tensor.normal([2, steps, 4, valueDim], { seed: 3 }),
    beta: Tensor.uniform([2, steps, 4], { seed: 4, high: 2 }),
    g:
      gate &&
      Tensor.uniform([2, tokens, 4, ...(gate === 'channel' ? [keyDim] : [])], { seed: 5, low: -2, high: 0 }),
    initialState: Tensor.normal([2, 4, keyDim, valueDim], { seed: 6 }),
    householders,
  } satisfies ops.DeltaRuleInputs
}

function deltaPart(
  inputs: ops.DeltaRuleInputs,
  start: number,
  length: number,
  initialState: Tensor | undefined,
) {
  const { q, k, v, beta, g, householders = 1 } = inputs
  const tokens = (x: Tensor) => x.narrow(1, start, length)
  const steps = (x: Tensor) => x.narrow(1, start * householders, length * householders)
  return {
    q: tokens(q),
    k: steps(k),
    v: steps(v),
    beta: steps(beta),
    g: g && tokens(g),
    initialState,
    householders,
  }
}

function deltaReference(inputs: ops.DeltaRuleInputs): [Numbers, Numbers] {
  const scale = inputs.scale ?? (inputs.q.shape[3] as number) ** -0.5
  const { q, k, v, beta, g, initialState } = inputs
  return reference.deltaRule(
    {
      q: numbers(q) as Numbers,
      k: numbers(k) as Numbers,
      v: numbers(v) as Numbers,
      beta: numbers(beta) as Numbers,
      g: numbers(g),
      initialState: numbers(initialState),
    },
    scale,
    inputs.householders ?? 1,
  )
}

const deltaCases: [name: string, options: DeltaOptions][] = [
  ['plain', { tokens: 150 }],
  ['gated by head', { tokens: 150, gate: 'head' }],
  ['gated by channel', { tokens: 150, gate: 'channel' }],
  ['two householders', { tokens: 100, householders: 2, gate: 'head' }],
  ['three householders gated by channel', { tokens: 60, householders: 3, gate: 'channel' }],
  ['widths that fill no vector', { tokens: 70, keyDim: 5, valueDim: 3 }],
]

describe('the delta rule', () => {
  it.each(deltaCases)('gives the same chunked, recurrent, and split anywhere: %s', (_, options) => {
    scope(() => {
      const inputs = deltaOperands(options)
      const whole = ops.deltaRule(inputs)
      const [o, state] = deltaReference(inputs)
      const recurrent = ops.deltaRuleRecurrent(inputs)
      for (const result of [whole, recurrent]) {
        expect(relativeError(result.o.dataSync(), o.data)).toBeLessThan(tolerance)
        expect(relativeError(result.finalState.dataSync(), state.data)).toBeLessThan(tolerance)
      }
      for (const split of [1, 31, 32, 33, options.tokens - 1]) {
        const first = ops.deltaRule(deltaPart(inputs, 0, split, inputs.initialState))
        const rest = ops.deltaRule(deltaPart(inputs, split, options.tokens - split, first.finalState))
        const joined = ops.concat([first.o, rest.o], 1)
        expect(relativeError(joined.dataSync(), o.data), `split at ${split}`).toBeLessThan(tolerance)
        expect(relativeError(rest.finalState.dataSync(), state.data)).toBeLessThan(tolerance)
      }
    })
  })

  it.each(deltaCases)('gives the same step by step: %s', (_, options) => {
    scope(() => {
      const tokens = 20
      const inputs = deltaOperands({ ...options, tokens })
      const [o, finalState] = deltaReference(inputs)
      const state = inputs.initialState
      const outputs = Array.from({ length: tokens }, (_, t) =>
        ops.deltaRuleStep({ ...deltaPart(inputs, t, 1, state), initialState: state }),
      )
      expect(relativeError(ops.concat(outputs, 1).dataSync(), o.data)).toBeLessThan(tolerance)
      expect(relativeError(state.dataSync(), finalState.data)).toBeLessThan(tolerance)
    })
  })

  const { sqrt } = Math
  it.each<
    [name: string, change: (inputs: ops.DeltaRuleInputs) => Partial<ops.DeltaRuleInputs>, tolerance?: number]
  >([
    // The system of a chunk has condition 1.62 C² here, and every step a reflection.
    [
      'keys that are all equal, with β = 2',
      ({ k, beta }) => ({ k: Tensor.full(k.shape, 1 / sqrt(16)), beta: Tensor.full(beta.shape, 2) }),
      5e-5,
    ],
    ['keys of zeros', ({ k }) => ({ k: Tensor.zeros(k.shape) })],
    ['β = 0', ({ beta }) => ({ beta: Tensor.zeros(beta.shape) })],
    ['β = 2', ({ beta }) => ({ beta: Tensor.full(beta.shape, 2) }), 2e-5],
    [
      'β that goes between 0 and 2',
      ({ beta }) => ({
        beta: Tensor.from(
          Float32Array.from({ length: beta.size }, (_, i) => ((i >> 2) % 2 ? 2 : 0)),
          beta.shape,
        ),
      }),
      2e-5,
    ],
    ['no decay, g = 0', ({ g }) => ({ g: g && Tensor.zeros(g.shape) })],
    ['a decay of everything, g = -1e4', ({ g }) => ({ g: g && Tensor.full(g.shape, -1e4) })],
    [
      'a decay of everything now and then',
      ({ g }) => ({
        g:
          g &&
          Tensor.from(
            Float32Array.from({ length: g.size }, (_, i) => (i % 7 === 3 ? -1e4 : -0.01)),
            g.shape,
          ),
      }),
    ],
  ])('is right on %s', (_, change, bound = tolerance) => {
    scope(() => {
      for (const gate of ['head', 'channel'] as const) {
        const usual = deltaOperands({ tokens: 140, gate })
        const inputs = { ...usual, ...change(usual) }
        const [o, state] = deltaReference(inputs)
        for (const result of [ops.deltaRule(inputs), ops.deltaRuleRecurrent(inputs)]) {
          expect(relativeError(result.o.dataSync(), o.data), `o, gated by ${gate}`).toBeLessThan(bound)
          expect(relativeError(result.finalState.dataSync(), state.data, 1e-3)).toBeLessThan(bound)
        }
      }
    })
  })

  it('has finite gradients where everything decays', () => {
    scope(() => {
      for (const gate of ['head', 'channel'] as const) {
        const inputs = deltaOperands({ tokens: 100, gate })
        const g = Tensor.full(inputs.g?.shape ?? [], -1e4).requireGradient()
        const v = Tensor.normal(inputs.v.shape, { seed: 9 }).requireGradient()
        ops.sum(ops.deltaRule({ ...inputs, g, v }).o).backward()
        for (const leaf of [g, v]) expect(leaf.gradient?.dataSync().every(Number.isFinite)).toBe(true)
      }
    })
  })

  it('of one token is a step, and of none is the state it began with', () => {
    scope(() => {
      for (const tokens of [0, 1]) {
        const inputs = deltaOperands({ tokens, gate: 'head' })
        const [o, state] = deltaReference(inputs)
        for (const form of [ops.deltaRule, ops.deltaRuleRecurrent]) {
          const result = form(inputs)
          expect(result.o.shape).toEqual([2, tokens, 4, 24])
          expect(relativeError(result.o.dataSync(), o.data)).toBeLessThan(tolerance)
          expect(relativeError(result.finalState.dataSync(), state.data)).toBeLessThan(tolerance)
        }
        const initialState = Tensor.normal([2, 4, 16, 24], { seed: 6 }).requireGradient()
        ops.sum(ops.deltaRule({ ...inputs, initialState }).finalState).backward()
        if (tokens === 0) expect(initialState.gradient?.dataSync().every((value) => value === 1)).toBe(true)
      }
    })
  })

  it('gated by 0, or by the same for every channel, is what it is with the simpler gate', () => {
    scope(() => {
      const inputs = deltaOperands({ tokens: 90, gate: 'head' })
      const { o } = ops.deltaRule(inputs)
      const perChannel = ops.add(inputs.g?.reshape([2, 90, 4, 1]) as Tensor, Tensor.zeros([2, 90, 4, 16]))
      expect(
        relativeError(ops.deltaRule({ ...inputs, g: perChannel }).o.dataSync(), o.dataSync()),
      ).toBeLessThan(tolerance)
      const plain = ops.deltaRule({ ...inputs, g: undefined }).o.dataSync()
      const zero = ops.deltaRule({ ...inputs, g: Tensor.zeros([2, 90, 4]) }).o.dataSync()
      expect(relativeError(zero, plain)).toBeLessThan(tolerance)
    })
  })
})
