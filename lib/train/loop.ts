// The training loop of a network that owns its parameters.

import { type Batch, type BatchSource, countedTargets } from '../data/batch.ts'
import { splitBatch } from '../data/split-batch.ts'
import type { SequenceNetwork } from '../nn/sequence-network.ts'
import { add, multiply } from '../tensor/ops/elementwise.ts'
import { scope } from '../tensor/scope.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { batchLoss } from './batch-loss.ts'
import {
  Checkpoint,
  type CheckpointOptions,
  type Evaluation,
  type EvaluationValues,
  type TrainingHistory,
} from './checkpoint.ts'
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
  /** After every step. May be asynchronous; returning `'stop'` ends training. */
  onProgress?: (progress: TrainProgress) => unknown
  /**
   * Parts that each batch is worked through in, 1 by default: the memory of a part in place of that of the batch, and
   * the same training up to rounding.
   */
  accumulate?: number
  /** Steps between two calls of `evaluate`, which is called after the last step in any case. */
  evaluateEvery?: number
  /** Measures the network as it stands after a step; no other step is under way. */
  evaluate?: (progress: TrainProgress) => Promise<EvaluationValues>
  /**
   * Keeps what the training needs to go on in a file. Called again with the same network, batches and options, after a
   * crash or `kill -9`, `train` goes on there, and the weights end up the same to the bit. `batches` must be a pure
   * function of the step, as those of `parascan/data` are.
   */
  checkpoint?: CheckpointOptions | undefined
}

export interface TrainResult {
  steps: number
  /** Loss of every step, in nats; with a checkpoint those of the runs before, too. */
  losses: number[]
  /** What `evaluate` gave, in order. */
  evaluations: Evaluation[]
}

/**
 * Enqueues forward, backward and update of one batch; the loss is a tensor of the caller's scope. With `accumulate` the
 * batch is worked through in so many parts whose gradients add up to those of the whole.
 */
export function trainStep(
  network: SequenceNetwork,
  batch: Batch,
  optimizer: AdamW,
  learningRate: number,
  accumulate = 1,
): Tensor {
  return scope(() => {
    const parts = splitBatch(batch, accumulate)
    const losses = parts.map((part) =>
      scope(() => {
        // The mean over the batch is that of the parts, weighted by the targets that count.
        const share = parts.length === 1 ? 1 : countedTargets(part) / Math.max(1, countedTargets(batch))
        const loss = multiply(batchLoss(network, part), share)
        loss.backward()
        return loss.detach()
      }),
    )
    optimizer.step(learningRate)
    return losses.reduce((sum, loss) => add(sum, loss))
  })
}

/**
 * Trains a network that owns its parameters, by AdamW with a cosine schedule.
 *
 * @throws CheckpointMismatchError if the checkpoint was written with other options
 */
export async function train(
  network: SequenceNetwork,
  batches: BatchSource,
  options: TrainOptions,
): Promise<TrainResult> {
  const { steps, learningRate = 1e-3, warmup = Math.ceil(steps / 10), signal, onProgress } = options
  const { evaluate, evaluateEvery = steps, accumulate = 1 } = options
  for (const [name, value] of Object.entries({ steps, evaluateEvery, accumulate }))
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`\`${name}\` must be a whole number from 1, got ${value}`)
  if (!(learningRate > 0)) throw new RangeError(`\`learningRate\` must be positive, got ${learningRate}`)
  const rate = cosineSchedule({ peak: learningRate, steps, warmup })
  using optimizer = new AdamW(network.parameters, options)
  const { checkpoint, history } = await openCheckpoint(network, optimizer, {
    ...options,
    learningRate,
    warmup,
    accumulate,
  })
  const { losses, evaluations } = history
  const isDue = (step: number, every: number | undefined): boolean =>
    every !== undefined && ((step + 1) % every === 0 || step + 1 === steps)
  const evaluates = (step: number): boolean => evaluate !== undefined && isDue(step, evaluateEvery)
  const saves = (step: number): boolean => isDue(step, checkpoint?.every)
  try {
    await runAhead({
      first: losses.length,
      steps,
      signal,
      enqueue: (step) => {
        const batch = batches(step)
        const report = trainStep(network, batch, optimizer, rate(step), accumulate)
        return { report, tokens: batch.shape[0] * batch.shape[1] }
      },
      pauseAfter: (step) => evaluates(step) || saves(step),
      settled: async (step, [loss = Number.NaN], tokensPerSecond) => {
        const progress = { step: step + 1, steps, loss, tokensPerSecond }
        const goOn = (await onProgress?.(progress)) !== 'stop'
        if (evaluate && evaluates(step))
          evaluations.push({ step: step + 1, values: await evaluate(progress) })
        losses.push(loss)
        if (saves(step)) await checkpoint?.save(history)
        return goOn
      },
    })
  } finally {
    // An error of a callback leaves steps that are not in the history.
    if (optimizer.steps === losses.length) await checkpoint?.save(history)
  }
  return { steps: losses.length, losses, evaluations }
}

/** Where an earlier run stopped, or the start. */
async function openCheckpoint(
  network: SequenceNetwork,
  optimizer: AdamW,
  options: TrainOptions,
): Promise<{ checkpoint: Checkpoint | undefined; history: TrainingHistory }> {
  const { checkpoint, steps, learningRate, warmup, beta1, beta2, eps, weightDecay, clip } = options
  if (!checkpoint) return { checkpoint, history: { losses: [], evaluations: [] } }
  const { accumulate } = options
  const settings = { steps, learningRate, warmup, accumulate, beta1, beta2, eps, weightDecay, clip }
  return Checkpoint.open(
    checkpoint,
    { ...settings, network: network.config },
    { parameters: network.parameters, optimizer },
  )
}
