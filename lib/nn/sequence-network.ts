// The skeleton that language models and sequence classifiers share: embedding, blocks chosen one by one, a final norm
// and a linear head at every token.

import * as ops from '../tensor/ops.ts'
import { scope } from '../tensor/scope.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { Block, type BlockConfig } from './block.ts'
import { Layer, type LayerOptions } from './layer.ts'
import { checkCounts, linearFlops, type MixerState, type Pass } from './mixer.ts'
import { defaultNorm, Norm, type NormConfig } from './norm.ts'
import { linearInitialiser, type ParameterSpec, parameterSize } from './parameter.ts'

export interface SequenceNetworkConfig {
  /** Token ids are in [0, vocabulary). */
  vocabulary: number
  hidden: number
  layers: BlockConfig[]
  /** The norms of the blocks and before the head; RMSNorm with an eps of 1e-5 by default. */
  norm?: NormConfig | undefined
  /** Whether the embeddings are normalised before the first block, as in RWKV-7. */
  normEmbeddings?: boolean | undefined
}

export type NetworkState = MixerState[]

export abstract class SequenceNetwork extends Layer {
  abstract readonly config: SequenceNetworkConfig
  readonly vocabulary: number
  readonly hidden: number
  /** Width of the logits. */
  readonly outputs: number
  readonly blocks: readonly Block[]
  readonly specs: readonly ParameterSpec[]
  readonly #embeddings: ParameterSpec
  readonly #head: ParameterSpec
  readonly #embeddingNorm: Norm | null
  readonly #norm: Norm

  constructor(
    config: SequenceNetworkConfig,
    head: { name: string; outputs: number; tied: boolean },
    options: LayerOptions,
  ) {
    super(options)
    const { vocabulary, hidden, layers, norm = defaultNorm } = config
    checkCounts({ vocabulary, hidden, outputs: head.outputs })
    if (layers.length === 0) throw new RangeError('`layers` must hold a layer or more, got none')
    this.vocabulary = vocabulary
    this.hidden = hidden
    this.outputs = head.outputs
    const C = { name: 'hidden', size: hidden }
    this.#embeddings = {
      name: this.named('embeddings.weight'),
      dims: [[{ name: 'vocabulary', size: vocabulary }], [C]],
      // A tied head multiplies rows of unit RMS with these, so they are kept small enough for logits near 0.
      initialiser: { kind: 'normal', deviation: head.tied ? hidden ** -0.5 : 1 },
      weightDecay: false,
    }
    this.#head = head.tied
      ? this.#embeddings
      : {
          name: this.named(head.name),
          dims: [[{ name: 'outputs', size: head.outputs }], [C]],
          initialiser: linearInitialiser(hidden),
          weightDecay: true,
        }
    // Every layer looks its weights up here: the network owns them, or knows who does.
    const within: LayerOptions = {
      parameters: { get: (spec) => this.weight(spec) },
    }
    const normNamed = (local: string): Norm =>
      new Norm({ ...norm, hidden }, { ...within, name: this.named(local) })
    this.#embeddingNorm = config.normEmbeddings ? normNamed('embedding_norm') : null
    this.blocks = layers.map(
      (layer, i) => new Block({ ...layer, hidden, norm }, { ...within, name: this.named(`layers.${i}`) }),
    )
    this.#norm = normNamed('norm')
    this.specs = [
      this.#embeddings,
      ...(this.#embeddingNorm?.specs ?? []),
      ...this.blocks.flatMap((block) => block.specs),
      ...this.#norm.specs,
      ...(head.tied ? [] : [this.#head]),
    ]
    // Weights that were drawn while a program is captured would be drawn again at every replay.
    if (!options.parameters) this.initialise()
  }

  /**
   * int32 ids (B, T) to logits (B, T, outputs). Without a state every sequence starts from nothing and gradients are
   * recorded; with one the tokens continue from it and advance it. With `cuSeqlens` the batch of 1 holds sequences one
   * behind the other, which do not see each other and have no state.
   *
   * @throws RangeError if `cuSeqlens` does not fit the ids, or is given together with a state.
   */
  forward(ids: Tensor, state?: NetworkState, packed: Pick<Pass, 'cuSeqlens'> = {}): Tensor {
    return ops.linear(this.#hiddenStates(ids, state, packed), this.weight(this.#head))
  }

  /** As {@link forward}, but the logits (B, 1, outputs) of the last token alone. */
  forwardLast(ids: Tensor, state?: NetworkState): Tensor {
    const x = this.#hiddenStates(ids, state, {})
    return ops.linear(x.narrow(1, (ids.shape[1] ?? 1) - 1, 1), this.weight(this.#head))
  }

  /** The state before the first token of `batch` sequences. `maxTokens` bounds layers whose state grows. */
  createState(batch: number, maxTokens: number): NetworkState {
    return this.blocks.map((block) => block.createState(batch, maxTokens))
  }

  /** Number of parameters. */
  get parameterCount(): number {
    return this.specs.reduce((sum, spec) => sum + parameterSize(spec), 0)
  }

  /** Bytes of the parameters, each in the type it is kept in. */
  get parameterBytes(): number {
    const bytes = (spec: ParameterSpec): number =>
      parameterSize(spec) * (this.weight(spec).dtype === 'bfloat16' ? 2 : 4)
    return scope(() => this.specs.reduce((sum, spec) => sum + bytes(spec), 0))
  }

  /** Floating-point operations of one forward pass over a sequence, a multiply-add counting as two. */
  flops(tokens: number): number {
    let total = 0
    for (let context = 0; context < tokens; context++)
      for (const block of this.blocks) total += block.flopsPerToken(context)
    return total + tokens * linearFlops(this.hidden, this.outputs)
  }

  #hiddenStates(ids: Tensor, state: NetworkState | undefined, packed: Pick<Pass, 'cuSeqlens'>): Tensor {
    const pass: Pass = { ...packed }
    const embedded = ops.embedding(this.weight(this.#embeddings), ids)
    let x = this.#embeddingNorm ? this.#embeddingNorm.forward(embedded) : embedded
    this.blocks.forEach((block, i) => {
      x = block.forward(x, state?.[i], pass)
    })
    return this.#norm.forward(x)
  }
}
