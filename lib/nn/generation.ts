// Generation: draw a token, let the session take it, and hand it on while the next one is computed.

import { Random } from '../tensor/random.ts'
import { type SamplingOptions, sample } from './sampling.ts'
import type { Session } from './session.ts'

export interface GenerateBatchOptions extends SamplingOptions {
  /** What each sequence takes first; without, generation goes on after what the session has taken before. */
  prompts?: readonly ArrayLike<number>[]
  /** Tokens to draw for each sequence, without end by default. */
  tokens?: number
  /** Sequence i draws from the numbers of `seed + i`, 0 by default, so that it equals a lone run with that seed. */
  seed?: number
  /** In place of `seed`: where each sequence draws from. */
  random?: readonly Random[]
  /** A token that ends its sequence; it is not handed on. */
  stop?: number | undefined
  /** Ends generation after the token under way. */
  signal?: AbortSignal | undefined
}

export interface GenerateOptions extends Omit<GenerateBatchOptions, 'prompts' | 'random'> {
  /** What the session takes first; without, generation goes on after what it has taken before. */
  prompt?: ArrayLike<number>
  /** In place of `seed`: where tokens are drawn from. */
  random?: Random
}

/**
 * The tokens of a session of one sequence, one by one. Every token that was handed on has been taken by the session,
 * also where the loop over them is left early.
 *
 * @throws RangeError for a session of several sequences, for one that has taken no token where there is no prompt, and
 * for sampling options out of range
 */
export async function* generate(session: Session, options: GenerateOptions = {}): AsyncGenerator<number> {
  const { prompt, random, ...shared } = options
  if (session.batch !== 1)
    throw new RangeError(`\`session\` must hold one sequence, got ${session.batch}; use \`generateBatch\``)
  const batch = { ...shared, ...(prompt && { prompts: [prompt] }), ...(random && { random: [random] }) }
  for await (const [token] of generateBatch(session, batch)) yield token as number
}

/**
 * As {@link generate}, for every sequence of a session at once: an array of one token a sequence, null for a sequence
 * that has ended. Ends when all have.
 */
export async function* generateBatch(
  session: Session,
  options: GenerateBatchOptions = {},
): AsyncGenerator<(number | null)[]> {
  const { prompts, tokens = Number.POSITIVE_INFINITY, seed = 0, stop, signal } = options
  const { batch } = session
  const random = options.random ?? Array.from({ length: batch }, (_, i) => new Random(seed + i))
  let logits = prompts ? await session.prefill(prompts) : session.logits
  if (!logits) throw new RangeError('`prompts` must be given to a session that has taken no token')
  const width = logits.length / batch
  const ended = new Array<boolean>(batch).fill(false)
  for (let count = 0; count < tokens && !signal?.aborted; count++) {
    const drawn = random.map((source, i) => {
      if (ended[i]) return null
      const token = sample((logits as Float32Array).subarray(i * width, (i + 1) * width), source, options)
      if (token === stop) ended[i] = true
      return ended[i] ? null : token
    })
    if (ended.every(Boolean)) return
    // A sequence that has ended takes any token: its state is of no more use.
    const next = session.step(drawn.map((token) => token ?? 0))
    try {
      yield drawn
    } finally {
      logits = await next
    }
  }
}
