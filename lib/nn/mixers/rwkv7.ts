// RWKV-7 (Peng et al. 2025): a scan whose transition is a decay for every channel plus a matrix of rank one. Names of
// the weights are those of flash-linear-attention.
//
//   C hidden, H heads of width K
//   r, k, v queries, keys, values; w log-decay; a rate of learning in context; g gate of the output

import * as ops from '../../tensor/ops.ts'
import { Tensor } from '../../tensor/tensor.ts'
import type { LayerOptions } from '../layer.ts'
import { checkCounts, linearFlops, Mixer, type MixerState, type Pass, scanFrom } from '../mixer.ts'
import type { ParameterSpec } from '../parameter.ts'
import { rwkv7Specs } from './rwkv7-parameters.ts'

export interface Rwkv7Config {
  kind: 'rwkv7'
  heads: number
  /** Width of keys and values. */
  headDim: number
  /** Rank of the projection to log-decays. */
  decayRank: number
  /** Rank of the projections to rates of learning and to the mixing of values. */
  rateRank: number
  /** Rank of the projection to the gate of the output. */
  gateRank: number
  /**
   * Whether values are mixed with those of the first RWKV-7 layer of the network, as in all published layers but the
   * first, which has to be without.
   */
  valueResidual: boolean
}

/** exp(−½): log-decays lie between minus this and 0. */
const fastest = 0.6065306597126334

export class Rwkv7 extends Mixer {
  readonly config: Rwkv7Config & { hidden: number }
  readonly specs: readonly ParameterSpec[]
  readonly #spec: ReturnType<typeof rwkv7Specs>

  constructor(config: Omit<Rwkv7Config, 'kind'> & { hidden: number }, options: LayerOptions = {}) {
    super(options)
    const { hidden, heads, headDim, decayRank, rateRank, gateRank } = config
    checkCounts({ hidden, heads, headDim, decayRank, rateRank, gateRank })
    this.config = { ...config, kind: 'rwkv7' }
    this.#spec = rwkv7Specs(this.config, (local) => this.named(local))
    this.specs = this.#spec.all
  }

  protected mix(x: Tensor, state: MixerState | undefined, pass: Pass): Tensor {
    const { shift, r: rProj, k: kProj, v: vProj, o: oProj, decay, rate, gate } = this.#spec
    const [batch = 0, tokens = 0] = x.shape
    const { heads, headDim } = this.config
    const perHead = (y: Tensor): Tensor => y.reshape([batch, tokens, heads, headDim])
    const mixed = (share: ParameterSpec): Tensor => this.#mixedWithLast(x, share, state, pass)

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

    const removed = ops.l2Norm(ops.multiply(key, this.weight(this.#spec.removalKey)))
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
      eps: 1e-5 * headDim,
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
    const { hidden, heads, headDim, decayRank, rateRank, gateRank, valueResidual } = this.config
    const inner = heads * headDim
    const ranks = decayRank + rateRank * (valueResidual ? 2 : 1) + gateRank
    const maps = linearFlops(hidden, 3 * inner + ranks) + linearFlops(ranks + hidden, inner)
    // Per element of the state: the decay, aᵀS, two outer products and their sums, and the readout as two.
    return maps + 6 * 4 * hidden + 9 * inner * headDim
  }

  /** x_t + share (x_{t−1} − x_t), which is a convolution of two taps. */
  #mixedWithLast(x: Tensor, share: ParameterSpec, state: MixerState | undefined, pass: Pass): Tensor {
    const last = this.weight(share).reshape([-1, 1])
    const weight = ops.concat([last, ops.add(ops.negate(last), 1)], 1)
    return ops.causalConv1d({ x, weight, initialState: state?.last, cuSeqlens: pass.cuSeqlens }).y
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
