// Gated linear attention (Yang et al. 2024), with an extension of its decay to [-1, 1]. Names and order of the weights
// are those of flash-linear-attention.
//
//   C hidden, H heads, K key dim, V value dim, R rank of the gate

import type { Eigenvalues } from '../../tensor/ops/eigenvalues.ts'
import * as ops from '../../tensor/ops.ts'
import { Tensor } from '../../tensor/tensor.ts'
import type { LayerOptions } from '../layer.ts'
import { axis, constant, LayerParameters } from '../layer-parameters.ts'
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

export interface GatedLinearAttentionConfig {
  kind: 'gla'
  heads: number
  /** Key width of a head, half of `valueDim` in published models. */
  keyDim: number
  /** Value width of a head. */
  valueDim: number
  /** Rank of the projection to the gate, 16 in published models. */
  gateRank: number
  /** The gate is the root of a sigmoid of this degree, 16 in published models: larger ones forget more slowly. */
  gateRoot: number
  /** Of the norm over each head, 1e-5 by default. */
  normEps?: number | undefined
  /** With "[-1,1]" the decay is 2 α − 1 where it is α otherwise. */
  eigenvalues: Eigenvalues
}

export class GatedLinearAttention extends Mixer {
  readonly config: GatedLinearAttentionConfig & { hidden: number }
  readonly specs: readonly ParameterSpec[]
  readonly #spec: ReturnType<typeof glaSpecs>

  constructor(
    config: Omit<GatedLinearAttentionConfig, 'kind'> & { hidden: number },
    options: LayerOptions = {},
  ) {
    super(options)
    const { hidden, heads, keyDim, valueDim, gateRank, gateRoot } = config
    checkCounts({ hidden, heads, keyDim, valueDim, gateRank })
    if (!(gateRoot > 0)) throw new RangeError(`\`gateRoot\` must be positive, got ${gateRoot}`)
    checkEps('normEps', config.normEps ?? defaultNorm.eps)
    requireEigenvalues(config)
    this.config = { ...config, kind: 'gla' }
    this.#spec = glaSpecs(this.config, (local) => this.named(local))
    const { decay, ...others } = this.#spec
    this.specs = [...Object.values(others), decay.down, decay.up]
  }

  protected mix(x: Tensor, state: MixerState | undefined, pass: Pass): Tensor {
    const { heads, keyDim, valueDim, gateRoot, normEps = defaultNorm.eps, eigenvalues } = this.config
    const spec = this.#spec
    const [batch = 0, tokens = 0] = x.shape
    const projected = (weight: ParameterSpec, width: number): Tensor =>
      this.linear(x, weight).reshape([batch, tokens, heads, width])
    const signed = eigenvalues === '[-1,1]'
    const decay = ops.logDecay(this.lowRank(x, spec.decay).reshape([batch, tokens, heads, keyDim]), {
      form: 'logSigmoid',
      bias: this.weight(spec.decayBias),
      scale: 1 / gateRoot,
      signed,
    })
    const inputs: ops.GlaInputs = {
      q: projected(spec.qProj, keyDim),
      k: projected(spec.kProj, keyDim),
      v: projected(spec.vProj, valueDim),
      ...(signed ? { decay } : { g: decay }),
      cuSeqlens: pass.cuSeqlens,
    }
    const o = scanFrom(state?.memory, tokens, {
      step: (initialState) => ops.glaStep({ ...inputs, initialState }),
      chunks: (initialState) => {
        const { o: output, finalState } = ops.gla({ ...inputs, initialState })
        return { output, finalState }
      },
    })
    const normalised = ops.gatedRmsNorm(o, projected(spec.gProj, valueDim), {
      weight: this.weight(spec.norm),
      eps: normEps,
    })
    return this.linear(normalised.reshape([batch, tokens, heads * valueDim]), spec.oProj)
  }

  createState(batch: number): MixerState {
    const { heads, keyDim, valueDim } = this.config
    return { memory: Tensor.zeros([batch, heads, keyDim, valueDim]) }
  }

  flopsPerToken(): number {
    const { hidden, heads, keyDim, valueDim, gateRank } = this.config
    const maps =
      linearFlops(hidden, heads * (2 * keyDim + 2 * valueDim) + gateRank) +
      linearFlops(gateRank, heads * keyDim) +
      linearFlops(heads * valueDim, hidden)
    // Per element of the state: the decay, the outer product and its sum, and the readout as two.
    return maps + 5 * heads * keyDim * valueDim
  }
}

function glaSpecs(config: GatedLinearAttentionConfig & { hidden: number }, named: (local: string) => string) {
  const C = axis('hidden', config.hidden)
  const H = axis('heads', config.heads)
  const K = axis('keyDim', config.keyDim)
  const V = axis('valueDim', config.valueDim)
  const R = axis('gateRank', config.gateRank)
  const layer = new LayerParameters(named)
  return {
    qProj: layer.matrix('q_proj.weight', [[H, K], [C]]),
    kProj: layer.matrix('k_proj.weight', [[H, K], [C]]),
    vProj: layer.matrix('v_proj.weight', [[H, V], [C]]),
    gProj: layer.matrix('g_proj.weight', [[H, V], [C]]),
    decay: layer.lowRank('gk_proj', [0, 1], [H, K], R, C),
    decayBias: layer.undecayed('gk_proj.1.bias', [[H, K]], linearInitialiser(config.gateRank)),
    norm: layer.undecayed('g_norm_swish_gate.weight', [[V]], constant(1)),
    oProj: layer.matrix('o_proj.weight', [[C], [H, V]]),
  }
}
