// Mamba (Gu & Dao 2023) with the extension of its decay to [-1, 1] (Grazzi et al. 2025). Weights are named and ordered
// as in its published checkpoints.
//
//   C hidden, D inner channels, N states a channel, R rank of the step size, W taps

import type { Eigenvalues } from '../../tensor/ops/eigenvalues.ts'
import * as ops from '../../tensor/ops.ts'
import { Tensor } from '../../tensor/tensor.ts'
import type { LayerOptions } from '../layer.ts'
import { checkCounts, linearFlops, Mixer, type MixerState, requireEigenvalues } from '../mixer.ts'
import { type Axis, type Initialiser, linearInitialiser, type ParameterSpec } from '../parameter.ts'
import { shortConvolution } from '../short-convolution.ts'
import { stepSizeInitialiser } from './delta.ts'

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
    this.specs = Object.values(this.#spec)
  }

  forward(x: Tensor, state?: MixerState): Tensor {
    const { inner, states, dtRank, eigenvalues } = this.config
    const spec = this.#spec
    const both = ops.linear(x, this.weight(spec.inProj), { outputDims: 2 })
    const u = shortConvolution(
      both.narrow(-1, 0, inner),
      this.weight(spec.conv),
      this.weight(spec.convBias),
      state?.convolution,
    )
    const selected = ops.linear(u, this.weight(spec.xProj))
    const inputs: ops.SelectiveScanInputs = {
      u,
      dt: ops.linear(selected.narrow(-1, 0, dtRank), this.weight(spec.dtProj)),
      A: ops.negate(ops.exp(this.weight(spec.aLog))),
      B: selected.narrow(-1, dtRank, states),
      C: selected.narrow(-1, dtRank + states, states),
      D: this.weight(spec.skip),
      z: both.narrow(-1, inner, inner),
      dtBias: this.weight(spec.dtBias),
      eigenvalues,
    }
    const y = state ? scanWithState(inputs, state) : ops.selectiveScan(inputs).y
    return ops.linear(y, this.weight(spec.outProj))
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

function scanWithState(inputs: ops.SelectiveScanInputs, state: MixerState): Tensor {
  const memory = state.memory as Tensor
  if (inputs.u.shape[1] === 1) return ops.selectiveScanStep({ ...inputs, initialState: memory })
  const { y, finalState } = ops.selectiveScan({ ...inputs, initialState: memory })
  ops.copy(finalState, memory)
  return y
}

function mambaSpecs(config: MambaConfig & { hidden: number }, named: (local: string) => string) {
  const C: Axis = { name: 'hidden', size: config.hidden }
  const D: Axis = { name: 'inner', size: config.inner }
  const N: Axis = { name: 'states', size: config.states }
  const R: Axis = { name: 'dtRank', size: config.dtRank }
  const W: Axis = { name: 'taps', size: config.convolution }
  const halves: Axis = { name: 'halves', size: 2 }
  const one: Axis = { name: 'one', size: 1 }
  const selected: Axis = { name: 'selected', size: config.dtRank + 2 * config.states }
  const spec = (
    local: string,
    dims: Axis[][],
    initialiser: Initialiser,
    weightDecay: boolean,
  ): ParameterSpec => ({ name: named(local), dims, initialiser, weightDecay })
  const constant = (value: number): Initialiser => ({ kind: 'constant', value })
  // A_{d,n} = −(n + 1) for every channel, kept as log(−A).
  const decay: Initialiser = {
    kind: 'values',
    values: (count) => Float32Array.from({ length: count }, (_, i) => Math.log((i % config.states) + 1)),
  }
  const taps = linearInitialiser(config.convolution)
  return {
    inProj: spec('in_proj.weight', [[halves, D], [C]], linearInitialiser(config.hidden), true),
    conv: spec('conv1d.weight', [[D], [one], [W]], taps, true),
    convBias: spec('conv1d.bias', [[D]], taps, false),
    xProj: spec('x_proj.weight', [[selected], [D]], linearInitialiser(config.inner), true),
    dtProj: spec('dt_proj.weight', [[D], [R]], linearInitialiser(config.dtRank), true),
    dtBias: spec('dt_proj.bias', [[D]], stepSizeInitialiser, false),
    aLog: spec('A_log', [[D], [N]], decay, false),
    skip: spec('D', [[D]], constant(1), false),
    outProj: spec('out_proj.weight', [[C], [D]], linearInitialiser(config.inner), true),
  }
}
