// Batches of a task: for training, and what scores are measured on.

import { Random } from '../../tensor/random.ts'
import type { Batch, BatchSource } from '../batch.ts'
import type { StringsOptions, Task } from './task.ts'

/** Strings that a score at a length is measured on, and how many of them a batch holds. */
const testStrings = 512
const testBatch = 64

export interface TaskBatchesOptions {
  /** Strings a batch. */
  batch: number
  seed: number
  /** Steps over which the longest string grows to its full length. */
  curriculum?: number
  /** As in {@link StringsOptions}, but `every` prefix by default, of a task that has such. */
  asked?: StringsOptions['asked']
}

/** Training batches of a task: a pure function of the seed and the step. */
export function taskBatches(task: Task, options: TaskBatchesOptions): BatchSource {
  const { batch, seed, curriculum = 0, asked = task.prefixes ? 'every' : 'definition' } = options
  const random = new Random(seed).fork('task')
  const { minimum, maximum, first } = task.trainingLengths
  return (step) => {
    const share = step < curriculum ? step / curriculum : 1
    const longest = first + Math.round(share * (maximum - first))
    const strings = { count: batch, minimum: Math.min(minimum, longest), maximum: longest, asked }
    return task.batch(strings, random.fork(String(step)))
  }
}

/** What scores at `length` are measured on: the same strings for every network and seed. */
export function testBatches(task: Task, length: number): Batch[] {
  if (task.test) return task.test(length)
  const random = new Random(0).fork(`test ${length}`)
  return Array.from({ length: testStrings / testBatch }, () =>
    task.batch({ count: testBatch, minimum: length, maximum: length }, random),
  )
}
