// Streaming inference: the ops of one token, captured once with the state they update in place, and replayed for every
// token by one native call.

import { Program } from '../tensor/program.ts'
import { scope, unscoped } from '../tensor/scope.ts'
import { Tensor, withoutGradients } from '../tensor/tensor.ts'
import type { NetworkState, SequenceNetwork } from './sequence-network.ts'
import { readSession, writeSession } from './session-file.ts'

/** Tokens of a prompt that are taken in at once; bounds the memory of a long prefill. */
const prefillTokens = 512

export interface SessionOptions {
  /** Sequences that are decoded together, 1 by default. */
  batch?: number
  /** Tokens that attention remembers, 4096 by default; the state of a linear RNN does not grow. */
  maxTokens?: number
}

export class Session implements Disposable {
  readonly batch: number
  readonly maxTokens: number
  /** What {@link save} was given, of a session that was restored. */
  notes: Readonly<Record<string, string>> = {}
  readonly #network: SequenceNetwork
  readonly #state: NetworkState
  readonly #input: Tensor
  readonly #program: Program
  #logits: Float32Array | null = null

  constructor(network: SequenceNetwork, options: SessionOptions = {}) {
    const { batch = 1, maxTokens = 4096 } = options
    for (const [name, value] of Object.entries({ batch, maxTokens }))
      if (!Number.isInteger(value) || value < 1)
        throw new RangeError(`\`${name}\` must be a whole number from 1, got ${value}`)
    this.batch = batch
    this.maxTokens = maxTokens
    this.#network = network
    this.#state = unscoped(() => network.createState(batch, maxTokens))
    this.#input = unscoped(() => Tensor.fromIndices(new Int32Array(batch), [batch, 1]))
    this.#program = Program.capture(() => network.forward(this.#input, this.#state))
  }

  /**
   * Goes on where a session stood that was saved: the same tokens give the same bits as if it had never stopped.
   *
   * @throws Error with code ERR_PARASCAN_SESSION_MISMATCH if it was saved for another model or other weights,
   * ERR_PARASCAN_FORMAT for a file that holds no session
   */
  static async restore(network: SequenceNetwork, path: string): Promise<Session> {
    const { logits, notes, restore, ...options } = await readSession(path, network)
    const session = new Session(network, options)
    try {
      restore(session.#state)
    } catch (error) {
      session.dispose()
      throw error
    }
    session.#logits = logits
    session.notes = notes
    return session
  }

  /**
   * Writes the state and the logits of the last token, beside `path` and renamed, with a fingerprint of the model.
   * `notes` are kept beside them.
   */
  save(path: string, notes: Record<string, string> = {}): Promise<void> {
    const { batch, maxTokens } = this
    const facts = { batch, maxTokens, logits: this.#logits, notes }
    return writeSession(path, this.#network, this.#state, facts)
  }

  /** After the last token taken, (batch, outputs) row-major; null before the first. */
  get logits(): Float32Array | null {
    return this.#logits
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
    return this.#remembered(this.#program.step(this.#input, ids))
  }

  /**
   * Takes prompts, an array of tokens for each sequence, or (batch, T) row-major where they are of one length, in
   * chunks. Resolves to the logits after the last token of each, (batch, outputs) row-major.
   */
  async prefill(tokens: ArrayLike<number> | readonly ArrayLike<number>[]): Promise<Float32Array> {
    return this.#remembered(isListOfPrompts(tokens) ? this.#prefillEach(tokens) : this.#prefillAll(tokens))
  }

  async #remembered(logits: Promise<Float32Array>): Promise<Float32Array> {
    this.#logits = await logits
    return this.#logits
  }

  #prefillAll(tokens: ArrayLike<number>): Promise<Float32Array> {
    const ids = this.#checked(tokens)
    const length = ids.length / this.batch
    if (!Number.isInteger(length) || length === 0)
      throw new RangeError(
        `\`tokens\` must hold equally many tokens for ${this.batch} sequences, got ${ids.length}`,
      )
    return this.#take(ids, this.batch, this.#state)
  }

  /** Each sequence by itself, in its part of the state. */
  async #prefillEach(prompts: readonly ArrayLike<number>[]): Promise<Float32Array> {
    const all = prompts.map((prompt) => this.#checked(prompt))
    if (all.length !== this.batch || all.some((ids) => ids.length === 0))
      throw new RangeError(
        `\`tokens\` must hold a token or more for each of ${this.batch} sequences, got ${all.map((ids) => ids.length)}`,
      )
    const logits = new Float32Array(this.batch * this.#network.outputs)
    for (const [i, ids] of all.entries()) {
      const part = unscoped(() =>
        this.#state.map((layer) =>
          Object.fromEntries(Object.entries(layer).map(([name, whole]) => [name, whole.narrow(0, i, 1)])),
        ),
      )
      try {
        logits.set(await this.#take(ids, 1, part), i * this.#network.outputs)
      } finally {
        for (const view of part.flatMap((layer) => Object.values(layer))) view.dispose()
      }
    }
    return logits
  }

  /** Sequences of one length, (batch, T) row-major, a chunk after the other. */
  async #take(ids: Int32Array, batch: number, state: NetworkState): Promise<Float32Array> {
    const length = ids.length / batch
    let logits = new Float32Array()
    for (let start = 0; start < length; start += prefillTokens) {
      const count = Math.min(prefillTokens, length - start)
      const part = new Int32Array(batch * count)
      for (let b = 0; b < batch; b++)
        part.set(ids.subarray(b * length + start, b * length + start + count), b * count)
      using last = scope(() =>
        withoutGradients(() =>
          this.#network.forwardLast(Tensor.fromIndices(part, [batch, count]), state).reshape([-1]),
        ),
      )
      logits = new Float32Array(await last.data())
    }
    return logits
  }

  /** Forgets every token taken. */
  reset(): void {
    this.#logits = null
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

const isListOfPrompts = (
  tokens: ArrayLike<number> | readonly ArrayLike<number>[],
): tokens is readonly ArrayLike<number>[] => Array.isArray(tokens) && typeof tokens[0] === 'object'
