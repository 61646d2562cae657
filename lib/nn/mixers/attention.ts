// Causal softmax attention with rotary positions, as a baseline and for hybrids. Its state is a ring buffer of keys and
// values: constant in size, exact for as long as its capacity.

import * as ops from '../../tensor/ops.ts'
import { Tensor } from '../../tensor/tensor.ts'
import type { LayerOptions } from '../layer.ts'
import { axis, LayerParameters } from '../layer-parameters.ts'
import { checkCounts, linearFlops, Mixer, type MixerState, type Pass } from '../mixer.ts'
import type { ParameterSpec } from '../parameter.ts'

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

  protected mix(x: Tensor, state: MixerState | undefined, { cuSeqlens }: Pass): Tensor {
    const { heads, headDim, window } = this.config
    const [batch = 0, tokens = 0] = x.shape
    const projected = (spec: ParameterSpec): Tensor =>
      this.linear(x, spec).reshape([batch, tokens, heads, headDim])
    const position = state?.position
    // Only the distance of two positions counts, so packed sequences may share one axis of them.
    const q = ops.rotary(projected(this.#spec.qProj), { position })
    const k = ops.rotary(projected(this.#spec.kProj), { position })
    const v = projected(this.#spec.vProj)
    const o = state
      ? attendWithState({ q, k, v }, state)
      : cuSeqlens
        ? attendPacked({ q, k, v }, Array.from(cuSeqlens), window)
        : ops.attention({ q, k, v }, { window })
    return this.linear(o.reshape([batch, tokens, heads * headDim]), this.#spec.oProj)
  }

  createState(batch: number, maxTokens: number): MixerState {
    const { heads, headDim, window } = this.config
    const capacity = window > 0 ? Math.min(window, maxTokens) : maxTokens
    return {
      keys: Tensor.zeros([batch, capacity, heads, headDim]),
      values: Tensor.zeros([batch, capacity, heads, headDim]),
      position: Tensor.fromIndices(new Int32Array(batch)),
    }
  }

  flopsPerToken(context: number): number {
    const { hidden, heads, headDim, window } = this.config
    const attended = window > 0 ? Math.min(window, context + 1) : context + 1
    return linearFlops(hidden, 4 * heads * headDim) + 4 * heads * headDim * attended
  }
}

/** The sequences between consecutive `starts`, each by itself. */
function attendPacked(inputs: { q: Tensor; k: Tensor; v: Tensor }, starts: number[], window: number): Tensor {
  const [batch, tokens] = inputs.q.shape
  const rises = starts.every((start, i) => Number.isInteger(start) && start >= (starts[i - 1] ?? 0))
  if (batch !== 1 || starts[0] !== 0 || starts.at(-1) !== tokens || !rises)
    throw new RangeError(
      `\`cuSeqlens\` must rise from 0 to the ${tokens} tokens of a batch of 1, got ${starts} for a batch of ${batch}`,
    )
  const outputs: Tensor[] = []
  starts.forEach((start, i) => {
    const length = (starts[i + 1] ?? start) - start
    if (length === 0) return
    const part = (x: Tensor): Tensor => x.narrow(1, start, length)
    outputs.push(ops.attention({ q: part(inputs.q), k: part(inputs.k), v: part(inputs.v) }, { window }))
  })
  return ops.concat(outputs, 1)
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
  const C = axis('hidden', config.hidden)
  const H = axis('heads', config.heads)
  const D = axis('headDim', config.headDim)
  const layer = new LayerParameters(named)
  return {
    qProj: layer.matrix('q_proj.weight', [[H, D], [C]]),
    kProj: layer.matrix('k_proj.weight', [[H, D], [C]]),
    vProj: layer.matrix('v_proj.weight', [[H, D], [C]]),
    oProj: layer.matrix('o_proj.weight', [[C], [H, D]]),
  }
}
