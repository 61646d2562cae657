// The delta-rule layers: DeltaNet, Gated DeltaNet, DeltaProduct and Kimi Delta Attention are one layer with different
// settings (Yang et al. 2024, 2025; Siems et al. 2025; Kimi Team 2025).

import * as ops from '../../tensor/ops.ts'
import { Tensor } from '../../tensor/tensor.ts'
import type { LayerOptions } from '../layer.ts'
import type { LowRank } from '../layer-parameters.ts'
import {
  checkCounts,
  linearFlops,
  Mixer,
  type MixerState,
  type Pass,
  requireEigenvalues,
  scanFrom,
} from '../mixer.ts'
import { checkEps, defaultNorm } from '../norm.ts'
import type { ParameterSpec } from '../parameter.ts'
import { shortConvolution } from '../short-convolution.ts'
import { type DeltaSettings, type DeltaSpecs, deltaSpecs, listed } from './delta-parameters.ts'

/** What a layer of this kind may leave out, and what it means then. */
export interface DeltaOptions {
  heads: number
  /** A multiple of `heads`, whose queries and keys consecutive ones share; as many by default. */
  valueHeads?: number | undefined
  /** Of the norm over each head, 1e-5 by default. */
  normEps?: number | undefined
}

/** A configuration with what it leaves out. */
export const completed = <Config extends DeltaOptions>(config: Config) => ({
  ...config,
  valueHeads: config.valueHeads ?? config.heads,
  normEps: config.normEps ?? defaultNorm.eps,
})

export class DeltaMixer extends Mixer {
  readonly settings: DeltaSettings
  readonly specs: readonly ParameterSpec[]
  readonly #spec: DeltaSpecs

  constructor(settings: DeltaSettings, options: LayerOptions = {}) {
    super(options)
    const { hidden, heads, valueHeads, keyDim, valueDim, householders, convolution } = settings
    checkCounts({ hidden, heads, valueHeads, keyDim, valueDim, householders })
    if (valueHeads % heads !== 0)
      throw new RangeError(`\`valueHeads\` must be a multiple of the ${heads} heads, got ${valueHeads}`)
    checkEps('normEps', settings.normEps)
    checkCounts({ convolution }, 0)
    requireEigenvalues(settings)
    this.settings = settings
    this.#spec = deltaSpecs(settings, (local) => this.named(local))
    this.specs = listed(this.#spec)
  }

  protected mix(x: Tensor, state: MixerState | undefined, pass: Pass): Tensor {
    const { heads, valueHeads, keyDim, valueDim, householders, eigenvalues } = this.settings
    const [batch = 0, tokens = 0] = x.shape
    const steps = tokens * householders
    const inputs: ops.DeltaRuleInputs = {
      q: this.#branch(x, 'q', state, pass).reshape([batch, tokens, heads, keyDim]),
      k: this.#branch(x, 'k', state, pass).reshape([batch, steps, heads, keyDim]),
      v: this.#branch(x, 'v', state, pass).reshape([batch, steps, valueHeads, valueDim]),
      beta: this.linear(x, this.#spec.bProj).reshape([batch, steps, valueHeads]),
      g: this.#logDecay(x),
      householders,
      normalizeQk: true,
      betaSigmoid: eigenvalues === '[-1,1]' ? 2 : 1,
      cuSeqlens: pass.cuSeqlens,
    }
    const o = scanFrom(state?.memory, tokens, {
      step: (initialState) => ops.deltaRuleStep({ ...inputs, initialState }),
      chunks: (initialState) => {
        const { o: output, finalState } = ops.deltaRule({ ...inputs, initialState })
        return { output, finalState }
      },
    })
    return this.linear(
      this.#normalised(o, x).reshape([batch, tokens, valueHeads * valueDim]),
      this.#spec.oProj,
    )
  }

  createState(batch: number): MixerState {
    const { heads, valueHeads, keyDim, valueDim, householders, convolution } = this.settings
    const state: MixerState = { memory: Tensor.zeros([batch, valueHeads, keyDim, valueDim]) }
    if (convolution > 1) {
      state.q = Tensor.zeros([batch, convolution - 1, heads * keyDim])
      state.k = Tensor.zeros([batch, convolution - 1, householders * heads * keyDim])
      state.v = Tensor.zeros([batch, convolution - 1, householders * valueHeads * valueDim])
    }
    return state
  }

  flopsPerToken(): number {
    const { hidden, heads, valueHeads, keyDim, valueDim, householders, convolution } = this.settings
    const { forgetGate, outputGate } = this.settings
    const channels = heads * keyDim * (1 + householders) + valueHeads * valueDim * householders
    const lowRank = (outputs: number): number =>
      linearFlops(hidden, valueDim) + linearFlops(valueDim, outputs)
    const forget = { head: linearFlops(hidden, valueHeads), channel: lowRank(valueHeads * keyDim) }
    const gate = { silu: linearFlops(hidden, valueHeads * valueDim), sigmoid: lowRank(valueHeads * valueDim) }
    const memory = keyDim * valueDim
    // A delta step reads Sᵀk and adds a rank-one term, 4 K V; the readout Sᵀq is 2 K V and the decay K V.
    const scan = valueHeads * memory * (4 * householders + 2 + (forgetGate ? 1 : 0))
    return (
      linearFlops(hidden, channels + valueHeads * householders) +
      (forgetGate ? forget[forgetGate] : 0) +
      (outputGate ? gate[outputGate] : 0) +
      linearFlops(valueHeads * valueDim, hidden) +
      2 * convolution * channels +
      scan
    )
  }

  /** Projection, then short convolution with SiLU, or SiLU alone. */
  #branch(x: Tensor, branch: 'q' | 'k' | 'v', state: MixerState | undefined, pass: Pass): Tensor {
    const projected = this.linear(x, this.#spec[`${branch}Proj`])
    const taps = this.#spec[`${branch}Conv`]
    return taps
      ? shortConvolution(projected, { weight: this.weight(taps) }, state?.[branch], pass)
      : ops.silu(projected)
  }

  /** A gate for every channel. */
  #gate(x: Tensor, gate: ParameterSpec | LowRank): Tensor {
    return 'up' in gate ? this.lowRank(x, gate) : this.linear(x, gate)
  }

  /** (B, T, HV), or (B, T, HV, K) by channel. */
  #logDecay(x: Tensor): Tensor | undefined {
    const { forget } = this.#spec
    if (!forget) return undefined
    const { valueHeads, keyDim, forgetGate, lowerBound } = this.settings
    const [batch = 0, tokens = 0] = x.shape
    const a = this.#gate(x, forget.projection)
    return ops.logDecay(forgetGate === 'channel' ? a.reshape([batch, tokens, valueHeads, keyDim]) : a, {
      logRate: this.weight(forget.logRate),
      bias: this.weight(forget.bias),
      ...(lowerBound && { form: 'bounded', scale: -lowerBound }),
    })
  }

  #normalised(o: Tensor, x: Tensor): Tensor {
    const weight = this.weight(this.#spec.oNorm)
    const { gate } = this.#spec
    const { outputGate, normEps: eps } = this.settings
    if (!gate || !outputGate) return ops.rmsNorm(o, { weight, eps })
    return ops.gatedRmsNorm(o, this.#gate(x, gate).reshape(o.shape), { weight, eps, activation: outputGate })
  }
}
