// Every scan with a matrix state, in a variant for each of its options: the table that batteries of tests run over.

import * as ops from '../../lib/tensor/ops.ts'
import * as reference from '../../lib/tensor/reference.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { directions, normal, type Operand, uniform } from './reference-comparison.ts'

export interface Sizes {
  batch: number
  tokens: number
  /** Of queries and keys. */
  heads: number
  valueHeads: number
  keyDim: number
  valueDim: number
  /** Of initial states; the batch if absent. */
  sequences?: number
}

export type Tensors = Record<string, Tensor>
type Arrays = Record<string, Float64Array>

/** A state that `step` advances in place by the tokens of its operands. */
export interface Stepper {
  step(operands: Tensors): Tensor
  state(): Tensor
}

export interface MatrixScan {
  /** The state's name ends in `State`; the others but those in `shared` have tokens. */
  operands(sizes: Sizes): Record<string, Operand>
  shared: readonly string[]
  /** The outputs of tokens, and the final state. */
  chunked(operands: Tensors, cuSeqlens?: ArrayLike<number>): Tensors
  recurrent(operands: Tensors, cuSeqlens?: ArrayLike<number>): Tensors
  stepper(operands: Tensors): Stepper
  reference(sizes: Sizes, values: Arrays): Arrays
  gradients(sizes: Sizes, values: Arrays, outputGradients: Arrays): Arrays
}

/** How a state decays: the option it goes by, and where its numbers are drawn from. */
export interface Decay {
  name: 'g' | 'decay'
  per: 'head' | 'channel'
  low: number
  high: number
}

interface Options {
  decay?: Decay
  householders?: number
  normalizeQk?: boolean
  betaSigmoid?: 1 | 2
  /** Whether the writes of an additive scan have weights. */
  beta?: boolean
}

const tokenShape = (s: Sizes, ...rest: number[]): number[] => [s.batch, s.tokens, ...rest]
const stateOf = (s: Sizes): Operand => normal([s.sequences ?? s.batch, s.valueHeads, s.keyDim, s.valueDim])

function decayOf(s: Sizes, decay: Decay | undefined): Record<string, Operand> {
  if (!decay) return {}
  const shape = tokenShape(s, s.valueHeads, ...(decay.per === 'channel' ? [s.keyDim] : []))
  return { [decay.name]: uniform(shape, decay.low, decay.high) }
}

/** A scan out of its three forms in `ops` and what its reference takes besides the sizes. */
function scanOf<Inputs>(
  operands: MatrixScan['operands'],
  forms: {
    chunked(inputs: Inputs): { o: Tensor; finalState: Tensor }
    recurrent(inputs: Inputs): { o: Tensor; finalState: Tensor }
    step(inputs: Inputs & { initialState: Tensor }): Tensor
  },
  options: Record<string, unknown>,
  referenceInputs: (sizes: Sizes, values: Arrays) => reference.MatrixScanReferenceInputs,
): MatrixScan {
  const inputs = (x: Tensors, cuSeqlens?: ArrayLike<number>) =>
    ({ ...x, ...options, cuSeqlens }) as unknown as Inputs & { initialState: Tensor }
  return {
    operands,
    shared: [],
    chunked: (x, cuSeqlens) => ({ ...forms.chunked(inputs(x, cuSeqlens)) }),
    recurrent: (x, cuSeqlens) => ({ ...forms.recurrent(inputs(x, cuSeqlens)) }),
    stepper: ({ initialState }) => ({
      step: (x) => forms.step(inputs({ ...x, initialState: initialState as Tensor })),
      state: () => initialState as Tensor,
    }),
    reference: (sizes, values) => ({ ...reference.matrixScan(referenceInputs(sizes, values)) }),
    gradients: (sizes, values, outputGradients) =>
      reference.matrixScanGradients(
        referenceInputs(sizes, values),
        outputGradients as { o: Float64Array; finalState: Float64Array },
      ),
  }
}

function deltaRule(options: Options = {}): MatrixScan {
  const { decay, householders = 1, normalizeQk = false, betaSigmoid } = options
  const given = { householders, normalizeQk, betaSigmoid }
  return scanOf<ops.DeltaRuleInputs>(
    (s) => {
      const steps = [s.batch, s.tokens * householders]
      return {
        q: normal(tokenShape(s, s.heads, s.keyDim)),
        k: (normalizeQk ? normal : directions)([...steps, s.heads, s.keyDim]),
        v: normal([...steps, s.valueHeads, s.valueDim]),
        beta: betaSigmoid ? normal([...steps, s.valueHeads]) : uniform([...steps, s.valueHeads], 0, 2),
        ...decayOf(s, decay),
        initialState: stateOf(s),
      }
    },
    { chunked: ops.deltaRule, recurrent: ops.deltaRuleRecurrent, step: ops.deltaRuleStep },
    given,
    (s, values) => ({ ...s, ...values, ...given, transition: 'delta', scale: s.keyDim ** -0.5 }) as never,
  )
}

const linearForms = {
  chunked: ops.linearAttention,
  recurrent: ops.linearAttentionRecurrent,
  step: ops.linearAttentionStep,
}
const glaForms = { chunked: ops.gla, recurrent: ops.glaRecurrent, step: ops.glaStep }

function additive(options: Options, forms: unknown = linearForms): MatrixScan {
  const { decay, beta = false, normalizeQk = false } = options
  return scanOf<ops.LinearAttentionInputs>(
    (s) => ({
      q: normal(tokenShape(s, s.heads, s.keyDim)),
      k: normal(tokenShape(s, s.heads, s.keyDim)),
      v: normal(tokenShape(s, s.valueHeads, s.valueDim)),
      ...(beta ? { beta: normal(tokenShape(s, s.valueHeads)) } : {}),
      ...decayOf(s, decay),
      initialState: stateOf(s),
    }),
    forms as typeof linearForms,
    { normalizeQk },
    (s, values) =>
      ({ ...s, ...values, normalizeQk, transition: 'additive', scale: s.keyDim ** -0.5 }) as never,
  )
}

const retention: MatrixScan = {
  ...additive({}, { chunked: ops.retention, recurrent: ops.retentionRecurrent, step: ops.retentionStep }),
  ...(() => {
    const inputs = (s: Sizes, values: Arrays) => {
      const decay = Float64Array.from({ length: s.batch * s.tokens * s.valueHeads }, (_, i) =>
        Math.fround(1 - 2 ** (-5 - (i % s.valueHeads))),
      )
      return { ...s, ...values, decay, transition: 'additive', scale: s.keyDim ** -0.5 } as never
    }
    return {
      reference: (s: Sizes, values: Arrays) => ({ ...reference.matrixScan(inputs(s, values)) }),
      gradients: (s: Sizes, values: Arrays, outputs: Arrays) =>
        reference.matrixScanGradients(inputs(s, values), outputs as never),
    }
  })(),
}

const dplr: MatrixScan = scanOf<ops.DplrInputs>(
  // As RWKV-7: a = −κ̂ and b = κ̂ ∘ η with η in (0, 1), so that b is of a's size at most and turns a little.
  (s) => ({
    r: normal(tokenShape(s, s.heads, s.keyDim)),
    w: uniform(tokenShape(s, s.valueHeads, s.keyDim), -0.6, 0),
    k: normal(tokenShape(s, s.heads, s.keyDim)),
    v: normal(tokenShape(s, s.valueHeads, s.valueDim)),
    a: directions(tokenShape(s, s.heads, s.keyDim)),
    b: uniform(tokenShape(s, s.heads, s.keyDim), -0.5 * s.keyDim ** -0.5, 0.5 * s.keyDim ** -0.5),
    initialState: stateOf(s),
  }),
  { chunked: ops.dplr, recurrent: ops.dplrRecurrent, step: ops.dplrStep },
  {},
  (s, { r, w, ...values }) => ({ ...s, ...values, q: r, g: w, transition: 'dplr', scale: 1 }) as never,
)
/** Gradients by the names of dplr's operands. */
const dplrScan: MatrixScan = {
  ...dplr,
  gradients: (s, values, outputs) => {
    const gradients = dplr.gradients(s, values, outputs)
    return { ...gradients, r: gradients.q as Float64Array, w: gradients.g as Float64Array }
  },
}

function ssd(eigenvalues: ops.Eigenvalues): MatrixScan {
  const inputs = (x: Tensors, cuSeqlens?: ArrayLike<number>) =>
    ({ ...x, eigenvalues, cuSeqlens }) as unknown as ops.SsdInputs & { initialState: Tensor }
  const referenceInputs = (s: Sizes, values: Arrays) =>
    ({
      ...{ batch: s.batch, tokens: s.tokens, heads: s.valueHeads, headDim: s.valueDim },
      ...{ groups: s.heads, states: s.keyDim, dtSoftplus: true },
      ...{ ...values, negativeEigenvalues: eigenvalues === '[-1,1]' },
    }) as never
  return {
    operands: (s) => ({
      x: normal(tokenShape(s, s.valueHeads, s.valueDim)),
      dt: normal(tokenShape(s, s.valueHeads)),
      A: uniform([s.valueHeads], -2, -0.1),
      B: normal(tokenShape(s, s.heads, s.keyDim)),
      C: normal(tokenShape(s, s.heads, s.keyDim)),
      D: normal([s.valueHeads]),
      dtBias: uniform([s.valueHeads], -1, 0),
      initialState: normal([s.sequences ?? s.batch, s.valueHeads, s.valueDim, s.keyDim]),
    }),
    shared: ['A', 'D', 'dtBias'],
    chunked: (x, cuSeqlens) => ({ ...ops.ssd(inputs(x, cuSeqlens)) }),
    recurrent: (x, cuSeqlens) => ({ ...ops.ssdRecurrent(inputs(x, cuSeqlens)) }),
    stepper: ({ initialState }) => ({
      step: (x) => ops.ssdStep(inputs({ ...x, initialState: initialState as Tensor })),
      state: () => initialState as Tensor,
    }),
    reference: (s, values) => ({ ...reference.ssd(referenceInputs(s, values)) }),
    gradients: (s, values, outputs) => reference.ssdGradients(referenceInputs(s, values), outputs as never),
  }
}

/** The memory as it is before it is divided by exp(m). */
function unscaled({ memory, m }: ops.MlstmState): Tensor {
  return ops.multiply(memory, ops.exp(m).reshape([...m.shape, 1, 1]))
}

const mlstm: MatrixScan = (() => {
  const stateFrom = (memory: Tensor): ops.MlstmState => ({
    memory,
    m: Tensor.zeros(memory.shape.slice(0, 2)),
  })
  const inputs = ({ memoryState, ...x }: Tensors, cuSeqlens?: ArrayLike<number>) =>
    ({ ...x, initialState: stateFrom(memoryState as Tensor), cuSeqlens }) as unknown as ops.MlstmInputs
  const outputs = ({ h, finalState }: ops.MlstmOutputs) => ({ h, memoryState: unscaled(finalState) })
  const referenceInputs = (s: Sizes, { memoryState, ...values }: Arrays) =>
    ({ ...s, ...values, memory: memoryState, keyScale: s.keyDim ** -0.5 }) as never
  return {
    operands: (s) => ({
      q: normal(tokenShape(s, s.heads, s.keyDim)),
      k: normal(tokenShape(s, s.heads, s.keyDim)),
      v: normal(tokenShape(s, s.valueHeads, s.valueDim)),
      i: uniform(tokenShape(s, s.valueHeads), -3, 3),
      f: uniform(tokenShape(s, s.valueHeads), -1, 6),
      memoryState: normal([s.sequences ?? s.batch, s.valueHeads, s.keyDim, s.valueDim + 1]),
    }),
    shared: [],
    chunked: (x, cuSeqlens) => outputs(ops.mlstm(inputs(x, cuSeqlens))),
    recurrent: (x, cuSeqlens) => outputs(ops.mlstmRecurrent(inputs(x, cuSeqlens))),
    stepper: ({ memoryState }) => {
      const initialState = stateFrom(memoryState as Tensor)
      return {
        step: (x) => ops.mlstmStep({ ...(x as unknown as ops.MlstmInputs), initialState }),
        state: () => unscaled(initialState),
      }
    },
    reference: (s, values) => {
      const { h, memory } = reference.mlstm(referenceInputs(s, values))
      return { h, memoryState: memory }
    },
    gradients: (s, values, { h, memoryState }) => {
      const { memory, ...rest } = reference.mlstmGradients(referenceInputs(s, values), {
        h: h as Float64Array,
        memory: memoryState,
      })
      return { ...rest, memoryState: memory }
    },
  }
})()

const log = (per: Decay['per'], low = -0.3): Decay => ({ name: 'g', per, low, high: 0 })
const signed = (per: Decay['per']): Decay => ({ name: 'decay', per, low: -1, high: 1 })

export const matrixScans: Record<string, MatrixScan> = {
  'the delta rule': deltaRule(),
  'the delta rule, log-decays per head': deltaRule({ decay: log('head') }),
  'the delta rule, log-decays per channel': deltaRule({ decay: log('channel') }),
  'the delta rule, signed decays per head': deltaRule({ decay: signed('head') }),
  'the delta rule, signed decays per channel': deltaRule({ decay: signed('channel') }),
  'the delta rule, 2 steps a token': deltaRule({ householders: 2 }),
  'the delta rule, 3 steps a token, log-decays per channel': deltaRule({
    householders: 3,
    decay: log('channel'),
  }),
  'the delta rule, 4 steps a token, signed decays per head': deltaRule({
    householders: 4,
    decay: signed('head'),
  }),
  'the delta rule, q and k normalised, beta through a sigmoid': deltaRule({
    normalizeQk: true,
    betaSigmoid: 2,
    decay: log('head'),
  }),
  'linear attention': additive({}),
  'linear attention, weighted and log-decays per head': additive({ beta: true, decay: log('head') }),
  'linear attention, signed decays per head': additive({ decay: signed('head') }),
  'linear attention, q and k normalised': additive({ normalizeQk: true, decay: log('channel') }),
  'gated linear attention': additive({ decay: log('channel') }, glaForms),
  'gated linear attention, strong gates': additive({ decay: log('channel', -30) }, glaForms),
  'gated linear attention, signed decays': additive({ decay: signed('channel') }, glaForms),
  retention,
  'the diagonal-plus-rank-one scan': dplrScan,
  'the scan of Mamba-2, [0,1]': ssd('[0,1]'),
  'the scan of Mamba-2, [-1,1]': ssd('[-1,1]'),
  'the mLSTM': mlstm,
}

/** Tokens [start, start + length) of operands of `tokens` tokens; what has no tokens stays as it is. */
export function partOf(
  scan: MatrixScan,
  operands: Tensors,
  tokens: number,
  start: number,
  length: number,
): Tensors {
  return Object.fromEntries(
    Object.entries(operands).map(([name, x]) => {
      if (scan.shared.includes(name) || name.endsWith('State')) return [name, x]
      const rows = (x.shape[1] as number) / tokens
      return [name, x.narrow(1, rows * start, rows * length)]
    }),
  )
}
