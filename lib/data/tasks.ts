// Tasks that networks are trained and tested on by name, as `task:parity`: what a batch of one looks like, the lengths
// training sees and the longer ones that accuracy is asked at.

import { Random } from '../tensor/random.ts'
import type { Batch, BatchSource } from './batch.ts'
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
  /** `count` strings of lengths in [minimum, maximum]. */
  batch(options: { count: number; minimum: number; maximum: number }, random: Random): Batch
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

/** Training batches of a task: a pure function of the seed and the step. */
export function taskBatches(task: Task, options: { batch: number; seed: number }): BatchSource {
  const random = new Random(options.seed).fork('task')
  return (step) => task.batch({ count: options.batch, ...task.trainingLengths }, random.fork(String(step)))
}

/** What accuracy at `length` is measured on: the same strings for every network and seed. */
export function testBatches(task: Task, length: number): Batch[] {
  const random = new Random(0).fork(`test ${length}`)
  return Array.from({ length: testStrings / testBatch }, () =>
    task.batch({ count: testBatch, minimum: length, maximum: length }, random),
  )
}
