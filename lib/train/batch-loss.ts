// What training minimises and evaluation reports: the cross-entropy of a network on a batch.

import { type Batch, ignored } from '../data/batch.ts'
import type { SequenceNetwork } from '../nn/sequence-network.ts'
import { crossEntropy } from '../tensor/ops/loss.ts'
import { Tensor } from '../tensor/tensor.ts'

/** Logits at every token of a batch, packed or not. */
export const batchLogits = (network: SequenceNetwork, { ids, shape, cuSeqlens }: Batch): Tensor =>
  network.forward(Tensor.fromIndices(ids, shape), undefined, { cuSeqlens })

/** Mean cross-entropy, in nats, over the targets that count. */
export const batchLoss = (network: SequenceNetwork, batch: Batch): Tensor =>
  crossEntropy(batchLogits(network, batch), Tensor.fromIndices(batch.targets, batch.shape), {
    ignoreIndex: ignored,
  })
