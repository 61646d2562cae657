// Loss and accuracy of a network on batches, without gradients.

import { type Batch, countedTargets } from '../data/batch.ts'
import type { Task } from '../data/tasks/task.ts'
import type { SequenceNetwork } from '../nn/sequence-network.ts'
import { scope } from '../tensor/scope.ts'
import { withoutGradients } from '../tensor/tensor.ts'
import { batchLogits, batchLoss } from './batch-loss.ts'
import { type AnswerCounts, countRight, type Scores, scaledAccuracy } from './metrics.ts'

/** Mean cross-entropy, in nats, over all targets that count. */
export async function evaluateLoss(network: SequenceNetwork, batches: readonly Batch[]): Promise<number> {
  let sum = 0
  let count = 0
  for (const batch of batches) {
    using loss = scope(() => withoutGradients(() => batchLoss(network, batch)))
    const counted = countedTargets(batch)
    sum += (await loss.item()) * counted
    count += counted
  }
  return sum / count
}

/** The class with the largest logit at every token, row-major as the batch is. */
export async function predict(network: SequenceNetwork, batch: Batch): Promise<Int32Array> {
  using logits = scope(() => withoutGradients(() => batchLogits(network, batch)))
  const values = await logits.data()
  const { outputs } = network
  return Int32Array.from(batch.ids, (_, i) => argmax(values.subarray(i * outputs, (i + 1) * outputs)))
}

/** Share of the targets that count whose class has the largest logit. */
export async function evaluateAccuracy(network: SequenceNetwork, batches: readonly Batch[]): Promise<number> {
  const { right, asked } = await countAnswers(network, batches)
  return right / asked
}

/** How good a network is at a task, on batches of it such as those of `testBatches`. */
export async function evaluateTask(
  network: SequenceNetwork,
  task: Pick<Task, 'chance'>,
  batches: readonly Batch[],
): Promise<Scores> {
  const { right, asked, sequencesRight, sequences } = await countAnswers(network, batches)
  const accuracy = right / asked
  return {
    accuracy,
    scaledAccuracy: scaledAccuracy(accuracy, task.chance),
    sequenceAccuracy: sequencesRight / sequences,
  }
}

async function countAnswers(network: SequenceNetwork, batches: readonly Batch[]): Promise<AnswerCounts> {
  const sums: AnswerCounts = { asked: 0, right: 0, sequences: 0, sequencesRight: 0 }
  for (const batch of batches) {
    const counts = countRight(batch, await predict(network, batch))
    for (const name of Object.keys(sums) as (keyof AnswerCounts)[]) sums[name] += counts[name]
  }
  return sums
}

/** Index of the first largest element. */
export function argmax(values: Float32Array): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i
  return best
}
