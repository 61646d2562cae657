// RWKV-7 (Peng et al. 2025): a scan whose transition is a decay for every channel plus a matrix of rank one. Names of
// the weights are those of flash-linear-attention.
//
//   C hidden, H heads of width K
//   r, k, v queries, keys, values; w log-decay; a rate of learning in context; g gate of the output

import * as ops from '../../tensor/ops.ts'
import { Tensor } from '../../tensor/tensor.ts'
import type { LayerOptions } from '../layer.ts'
import { checkCounts, linearFlops, Mixer, type MixerState, type Pass, scanFrom } from '../mixer.ts'
import { checkEps } from '../norm.ts'
import type { ParameterSpec } from '../parameter.ts'
import { mixedWithLast } from '../token-shift.ts'
import { rwkv7Specs } from './rwkv7-parameters.ts'

export interface Rwkv7Config {
  kind: 'rwkv7'
  heads: number
  /** Width of keys and values. */
  headDim: number
  /** Rank of the projection to log-decays. */
  decayRank: number
  /** Rank of the projections to rates of learning and, without a `valueRank`, to the mixing of values. */
  rateRank: number
  valueRank?: number | undefined
  /** Rank of the projection to the gate of the output. */
  gateRank: number
  /**
   * Whether values are mixed with those of the first RWKV-7 layer of the network, as in all published layers but the
   * first, which has to be without.
   */
  valueResidual: boolean
  /** The norm over each head adds `headDim` times this to the variance; 1e-5 by default. */
  normEps?: number | undefined
  /** Added to the squared length that keys of removal are divided by; 1e-6 by default. */
  keyEps?: number | undefined
}

/** exp(−½): log-decays lie between minus this and 0. */
const fastest = 0.6065306597126334

export class Rwkv7 extends Mixer {
  readonly config: Rwkv7Config & { hidden: number }
  readonly specs: readonly ParameterSpec[]
  readonly #spec: ReturnType<typeof rwkv7Specs>

  constructor(config: Omit<Rwkv7Config, 'kind'> & { hidden: number }, options: LayerOptions = {}) {
    super(options)
    const { hidden, heads, headDim, decayRank, rateRank, valueRank = rateRank, gateRank } = config
    checkCounts({ hidden, heads, headDim, decayRank, rateRank, valueRank, gateRank })
    for (const name of ['normEps', 'keyEps'] as const) checkEps(name, config[name] ?? 1)
    this.config = { ...config, kind: 'rwkv7' }
    this.#spec = rwkv7Specs(this.config, (local) => this.named(local))
    this.specs = this.#spec.all
  }

  protected mix(x: Tensor, state: MixerState | undefined, pass: Pass): Tensor {
    const { shift, r: rProj, k: kProj, v: vProj, o: oProj, decay, rate, gate } = this.#spec
    const [batch = 0, tokens = 0] = x.shape
    const { heads, headDim, normEps = 1e-5, keyEps = 1e-6 } = this.config
    const perHead = (y: Tensor): Tensor => y.reshape([batch, tokens, heads, headDim])
    const mixed = (share: ParameterSpec): Tensor => mixedWithLast(x, this.weight(share), state?.last, pass)

    const r = perHead(this.linear(mixed(shift.r), rProj))
    const key = perHead(this.linear(mixed(shift.k), kProj))
    const xv = mixed(shift.v)
    const v = this.#values(perHead(this.linear(xv, vProj)), xv, pass)
    const w = ops.logDecay(
      perHead(this.linear(ops.tanh(this.linear(mixed(shift.w), decay.down)), decay.up)),
      { form: 'bounded', scale: fastest, bias: this.weight(decay.bias) },
    )
    const a = ops.sigmoid(perHead(this.lowRank(mixed(shift.a), rate)))
    const g = this.linear(ops.sigmoid(this.linear(mixed(shift.g), gate.down)), gate.up)
    if (state) ops.copy(x.narrow(1, tokens - 1, 1), state.last as Tensor)

    const removed = ops.l2Norm(ops.multiply(key, this.weight(this.#spec.removalKey)), { eps: keyEps })
    // k (1 + (a − 1) k_a)
    const k = ops.multiply(
      key,
      ops.add(ops.multiply(ops.subtract(a, 1), this.weight(this.#spec.replacementRate)), 1),
    )
    const inputs: ops.DplrInputs = {
      r,
      w,
      k,
      v,
      a: ops.negate(removed),
      b: ops.multiply(removed, a),
      cuSeqlens: pass.cuSeqlens,
    }
    const o = scanFrom(state?.memory, tokens, {
      step: (initialState) => ops.dplrStep({ ...inputs, initialState }),
      chunks: (initialState) => {
        const { o: output, finalState } = ops.dplr({ ...inputs, initialState })
        return { output, finalState }
      },
    })
    const normalised = ops.layerNorm(o, {
      weight: this.weight(this.#spec.norm),
      bias: this.weight(this.#spec.normBias),
      eps: normEps * headDim,
    })
    const bonus = ops.sum(ops.multiply(ops.multiply(r, k), this.weight(this.#spec.bonus)), {
      dims: [3],
      keepDims: true,
    })
    const y = ops.add(normalised, ops.multiply(v, bonus)).reshape([batch, tokens, heads * headDim])
    return this.linear(ops.multiply(y, g), oProj)
  }

  createState(batch: number): MixerState {
    const { hidden, heads, headDim } = this.config
    return {
      memory: Tensor.zeros([batch, heads, headDim, headDim]),
      last: Tensor.zeros([batch, 1, hidden]),
    }
  }

  flopsPerToken(): number {
    const { hidden, heads, headDim, decayRank, rateRank, valueRank, gateRank, valueResidual } = this.config
    const inner = heads * headDim
    const ranks = decayRank + rateRank + (valueResidual ? (valueRank ?? rateRank) : 0) + gateRank
    const maps = linearFlops(hidden, 3 * inner + ranks) + linearFlops(ranks + hidden, inner)
    // Per element of the state: the decay, aᵀS, two outer products and their sums, and the readout as two.
    return maps + 6 * 4 * hidden + 9 * inner * headDim
  }

  /** The values, mixed with those of the first layer, or remembered as those. */
  #values(v: Tensor, xv: Tensor, pass: Pass): Tensor {
    const { value } = this.#spec
    if (!value) {
      pass.firstValues ??= v
      return v
    }
    if (!pass.firstValues)
      throw new Error('`valueResidual` needs the values of an earlier RWKV-7 layer of the same network')
    const share = ops.sigmoid(this.lowRank(xv, value).reshape(v.shape))
    return ops.add(v, ops.multiply(ops.subtract(pass.firstValues, v), share))
  }
}
