// Causal softmax attention with rotary positions, as a baseline and for hybrids. Its state is a ring buffer of keys and
// values: constant in size, exact for as long as its capacity.

import * as ops from '../../tensor/ops.ts'
import { Tensor } from '../../tensor/tensor.ts'
import type { LayerOptions } from '../layer.ts'
import { checkCounts, linearFlops, Mixer, type MixerState } from '../mixer.ts'
import { type Axis, linearInitialiser, type ParameterSpec } from '../parameter.ts'

export interface AttentionConfig {
  kind: 'attention'
  heads: number
  headDim: number
  /** Tokens attended to, the present one included; 0 for all before. */
  window: number
}

export class Attention extends Mixer {
  readonly config: AttentionConfig & { hidden: number }
  readonly specs: readonly ParameterSpec[]
  readonly #spec: ReturnType<typeof attentionSpecs>

  constructor(config: Omit<AttentionConfig, 'kind'> & { hidden: number }, options: LayerOptions = {}) {
    super(options)
    const { hidden, heads, headDim, window } = config
    checkCounts({ hidden, heads, headDim })
    checkCounts({ window }, 0)
    if (headDim % 2 !== 0)
      throw new RangeError(`\`headDim\` must be even for rotary positions, got ${headDim}`)
    this.config = { ...config, kind: 'attention' }
    this.#spec = attentionSpecs(this.config, (local) => this.named(local))
    this.specs = Object.values(this.#spec)
  }

  forward(x: Tensor, state?: MixerState): Tensor {
    const { heads, headDim, window } = this.config
    const [batch = 0, tokens = 0] = x.shape
    const projected = (spec: ParameterSpec): Tensor =>
      ops.linear(x, this.weight(spec), { outputDims: 2 }).reshape([batch, tokens, heads, headDim])
    const position = state?.position
    const q = ops.rotary(projected(this.#spec.qProj), { position })
    const k = ops.rotary(projected(this.#spec.kProj), { position })
    const v = projected(this.#spec.vProj)
    const o = state ? attendWithState({ q, k, v }, state) : ops.attention({ q, k, v }, { window })
    return ops.linear(o.reshape([batch, tokens, heads * headDim]), this.weight(this.#spec.oProj))
  }

  createState(batch: number, maxTokens: number): MixerState {
    const { heads, headDim, window } = this.config
    const capacity = window > 0 ? Math.min(window, maxTokens) : maxTokens
    return {
      keys: Tensor.zeros([batch, capacity, heads, headDim]),
      values: Tensor.zeros([batch, capacity, heads, headDim]),
      position: Tensor.fromIndices([0]),
    }
  }

  flopsPerToken(context: number): number {
    const { hidden, heads, headDim, window } = this.config
    const attended = window > 0 ? Math.min(window, context + 1) : context + 1
    return linearFlops(hidden, 4 * heads * headDim) + 4 * heads * headDim * attended
  }
}

/** Tokens enter the ring buffer one after the other: each attends to what the buffer holds when it arrives. */
function attendWithState(inputs: { q: Tensor; k: Tensor; v: Tensor }, state: MixerState): Tensor {
  const { keys, values, position } = state as { keys: Tensor; values: Tensor; position: Tensor }
  const tokens = inputs.q.shape[1] ?? 0
  const outputs: Tensor[] = []
  for (let t = 0; t < tokens; t++) {
    outputs.push(
      ops.attentionStep({
        q: inputs.q.narrow(1, t, 1),
        k: inputs.k.narrow(1, t, 1),
        v: inputs.v.narrow(1, t, 1),
        keyCache: keys,
        valueCache: values,
        position,
      }),
    )
    ops.advance(position, 1)
  }
  const [only] = outputs
  return outputs.length === 1 && only ? only : ops.concat(outputs, 1)
}

function attentionSpecs(config: AttentionConfig & { hidden: number }, named: (local: string) => string) {
  const C: Axis = { name: 'hidden', size: config.hidden }
  const H: Axis = { name: 'heads', size: config.heads }
  const D: Axis = { name: 'headDim', size: config.headDim }
  const matrix = (local: string, dims: Axis[][], inputs: number): ParameterSpec => ({
    name: named(local),
    dims,
    initialiser: linearInitialiser(inputs),
    weightDecay: true,
  })
  return {
    qProj: matrix('q_proj.weight', [[H, D], [C]], config.hidden),
    kProj: matrix('k_proj.weight', [[H, D], [C]], config.hidden),
    vProj: matrix('v_proj.weight', [[H, D], [C]], config.hidden),
    oProj: matrix('o_proj.weight', [[C], [H, D]], config.heads * config.headDim),
  }
}
