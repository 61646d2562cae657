// Loss and accuracy of a network on batches, without gradients.

import { type Batch, countedTargets, ignored } from '../data/batch.ts'
import type { SequenceNetwork } from '../nn/sequence-network.ts'
import { crossEntropy } from '../tensor/ops/loss.ts'
import { scope } from '../tensor/scope.ts'
import { Tensor, withoutGradients } from '../tensor/tensor.ts'

/** Mean cross-entropy, in nats, over all targets that count. */
export async function evaluateLoss(network: SequenceNetwork, batches: readonly Batch[]): Promise<number> {
  let sum = 0
  let count = 0
  for (const batch of batches) {
    using loss = scope(() =>
      withoutGradients(() =>
        crossEntropy(
          network.forward(Tensor.fromIndices(batch.ids, batch.shape)),
          Tensor.fromIndices(batch.targets, batch.shape),
          { ignoreIndex: ignored },
        ),
      ),
    )
    const counted = countedTargets(batch)
    sum += (await loss.item()) * counted
    count += counted
  }
  return sum / count
}

/** Share of the targets that count whose class has the largest logit. */
export async function evaluateAccuracy(network: SequenceNetwork, batches: readonly Batch[]): Promise<number> {
  let right = 0
  let count = 0
  for (const batch of batches) {
    using logits = scope(() =>
      withoutGradients(() => network.forward(Tensor.fromIndices(batch.ids, batch.shape))),
    )
    const values = await logits.data()
    for (const [i, target] of batch.targets.entries()) {
      if (target === ignored) continue
      count++
      if (argmax(values.subarray(i * network.outputs, (i + 1) * network.outputs)) === target) right++
    }
  }
  return right / count
}

/** Index of the first largest element. */
export function argmax(values: Float32Array): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i
  return best
}
