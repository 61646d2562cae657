// The parameters of the delta-rule layers. Names and order of the rows are those of flash-linear-attention.

import type { Eigenvalues } from '../../tensor/ops/eigenvalues.ts'
import {
  axis,
  constant,
  LayerParameters,
  type LowRank,
  logRateInitialiser,
  one,
  stepSizeInitialiser,
} from '../layer-parameters.ts'
import { type Axis, linearInitialiser, type ParameterSpec } from '../parameter.ts'

export interface DeltaSettings {
  hidden: number
  heads: number
  /** A multiple of `heads`, whose queries and keys consecutive ones share. */
  valueHeads: number
  /** Key width of a head. */
  keyDim: number
  /** Value width of a head. */
  valueDim: number
  /** Delta steps a token. */
  householders: number
  /** What decays by a learned gate before each token: the whole state of a head, each of its key channels, or nothing. */
  forgetGate: 'head' | 'channel' | null
  /** What the logarithm of the decay stays above, in a gate of its own form; absent for the softplus gate. */
  lowerBound?: number | null
  /** What the output is multiplied by: SiLU of a projection, the sigmoid of one through `valueDim` numbers, or nothing. */
  outputGate: 'silu' | 'sigmoid' | null
  /** Of the norm over each head. */
  normEps: number
  /** Taps of the short convolution on queries, keys and values; 0 for none. */
  convolution: number
  /** With "[-1,1]" beta is doubled, so that 1 − beta reaches −1. */
  eigenvalues: Eigenvalues
}

export interface DeltaSpecs {
  qProj: ParameterSpec
  kProj: ParameterSpec
  vProj: ParameterSpec
  bProj: ParameterSpec
  forget: { projection: ParameterSpec | LowRank; logRate: ParameterSpec; bias: ParameterSpec } | null
  qConv: ParameterSpec | null
  kConv: ParameterSpec | null
  vConv: ParameterSpec | null
  gate: ParameterSpec | LowRank | null
  oNorm: ParameterSpec
  oProj: ParameterSpec
}

export function deltaSpecs(settings: DeltaSettings, named: (local: string) => string): DeltaSpecs {
  const { householders, convolution, forgetGate, outputGate } = settings
  const C = axis('hidden', settings.hidden)
  const H = axis('heads', settings.heads)
  const HV = axis('valueHeads', settings.valueHeads)
  const K = axis('keyDim', settings.keyDim)
  const V = axis('valueDim', settings.valueDim)
  const n = axis('householders', householders)
  const W = axis('taps', convolution)
  const layer = new LayerParameters(named)
  const taps = (local: string, axes: Axis[]): ParameterSpec | null =>
    convolution > 0 ? layer.matrix(local, [axes, [one], [W]]) : null
  /** Through as many numbers as a head has values. */
  const lowRank = (local: string, outputs: Axis[]): LowRank => layer.lowRank(local, [0, 1], outputs, V, C)
  const perHead = forgetGate === 'head'
  return {
    qProj: layer.matrix('q_proj.weight', [[H, K], [C]]),
    kProj: layer.matrix('k_proj.weight', [[n, H, K], [C]]),
    vProj: layer.matrix('v_proj.weight', [[n, HV, V], [C]]),
    bProj: layer.matrix('b_proj.weight', [[n, HV], [C]]),
    forget: forgetGate && {
      projection: perHead ? layer.matrix('a_proj.weight', [[HV], [C]]) : lowRank('f_proj', [HV, K]),
      logRate: layer.undecayed('A_log', [[HV]], logRateInitialiser(perHead ? 0 : 1, 16)),
      bias: layer.undecayed('dt_bias', [perHead ? [HV] : [HV, K]], stepSizeInitialiser),
    },
    qConv: taps('q_conv1d.weight', [H, K]),
    kConv: taps('k_conv1d.weight', [n, H, K]),
    vConv: taps('v_conv1d.weight', [n, HV, V]),
    gate:
      outputGate === 'sigmoid'
        ? {
            ...lowRank('g_proj', [HV, V]),
            bias: layer.undecayed('g_proj.1.bias', [[HV, V]], linearInitialiser(settings.valueDim)),
          }
        : outputGate && layer.matrix('g_proj.weight', [[HV, V], [C]]),
    oNorm: layer.undecayed('o_norm.weight', [[V]], constant(1)),
    oProj: layer.matrix('o_proj.weight', [[C], [HV, V]]),
  }
}

/** Every parameter, in the order they are drawn in. */
export function listed(specs: DeltaSpecs): ParameterSpec[] {
  const flat = (spec: ParameterSpec | LowRank | null | undefined): ParameterSpec[] => {
    if (!spec) return []
    return 'up' in spec ? [spec.down, spec.up, ...flat(spec.bias)] : [spec]
  }
  const { forget } = specs
  return [
    ...[specs.qProj, specs.kProj, specs.vProj, specs.bProj],
    ...[forget?.projection, forget?.logRate, forget?.bias, specs.qConv, specs.kConv, specs.vConv, specs.gate],
    ...[specs.oNorm, specs.oProj],
  ].flatMap(flat)
}
