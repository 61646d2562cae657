// The forms of the delta rule that every construction is held against, and what operands of constructions are made of.

import * as ops from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'

/** One reflection or projection of the state: S ← S − β k kᵀ S, with k as long as the key dimension. */
export interface Reflection {
  key: readonly number[]
  beta: number
}

export interface Construction {
  /** Of every token, as many as `householders`. */
  steps: readonly (readonly Reflection[])[]
  /** The rows of the state before the first token. */
  state: readonly (readonly number[])[]
  /** What the state is read with at every token. */
  query: readonly number[]
}

/** Where a token has fewer reflections than others. */
const nothing: Reflection = { key: [], beta: 0 }

/** The operands of a scan that applies a construction; nothing is written. */
export function operandsOf({ steps, state, query }: Construction): ops.DeltaRuleInputs {
  const keyDim = query.length
  const valueDim = state[0]?.length ?? 0
  const householders = steps.reduce((most, token) => Math.max(most, token.length), 1)
  const micro = steps.length * householders
  const keys = new Float32Array(micro * keyDim)
  const betas = new Float32Array(micro)
  steps.forEach((token, t) => {
    for (let n = 0; n < householders; n++) {
      const { key, beta } = token[n] ?? nothing
      keys.set(key, (t * householders + n) * keyDim)
      betas[t * householders + n] = beta
    }
  })
  return {
    q: Tensor.from(
      Float32Array.from({ length: steps.length * keyDim }, (_, i) => query[i % keyDim] as number),
      [1, steps.length, 1, keyDim],
    ),
    k: Tensor.from(keys, [1, micro, 1, keyDim]),
    v: Tensor.zeros([1, micro, 1, valueDim]),
    beta: Tensor.from(betas, [1, micro, 1]),
    initialState: Tensor.from(Float32Array.from(state.flat()), [1, 1, keyDim, valueDim]),
    scale: 1,
    householders,
  }
}

/** The readouts of all tokens, one behind the other. */
export type Form = (inputs: ops.DeltaRuleInputs) => Float32Array

/** {@link ops.deltaRuleStep} token by token; the state of the inputs is overwritten. */
const bySteps: Form = (inputs) => {
  const { q, k, v, beta, householders = 1 } = inputs
  const initialState = inputs.initialState ?? Tensor.zeros([1, 1, k.shape.at(-1) ?? 0, v.shape.at(-1) ?? 0])
  const tokens = q.shape[1] ?? 0
  const width = v.shape.at(-1) ?? 0
  const out = new Float32Array(tokens * width)
  for (let t = 0; t < tokens; t++)
    scope(() => {
      const micro = (x: Tensor): Tensor => x.narrow(1, t * householders, householders)
      const token = { q: q.narrow(1, t, 1), k: micro(k), v: micro(v), beta: micro(beta) }
      const o = ops.deltaRuleStep({ ...token, initialState, scale: 1, householders })
      out.set(o.dataSync(), t * width)
    })
  return out
}

/** Steps are called one by one, so they get a part of the tokens. */
export const forms: readonly { name: string; most: number; run: Form }[] = [
  { name: 'chunked', most: Number.POSITIVE_INFINITY, run: (inputs) => ops.deltaRule(inputs).o.dataSync() },
  {
    name: 'recurrent',
    most: Number.POSITIVE_INFINITY,
    run: (inputs) => ops.deltaRuleRecurrent(inputs).o.dataSync(),
  },
  { name: 'step by step', most: 2000, run: bySteps },
]

/** Tokens whose readout differs from what is expected of it. */
export function differences(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let count = Math.abs(actual.length - expected.length)
  for (let t = 0; t < Math.min(actual.length, expected.length); t++) if (actual[t] !== expected[t]) count++
  return count
}

/** The readouts of a construction in one form, a row for every token. */
export function readouts(construction: Construction, run: Form): Float32Array[] {
  const width = construction.state[0]?.length ?? 0
  const flat = scope(() => run(operandsOf(construction)))
  return construction.steps.map((_, t) => flat.subarray(t * width, (t + 1) * width))
}

/** Number of the candidate that is nearest to a readout. */
export function nearest(readout: ArrayLike<number>, candidates: readonly (readonly number[])[]): number {
  const distance = (candidate: readonly number[]): number =>
    candidate.reduce((sum, x, i) => sum + (x - (readout[i] as number)) ** 2, 0)
  const distances = candidates.map(distance)
  return distances.indexOf(Math.min(...distances))
}

/** The identity matrix, a state that shows all of a transition. */
export const identity = (size: number): number[][] =>
  Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i === j ? 1 : 0)))
