// The training loop of a network that owns its parameters.

import { type Batch, type BatchSource, ignored } from '../data/batch.ts'
import type { SequenceNetwork } from '../nn/sequence-network.ts'
import { crossEntropy } from '../tensor/ops/loss.ts'
import { scope } from '../tensor/scope.ts'
import { Tensor } from '../tensor/tensor.ts'
import { AdamW, type AdamWOptions } from './optimizer.ts'
import { runAhead } from './run-ahead.ts'
import { cosineSchedule } from './schedule.ts'

export interface TrainProgress {
  /** Steps done. */
  step: number
  steps: number
  /** Of the step done last, in nats. */
  loss: number
  /** Since the start. */
  tokensPerSecond: number
}

export interface TrainOptions extends AdamWOptions {
  steps: number
  learningRate?: number
  /** Steps of warm-up, a tenth of all by default. */
  warmup?: number
  /** Ends training early; what was done stays in the network, and the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined
  /** After every step. May be asynchronous, to evaluate for one; returning `'stop'` ends training. */
  onProgress?: (progress: TrainProgress) => unknown
}

export interface TrainResult {
  steps: number
  /** Loss of every step, in nats. */
  losses: number[]
}

/** Enqueues forward, backward and update of one batch; the loss is a tensor of the caller's scope. */
export function trainStep(
  network: SequenceNetwork,
  batch: Batch,
  optimizer: AdamW,
  learningRate: number,
): Tensor {
  return scope(() => {
    const logits = network.forward(Tensor.fromIndices(batch.ids, batch.shape))
    const targets = Tensor.fromIndices(batch.targets, batch.shape)
    const loss = crossEntropy(logits, targets, { ignoreIndex: ignored })
    loss.backward()
    optimizer.step(learningRate)
    return loss.detach()
  })
}

/** Trains a network that owns its parameters, by AdamW with a cosine schedule. */
export async function train(
  network: SequenceNetwork,
  batches: BatchSource,
  options: TrainOptions,
): Promise<TrainResult> {
  const { steps, learningRate = 1e-3, warmup = Math.ceil(steps / 10), signal, onProgress } = options
  if (!Number.isInteger(steps) || steps < 1)
    throw new RangeError(`\`steps\` must be a whole number from 1, got ${steps}`)
  if (!(learningRate > 0)) throw new RangeError(`\`learningRate\` must be positive, got ${learningRate}`)
  const rate = cosineSchedule({ peak: learningRate, steps, warmup })
  using optimizer = new AdamW(network.parameters, options)
  const losses: number[] = []
  await runAhead({
    steps,
    signal,
    enqueue: (step) => {
      const batch = batches(step)
      const report = trainStep(network, batch, optimizer, rate(step))
      return { report, tokens: batch.shape[0] * batch.shape[1] }
    },
    settled: async (step, [loss = Number.NaN], tokensPerSecond) => {
      losses.push(loss)
      return (await onProgress?.({ step: step + 1, steps, loss, tokensPerSecond })) !== 'stop'
    },
  })
  return { steps: losses.length, losses }
}
