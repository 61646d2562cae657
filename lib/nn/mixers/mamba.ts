// Mamba (Gu & Dao 2023) with the extension of its decay to [-1, 1] (Grazzi et al. 2025). Weights are named and ordered
// as in its published checkpoints.
//
//   C hidden, D inner channels, N states a channel, R rank of the step size, W taps

import type { Eigenvalues } from '../../tensor/ops/eigenvalues.ts'
import * as ops from '../../tensor/ops.ts'
import { Tensor } from '../../tensor/tensor.ts'
import type { LayerOptions } from '../layer.ts'
import { axis, constant, LayerParameters, one, stepSizeInitialiser } from '../layer-parameters.ts'
import {
  checkCounts,
  linearFlops,
  Mixer,
  type MixerState,
  type Pass,
  requireEigenvalues,
  scanFrom,
} from '../mixer.ts'
import { type Initialiser, linearInitialiser, type ParameterSpec } from '../parameter.ts'
import { shortConvolution } from '../short-convolution.ts'

export interface MambaConfig {
  kind: 'mamba'
  /** Inner channels, usually twice the hidden width. */
  inner: number
  /** States a channel. */
  states: number
  /** Rank of the projection to step sizes, usually hidden / 16. */
  dtRank: number
  /** Taps of the short convolution. */
  convolution: number
  /** Whether the maps into and out of the layer have biases; not by default. */
  bias?: boolean | undefined
  /** Whether the convolution has a bias, as by default. */
  convolutionBias?: boolean | undefined
  /** With "[-1,1]" the decay is 2 exp(dt A) − 1. */
  eigenvalues: Eigenvalues
}

export class Mamba extends Mixer {
  readonly config: MambaConfig & { hidden: number }
  readonly specs: readonly ParameterSpec[]
  readonly #spec: ReturnType<typeof mambaSpecs>

  constructor(config: Omit<MambaConfig, 'kind'> & { hidden: number }, options: LayerOptions = {}) {
    super(options)
    const { hidden, inner, states, dtRank, convolution } = config
    checkCounts({ hidden, inner, states, dtRank, convolution })
    requireEigenvalues(config)
    this.config = { ...config, kind: 'mamba' }
    this.#spec = mambaSpecs(this.config, (local) => this.named(local))
    this.specs = Object.values(this.#spec).filter((spec) => spec !== null)
  }

  protected mix(x: Tensor, state: MixerState | undefined, pass: Pass): Tensor {
    const { inner, states, dtRank, eigenvalues } = this.config
    const spec = this.#spec
    const both = this.linear(x, spec.inProj, spec.inBias)
    const u = shortConvolution(
      both.narrow(-1, 0, inner),
      { weight: this.weight(spec.conv), bias: spec.convBias && this.weight(spec.convBias) },
      state?.convolution,
      pass,
    )
    const selected = this.linear(u, spec.xProj)
    const inputs: ops.SelectiveScanInputs = {
      u,
      dt: this.linear(selected.narrow(-1, 0, dtRank), spec.dtProj),
      A: ops.negate(ops.exp(this.weight(spec.aLog))),
      B: selected.narrow(-1, dtRank, states),
      C: selected.narrow(-1, dtRank + states, states),
      D: this.weight(spec.skip),
      z: both.narrow(-1, inner, inner),
      dtBias: this.weight(spec.dtBias),
      eigenvalues,
      cuSeqlens: pass.cuSeqlens,
    }
    const y = scanFrom(state?.memory, x.shape[1] ?? 0, {
      step: (initialState) => ops.selectiveScanStep({ ...inputs, initialState }),
      chunks: (initialState) => {
        const { y: output, finalState } = ops.selectiveScan({ ...inputs, initialState })
        return { output, finalState }
      },
    })
    return this.linear(y, spec.outProj, spec.outBias)
  }

  createState(batch: number): MixerState {
    const { inner, states, convolution } = this.config
    return {
      memory: Tensor.zeros([batch, inner, states]),
      convolution: Tensor.zeros([batch, convolution - 1, inner]),
    }
  }

  flopsPerToken(): number {
    const { hidden, inner, states, dtRank, convolution } = this.config
    const maps =
      linearFlops(hidden, 2 * inner) +
      linearFlops(inner, dtRank + 2 * states) +
      linearFlops(dtRank, inner) +
      linearFlops(inner, hidden)
    // Per channel and state: dt A, the exponential as one, dt u B, the update and the readout.
    return maps + 2 * convolution * inner + inner * (9 * states + 3)
  }
}

function mambaSpecs(config: MambaConfig & { hidden: number }, named: (local: string) => string) {
  const { bias = false, convolutionBias = true } = config
  const C = axis('hidden', config.hidden)
  const D = axis('inner', config.inner)
  const N = axis('states', config.states)
  const R = axis('dtRank', config.dtRank)
  const W = axis('taps', config.convolution)
  const halves = axis('halves', 2)
  const selected = axis('selected', config.dtRank + 2 * config.states)
  // A_{d,n} = −(n + 1) for every channel, kept as log(−A).
  const decay: Initialiser = {
    kind: 'values',
    values: (count) => Float32Array.from({ length: count }, (_, i) => Math.log((i % config.states) + 1)),
  }
  const layer = new LayerParameters(named)
  return {
    inProj: layer.matrix('in_proj.weight', [[halves, D], [C]]),
    inBias: bias ? layer.undecayed('in_proj.bias', [[halves, D]], linearInitialiser(config.hidden)) : null,
    conv: layer.matrix('conv1d.weight', [[D], [one], [W]]),
    convBias: convolutionBias
      ? layer.undecayed('conv1d.bias', [[D]], linearInitialiser(config.convolution))
      : null,
    xProj: layer.matrix('x_proj.weight', [[selected], [D]]),
    dtProj: layer.matrix('dt_proj.weight', [[D], [R]]),
    dtBias: layer.undecayed('dt_proj.bias', [[D]], stepSizeInitialiser),
    aLog: layer.undecayed('A_log', [[D], [N]], decay),
    skip: layer.undecayed('D', [[D]], constant(1)),
    outProj: layer.matrix('out_proj.weight', [[C], [D]]),
    outBias: bias ? layer.undecayed('out_proj.bias', [[C]], linearInitialiser(config.inner)) : null,
  }
}
