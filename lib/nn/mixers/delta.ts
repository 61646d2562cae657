// The delta-rule layers: DeltaNet, Gated DeltaNet and DeltaProduct are one layer with different settings (Yang et al.
// 2024, 2025; Siems et al. 2025). Names and order of the weights are those of flash-linear-attention.
//
//   C hidden, H heads, K key dim, V value dim, n householders, W taps of the short convolution

import type { Eigenvalues } from '../../tensor/ops/eigenvalues.ts'
import * as ops from '../../tensor/ops.ts'
import { Tensor } from '../../tensor/tensor.ts'
import type { LayerOptions } from '../layer.ts'
import { checkCounts, linearFlops, Mixer, type MixerState, requireEigenvalues } from '../mixer.ts'
import { type Axis, type Initialiser, linearInitialiser, type ParameterSpec } from '../parameter.ts'
import { shortConvolution } from '../short-convolution.ts'

export interface DeltaSettings {
  hidden: number
  heads: number
  /** Key width of a head. */
  keyDim: number
  /** Value width of a head. */
  valueDim: number
  /** Delta steps a token. */
  householders: number
  /** Whether the state decays by a learned gate before each token. */
  forgetGate: boolean
  /** Whether the output is gated by SiLU of a projection. */
  outputGate: boolean
  /** Taps of the short convolution on queries, keys and values; 0 for none. */
  convolution: number
  /** With "[-1,1]" beta is doubled, so that 1 − beta reaches −1. */
  eigenvalues: Eigenvalues
}

const logUniform = (low: number, high: number, u: number): number =>
  Math.exp(Math.log(low) + u * (Math.log(high) - Math.log(low)))

/** A = U(0, 16), kept as its logarithm. */
const decayInitialiser: Initialiser = {
  kind: 'values',
  values: (_count, uniform) => uniform().map((u) => Math.log(Math.max(16 * u, 1e-4))),
}

/** Step sizes log-uniform in [0.001, 0.1], kept as the inverse of softplus. */
export const stepSizeInitialiser: Initialiser = {
  kind: 'values',
  values: (_count, uniform) =>
    uniform().map((u) => {
      const dt = Math.max(logUniform(1e-3, 1e-1, u), 1e-4)
      return dt + Math.log(-Math.expm1(-dt))
    }),
}

export class DeltaMixer extends Mixer {
  readonly settings: DeltaSettings
  readonly specs: readonly ParameterSpec[]
  readonly #spec: ReturnType<typeof deltaSpecs>

  constructor(settings: DeltaSettings, options: LayerOptions = {}) {
    super(options)
    const { hidden, heads, keyDim, valueDim, householders, convolution } = settings
    checkCounts({ hidden, heads, keyDim, valueDim, householders })
    checkCounts({ convolution }, 0)
    requireEigenvalues(settings)
    this.settings = settings
    this.#spec = deltaSpecs(settings, (local) => this.named(local))
    this.specs = Object.values(this.#spec).filter((spec) => spec !== undefined)
  }

  forward(x: Tensor, state?: MixerState): Tensor {
    const { heads, keyDim, valueDim, householders } = this.settings
    const [batch = 0, tokens = 0] = x.shape
    const steps = tokens * householders
    const q = this.#branch(x, 'q', state).reshape([batch, tokens, heads, keyDim])
    const k = this.#branch(x, 'k', state).reshape([batch, steps, heads, keyDim])
    const v = this.#branch(x, 'v', state).reshape([batch, steps, heads, valueDim])
    const inputs = {
      q: ops.l2Norm(q),
      k: ops.l2Norm(k),
      v,
      beta: this.#beta(x).reshape([batch, steps, heads]),
      g: this.#logDecay(x),
      householders,
    }
    const o = state ? scanWithState(inputs, state, tokens) : ops.deltaRule(inputs).o
    return ops.linear(
      this.#normalised(o, x).reshape([batch, tokens, heads * valueDim]),
      this.weight(this.#spec.oProj),
    )
  }

  createState(batch: number): MixerState {
    const { heads, keyDim, valueDim, householders, convolution } = this.settings
    const state: MixerState = { memory: Tensor.zeros([batch, heads, keyDim, valueDim]) }
    if (convolution > 1) {
      state.q = Tensor.zeros([batch, convolution - 1, heads * keyDim])
      state.k = Tensor.zeros([batch, convolution - 1, householders * heads * keyDim])
      state.v = Tensor.zeros([batch, convolution - 1, householders * heads * valueDim])
    }
    return state
  }

  flopsPerToken(): number {
    const { hidden, heads, keyDim, valueDim, householders, forgetGate, outputGate, convolution } =
      this.settings
    const channels = heads * (keyDim + householders * (keyDim + valueDim))
    const projected =
      channels + heads * householders + (forgetGate ? heads : 0) + (outputGate ? heads * valueDim : 0)
    const memory = keyDim * valueDim
    // A delta step reads Sᵀk and adds a rank-one term, 4 K V; the readout Sᵀq is 2 K V and the decay K V.
    const scan = heads * memory * (4 * householders + 2 + (forgetGate ? 1 : 0))
    return (
      linearFlops(hidden, projected) +
      linearFlops(heads * valueDim, hidden) +
      2 * convolution * channels +
      scan
    )
  }

  /** Projection, then short convolution with SiLU, or SiLU alone. */
  #branch(x: Tensor, branch: 'q' | 'k' | 'v', state: MixerState | undefined): Tensor {
    const projection = this.#spec[`${branch}Proj`]
    const taps = this.#spec[`${branch}Conv`]
    const projected = ops.linear(x, this.weight(projection), { outputDims: projection.dims[0]?.length ?? 1 })
    return taps
      ? shortConvolution(projected, this.weight(taps), undefined, state?.[branch])
      : ops.silu(projected)
  }

  #beta(x: Tensor): Tensor {
    const beta = ops.sigmoid(ops.linear(x, this.weight(this.#spec.bProj), { outputDims: 2 }))
    return this.settings.eigenvalues === '[-1,1]' ? ops.multiply(beta, 2) : beta
  }

  /** g = −exp(A_log) softplus(a + dt_bias), (B, T, H). */
  #logDecay(x: Tensor): Tensor | undefined {
    const { aProj, aLog, dtBias } = this.#spec
    if (!aProj || !aLog || !dtBias) return undefined
    return ops.logDecay(ops.linear(x, this.weight(aProj)), {
      logRate: this.weight(aLog),
      bias: this.weight(dtBias),
    })
  }

  #normalised(o: Tensor, x: Tensor): Tensor {
    const weight = this.weight(this.#spec.oNorm)
    const { gProj } = this.#spec
    if (!gProj) return ops.rmsNorm(o, { weight })
    const gate = ops.linear(x, this.weight(gProj), { outputDims: 2 }).reshape(o.shape)
    return ops.gatedRmsNorm(o, gate, { weight })
  }
}

/** One token is a decode step in place; more are a chunked prefill whose final state is written back. */
function scanWithState(inputs: ops.DeltaRuleInputs, state: MixerState, tokens: number): Tensor {
  const memory = state.memory as Tensor
  if (tokens === 1) return ops.deltaRuleStep({ ...inputs, initialState: memory })
  const { o, finalState } = ops.deltaRule({ ...inputs, initialState: memory })
  ops.copy(finalState, memory)
  return o
}

function deltaSpecs(settings: DeltaSettings, named: (local: string) => string) {
  const { householders, forgetGate, outputGate, convolution } = settings
  const C: Axis = { name: 'hidden', size: settings.hidden }
  const H: Axis = { name: 'heads', size: settings.heads }
  const K: Axis = { name: 'keyDim', size: settings.keyDim }
  const V: Axis = { name: 'valueDim', size: settings.valueDim }
  const n: Axis = { name: 'householders', size: householders }
  const one: Axis = { name: 'one', size: 1 }
  const W: Axis = { name: 'taps', size: convolution }
  const matrix = (local: string, dims: Axis[][], inputs: number): ParameterSpec => ({
    name: named(local),
    dims,
    initialiser: linearInitialiser(inputs),
    weightDecay: true,
  })
  const vector = (local: string, axis: Axis, initialiser: Initialiser): ParameterSpec => ({
    name: named(local),
    dims: [[axis]],
    initialiser,
    weightDecay: false,
  })
  const taps = (local: string, axes: Axis[]): ParameterSpec | undefined =>
    convolution > 0 ? matrix(local, [axes, [one], [W]], convolution) : undefined
  const hidden = settings.hidden
  return {
    qProj: matrix('q_proj.weight', [[H, K], [C]], hidden),
    kProj: matrix('k_proj.weight', [[n, H, K], [C]], hidden),
    vProj: matrix('v_proj.weight', [[n, H, V], [C]], hidden),
    bProj: matrix('b_proj.weight', [[n, H], [C]], hidden),
    aProj: forgetGate ? matrix('a_proj.weight', [[H], [C]], hidden) : undefined,
    aLog: forgetGate ? vector('A_log', H, decayInitialiser) : undefined,
    dtBias: forgetGate ? vector('dt_bias', H, stepSizeInitialiser) : undefined,
    qConv: taps('q_conv1d.weight', [H, K]),
    kConv: taps('k_conv1d.weight', [n, H, K]),
    vConv: taps('v_conv1d.weight', [n, H, V]),
    gProj: outputGate ? matrix('g_proj.weight', [[H, V], [C]], hidden) : undefined,
    oNorm: vector('o_norm.weight', V, { kind: 'constant', value: 1 }),
    oProj: matrix('o_proj.weight', [[C], [H, V]], settings.heads * settings.valueDim),
  }
}
