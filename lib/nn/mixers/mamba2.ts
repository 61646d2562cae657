// Mamba-2 (Dao & Gu 2024): a scan with one decay a head, here extended to [-1, 1] as Mamba's is. Weights are named and
// ordered as in its published checkpoints.
//
//   C hidden, H heads, P channels a head, N states, G groups that share B and C, W taps

import type { Eigenvalues } from '../../tensor/ops/eigenvalues.ts'
import * as ops from '../../tensor/ops.ts'
import { Tensor } from '../../tensor/tensor.ts'
import type { LayerOptions } from '../layer.ts'
import {
  axis,
  constant,
  LayerParameters,
  logRateInitialiser,
  one,
  stepSizeInitialiser,
} from '../layer-parameters.ts'
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
import { linearInitialiser, type ParameterSpec } from '../parameter.ts'
import { shortConvolution } from '../short-convolution.ts'

export interface Mamba2Config {
  kind: 'mamba2'
  /** Heads; heads · headDim is usually twice the hidden width. */
  heads: number
  headDim: number
  /** States a channel. */
  states: number
  /** Heads of a group share B and C. */
  groups: number
  /** Taps of the short convolution. */
  convolution: number
  /** Whether the maps into and out of the layer have biases; not by default. */
  bias?: boolean | undefined
  /** Whether the convolution has a bias, as by default. */
  convolutionBias?: boolean | undefined
  /** Of the norm over each group, 1e-5 by default. */
  normEps?: number | undefined
  /** With "[-1,1]" the decay is 2 exp(dt A) − 1. */
  eigenvalues: Eigenvalues
}

export class Mamba2 extends Mixer {
  readonly config: Mamba2Config & { hidden: number }
  readonly specs: readonly ParameterSpec[]
  readonly #spec: ReturnType<typeof mamba2Specs>

  constructor(config: Omit<Mamba2Config, 'kind'> & { hidden: number }, options: LayerOptions = {}) {
    super(options)
    const { hidden, heads, headDim, states, groups, convolution } = config
    checkCounts({ hidden, heads, headDim, states, groups, convolution })
    if (heads % groups !== 0) throw new RangeError(`\`groups\` must divide the ${heads} heads, got ${groups}`)
    checkEps('normEps', config.normEps ?? defaultNorm.eps)
    requireEigenvalues(config)
    this.config = { ...config, kind: 'mamba2' }
    this.#spec = mamba2Specs(this.config, (local) => this.named(local))
    this.specs = Object.values(this.#spec).filter((spec) => spec !== null)
  }

  protected mix(x: Tensor, state: MixerState | undefined, pass: Pass): Tensor {
    const { heads, headDim, states, groups, eigenvalues } = this.config
    const spec = this.#spec
    const [batch = 0, tokens = 0] = x.shape
    const inner = heads * headDim
    const selected = groups * states
    const projected = this.linear(x, spec.inProj, spec.inBias)
    const convolved = shortConvolution(
      projected.narrow(-1, inner, inner + 2 * selected),
      { weight: this.weight(spec.conv), bias: spec.convBias && this.weight(spec.convBias) },
      state?.convolution,
      pass,
    )
    const inputs: ops.SsdInputs = {
      x: convolved.narrow(-1, 0, inner).reshape([batch, tokens, heads, headDim]),
      dt: projected.narrow(-1, 2 * (inner + selected), heads),
      A: ops.negate(ops.exp(this.weight(spec.aLog))),
      B: convolved.narrow(-1, inner, selected).reshape([batch, tokens, groups, states]),
      C: convolved.narrow(-1, inner + selected, selected).reshape([batch, tokens, groups, states]),
      D: this.weight(spec.skip),
      dtBias: this.weight(spec.dtBias),
      eigenvalues,
      cuSeqlens: pass.cuSeqlens,
    }
    // (B, H, P, N), a view of what the scan keeps with its states outermost.
    const memory = state?.memory?.transpose(2, 3)
    const y = scanFrom(memory, tokens, {
      step: (initialState) => ops.ssdStep({ ...inputs, initialState }),
      chunks: (initialState) => {
        const { y: output, finalState } = ops.ssd({ ...inputs, initialState })
        return { output, finalState }
      },
    })
    const grouped = [batch, tokens, groups, inner / groups]
    const normalised = ops.gatedRmsNorm(y.reshape(grouped), projected.narrow(-1, 0, inner).reshape(grouped), {
      weight: this.weight(spec.norm).reshape(grouped.slice(2)),
      eps: this.config.normEps ?? defaultNorm.eps,
      gateFirst: true,
    })
    return this.linear(normalised.reshape([batch, tokens, inner]), spec.outProj, spec.outBias)
  }

  createState(batch: number): MixerState {
    const { heads, headDim, states, groups, convolution } = this.config
    return {
      memory: Tensor.zeros([batch, heads, states, headDim]),
      convolution: Tensor.zeros([batch, convolution - 1, heads * headDim + 2 * groups * states]),
    }
  }

  flopsPerToken(): number {
    const { hidden, heads, headDim, states, groups, convolution } = this.config
    const inner = heads * headDim
    const convolved = inner + 2 * groups * states
    const maps = linearFlops(hidden, inner + convolved + heads) + linearFlops(inner, hidden)
    // Per channel and state: the decay, the outer product and its sum, and the readout as two; per channel dt x and D x.
    return maps + 2 * convolution * convolved + inner * (5 * states + 3)
  }
}

function mamba2Specs(config: Mamba2Config & { hidden: number }, named: (local: string) => string) {
  const { heads, headDim, states, groups, bias = false, convolutionBias = true } = config
  const C = axis('hidden', config.hidden)
  const H = axis('heads', heads)
  const P = axis('headDim', headDim)
  const W = axis('taps', config.convolution)
  const convolved = axis('convolved', heads * headDim + 2 * groups * states)
  /** z, x, B, C, dt */
  const projected = axis('projected', heads * headDim + convolved.size + heads)
  const layer = new LayerParameters(named)
  return {
    inProj: layer.matrix('in_proj.weight', [[projected], [C]]),
    inBias: bias ? layer.undecayed('in_proj.bias', [[projected]], linearInitialiser(config.hidden)) : null,
    conv: layer.matrix('conv1d.weight', [[convolved], [one], [W]]),
    convBias: convolutionBias
      ? layer.undecayed('conv1d.bias', [[convolved]], linearInitialiser(config.convolution))
      : null,
    dtBias: layer.undecayed('dt_bias', [[H]], stepSizeInitialiser),
    aLog: layer.undecayed('A_log', [[H]], logRateInitialiser(1, 16)),
    skip: layer.undecayed('D', [[H]], constant(1)),
    norm: layer.undecayed('norm.weight', [[H, P]], constant(1)),
    outProj: layer.matrix('out_proj.weight', [[C], [H, P]]),
    outBias: bias ? layer.undecayed('out_proj.bias', [[C]], linearInitialiser(heads * headDim)) : null,
  }
}
