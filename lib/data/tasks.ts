// Tasks that networks are trained and tested on by name, as `task:parity`: what a batch of one looks like, the lengths
// training sees and the longer ones that accuracy is asked at.

import { Random } from '../tensor/random.ts'
import type { Batch, BatchSource, StringsOptions } from './batch.ts'
import { parityBatch, parityClasses, parityVocabulary } from './parity.ts'

export interface Task {
  /** Ids are in [0, vocabulary). */
  readonly vocabulary: number
  /** Targets are in [0, classes). */
  readonly classes: number
  /** Shortest and longest string of training. */
  readonly trainingLengths: { readonly minimum: number; readonly maximum: number }
  /** Lengths that accuracy is reported at. */
  readonly testLengths: readonly number[]
  batch(options: StringsOptions, random: Random): Batch
}

const tasks: Record<string, Task> = {
  parity: {
    vocabulary: parityVocabulary,
    classes: parityClasses,
    trainingLengths: { minimum: 3, maximum: 40 },
    testLengths: [40, 128, 256],
    batch: parityBatch,
  },
}

export const taskNames = Object.keys(tasks)

/** Strings that accuracy at a length is measured on, and how many of them a batch holds. */
const testStrings = 512
const testBatch = 64

/** @throws RangeError if `name` names no task. */
export function findTask(name: string): Task {
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined
  if (task) return task
  throw new RangeError(`\`task\` must be one of ${taskNames.join(', ')}, got "${name}"`)
}

export interface TaskBatchesOptions {
  /** Strings a batch. */
  batch: number
  seed: number
  /** Steps over which the longest string grows to its full length, from one token more than the shortest. */
  curriculum?: number
}

/** Training batches of a task: a pure function of the seed and the step. */
export function taskBatches(task: Task, { batch, seed, curriculum = 0 }: TaskBatchesOptions): BatchSource {
  const random = new Random(seed).fork('task')
  const { minimum, maximum } = task.trainingLengths
  return (step) => {
    const share = step < curriculum ? step / curriculum : 1
    const longest = minimum + 1 + Math.round(share * (maximum - minimum - 1))
    return task.batch({ count: batch, minimum, maximum: longest, asked: 'every' }, random.fork(String(step)))
  }
}

/** What accuracy at `length` is measured on: the same strings for every network and seed. */
export function testBatches(task: Task, length: number): Batch[] {
  const random = new Random(0).fork(`test ${length}`)
  return Array.from({ length: testStrings / testBatch }, () =>
    task.batch({ count: testBatch, minimum: length, maximum: length, asked: 'last' }, random),
  )
}
