// Checkpoints of a training: everything that the next step depends on, so that a run that was killed goes on to the same
// bits, and one with other options is refused.

import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { readTraining, type TrainingState, writeTraining } from './training-file.ts'

export interface CheckpointOptions {
  /**
   * The file (.safetensors), written beside and renamed. Where it is there already, training goes on from it. It stays
   * when training ends.
   */
  path: string
  /** Steps between two checkpoints, 100 by default. */
  every?: number
  /**
   * Whatever else decides the batches and the weights at the start, by name, as plain JSON: the seed and the hash of
   * the text, for two. A training goes on only with the same.
   */
  settings?: Readonly<Record<string, unknown>>
}

/** What `evaluate` gave after a step. */
export interface Evaluation {
  step: number
  values: EvaluationValues
}

/** Measurements by name, as plain JSON. */
export type EvaluationValues = Readonly<Record<string, unknown>>

/** How far a training is. */
export interface TrainingHistory {
  /** Loss of every step. */
  losses: number[]
  evaluations: Evaluation[]
}

/** A checkpoint of a training with other options. */
export class CheckpointMismatchError extends Error {
  override readonly name = 'CheckpointMismatchError'
  readonly code = 'ERR_PARASCAN_CHECKPOINT_MISMATCH'
  /** The option that differs. */
  readonly setting: string

  constructor(path: string, setting: string, stored: unknown, wanted: unknown) {
    super(
      `${path} was written with \`${setting}\` ${shown(stored)}, not ${shown(wanted)}; go on with the same options, or remove it`,
    )
    this.setting = setting
  }
}

const shown = (value: unknown): string => (value === undefined ? 'by default' : JSON.stringify(value))

const progressSchema = z.object({
  settings: z.record(z.string(), z.unknown()),
  evaluations: z.array(z.object({ step: z.number(), values: z.record(z.string(), z.unknown()) })),
})

/** A name that no weight has. */
const lossesName = 'training.losses'

export class Checkpoint {
  readonly every: number
  readonly #path: string
  readonly #settings: Readonly<Record<string, unknown>>
  readonly #state: TrainingState
  #written = 0

  private constructor(
    { path, every = 100 }: CheckpointOptions,
    settings: Readonly<Record<string, unknown>>,
    state: TrainingState,
  ) {
    if (!Number.isInteger(every) || every < 1)
      throw new RangeError(`\`checkpoint.every\` must be a whole number from 1, got ${every}`)
    this.every = every
    this.#path = path
    this.#settings = settings
    this.#state = state
  }

  /**
   * Puts the weights and moments of an earlier run in place, if there was one.
   *
   * @param settings of the training itself, compared after those of the caller
   * @returns the checkpoint, and how far the earlier run came
   * @throws CheckpointMismatchError naming the first setting that differs
   */
  static async open(
    options: CheckpointOptions,
    settings: Readonly<Record<string, unknown>>,
    state: TrainingState,
  ): Promise<{ checkpoint: Checkpoint; history: TrainingHistory }> {
    // As JSON has them, so that what is compared is what was written.
    const wanted = JSON.parse(JSON.stringify({ ...options.settings, ...settings }))
    const checkpoint = new Checkpoint(options, wanted, state)
    await removeParts(options.path)
    const stored = await readTraining(options.path)
    if (!stored) return { checkpoint, history: { losses: [], evaluations: [] } }
    const progress = progressSchema.safeParse(stored.progress)
    if (!progress.success)
      throw Object.assign(new Error(`${options.path} holds no checkpoint of \`train\``), {
        code: 'ERR_PARASCAN_FORMAT',
      })
    const { settings: earlier, evaluations } = progress.data
    for (const name of new Set([...Object.keys(wanted), ...Object.keys(earlier)]))
      if (!isDeepStrictEqual(wanted[name], earlier[name]))
        throw new CheckpointMismatchError(options.path, name, earlier[name], wanted[name])
    stored.restore(state)
    const losses = Array.from(stored.series(lossesName))
    checkpoint.#written = losses.length
    return { checkpoint, history: { losses, evaluations } }
  }

  /** Writes where training stands, unless that is what was written last. No step may be under way. */
  async save({ losses, evaluations }: TrainingHistory): Promise<void> {
    if (losses.length === this.#written) return
    const series = { [lossesName]: Float32Array.from(losses) }
    await writeTraining(this.#path, this.#state, { settings: this.#settings, evaluations }, series)
    this.#written = losses.length
  }
}

/** Removes what a process that was killed while writing has left beside the file. */
async function removeParts(path: string): Promise<void> {
  const folder = dirname(path)
  const names = await readdir(folder).catch(() => [])
  for (const name of names)
    if (name.startsWith(`${basename(path)}.`) && name.endsWith('.part')) await rm(join(folder, name))
}
