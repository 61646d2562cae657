// Streaming inference: the ops of one token, captured once with the state they update in place, and replayed for every
// token by one native call.

import { Program } from '../tensor/program.ts'
import { scope, unscoped } from '../tensor/scope.ts'
import { Tensor, withoutGradients } from '../tensor/tensor.ts'
import type { NetworkState, SequenceNetwork } from './sequence-network.ts'

/** Tokens of a prompt that are taken in at once; bounds the memory of a long prefill. */
const prefillTokens = 512

export class Session implements Disposable {
  readonly batch: number
  readonly #network: SequenceNetwork
  readonly #state: NetworkState
  readonly #input: Tensor
  readonly #program: Program

  constructor(network: SequenceNetwork, options: { batch?: number; maxTokens?: number } = {}) {
    const { batch = 1, maxTokens = 4096 } = options
    for (const [name, value] of Object.entries({ batch, maxTokens }))
      if (!Number.isInteger(value) || value < 1)
        throw new RangeError(`\`${name}\` must be a whole number from 1, got ${value}`)
    this.batch = batch
    this.#network = network
    this.#state = unscoped(() => network.createState(batch, maxTokens))
    this.#input = unscoped(() => Tensor.fromIndices(new Int32Array(batch), [batch, 1]))
    this.#program = Program.capture(() => network.forward(this.#input, this.#state))
  }

  /** Bytes that the session holds, weights aside; they do not grow with the tokens. */
  get bytes(): number {
    const state = this.#state.flatMap((layer) => Object.values(layer))
    return this.#program.bytes + state.reduce((sum, tensor) => sum + 4 * tensor.size, 0)
  }

  /** The captured decode step, for measuring. */
  get program(): Program {
    return this.#program
  }

  /**
   * Takes one token a sequence and resolves to the logits after it, (batch, outputs) row-major.
   *
   * @throws RangeError for a token outside the vocabulary, or a wrong number of them.
   */
  step(tokens: number | ArrayLike<number>): Promise<Float32Array> {
    const ids = this.#checked(typeof tokens === 'number' ? [tokens] : tokens)
    if (ids.length !== this.batch)
      throw new RangeError(
        `\`tokens\` must hold one token for each of ${this.batch} sequences, got ${ids.length}`,
      )
    return this.#program.step(this.#input, ids)
  }

  /**
   * Takes a prompt, (batch, T) row-major, in chunks, and resolves to the logits after its last token.
   */
  async prefill(tokens: ArrayLike<number>): Promise<Float32Array> {
    const ids = this.#checked(tokens)
    const length = ids.length / this.batch
    if (!Number.isInteger(length) || length === 0)
      throw new RangeError(
        `\`tokens\` must hold equally many tokens for ${this.batch} sequences, got ${ids.length}`,
      )
    let logits = new Float32Array()
    for (let start = 0; start < length; start += prefillTokens) {
      const count = Math.min(prefillTokens, length - start)
      const part = new Int32Array(this.batch * count)
      for (let b = 0; b < this.batch; b++)
        part.set(ids.subarray(b * length + start, b * length + start + count), b * count)
      using last = scope(() =>
        withoutGradients(() =>
          this.#network.forwardLast(Tensor.fromIndices(part, [this.batch, count]), this.#state).reshape([-1]),
        ),
      )
      logits = new Float32Array(await last.data())
    }
    return logits
  }

  /** Forgets every token taken. */
  reset(): void {
    for (const tensor of this.#state.flatMap((layer) => Object.values(layer)))
      tensor.write(tensor.dtype === 'int32' ? new Int32Array(tensor.size) : new Float32Array(tensor.size))
  }

  dispose(): void {
    this.#program.dispose()
    this.#input.dispose()
    for (const tensor of this.#state.flatMap((layer) => Object.values(layer))) tensor.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  #checked(tokens: ArrayLike<number>): Int32Array {
    const ids = Int32Array.from(tokens)
    for (const [i, id] of ids.entries())
      if (tokens[i] !== id || id < 0 || id >= this.#network.vocabulary)
        throw new RangeError(
          `\`tokens\` must be whole numbers in [0, ${this.#network.vocabulary}), got ${tokens[i]}`,
        )
    return ids
  }
}
