// How good a network is, on a text or on a task, as numbers and in words.

import type { Batch } from '../data/batch.ts'
import { findTask, type Task, testBatches } from '../data/tasks.ts'
import type { SequenceNetwork } from '../nn/sequence-network.ts'
import { evaluateAccuracy, evaluateLoss } from '../train/evaluate.ts'
import { checked } from './errors.ts'

export interface Score {
  /** For programs, by name. */
  values: Record<string, number>
  /** For people. */
  text: string
}

/** What measures a network. */
export type Scorer = (network: SequenceNetwork) => Promise<Score>

/** Loss on windows of a text. */
export function textScorer(validation: readonly Batch[]): Scorer {
  return async (network) => {
    const loss = await evaluateLoss(network, validation)
    const bitsPerByte = loss / Math.LN2
    return {
      values: { loss, bitsPerByte },
      text: `validation loss ${loss.toFixed(4)} nats, ${bitsPerByte.toFixed(3)} bits per byte`,
    }
  }
}

/** Accuracy on a task, at every length it is asked at. */
export function taskScorer(task: Task): Scorer {
  const tests = task.testLengths.map((length) => ({ length, batches: testBatches(task, length) }))
  return async (network) => {
    const values: Record<string, number> = {}
    for (const { length, batches } of tests) values[length] = await evaluateAccuracy(network, batches)
    const parts = Object.entries(values).map(([length, share]) => `${share.toFixed(3)} at length ${length}`)
    return { values: { ...values }, text: `accuracy ${parts.join(', ')}` }
  }
}

/** The task that an input such as `task:parity` names, or undefined for the path of a file. */
export function taskOf(input: string): { name: string; task: Task } | undefined {
  if (!input.startsWith('task:')) return undefined
  const name = input.slice('task:'.length)
  return { name, task: checked(input, () => findTask(name)) }
}
