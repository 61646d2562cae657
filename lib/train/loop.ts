// The training loop: one step enqueued while the one before is still running, so that the machine never waits for
// JavaScript and the event loop never waits for the machine.

import { type Batch, type BatchSource, ignored } from '../data/batch.ts'
import type { SequenceNetwork } from '../nn/sequence-network.ts'
import { crossEntropy } from '../tensor/ops/loss.ts'
import { scope } from '../tensor/scope.ts'
import { Tensor } from '../tensor/tensor.ts'
import { AdamW, type AdamWOptions } from './optimizer.ts'
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
  /** After every step. May be asynchronous, to evaluate for one; returning `false` ends training. */
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
  const start = performance.now()
  let tokens = 0
  let running: { loss: Tensor; tokens: number } | null = null

  /** Waits for the step that runs and tells of it. */
  const settle = async (): Promise<boolean> => {
    if (!running) return true
    const { loss, tokens: done } = running
    running = null
    const value = await loss.item()
    loss.dispose()
    losses.push(value)
    tokens += done
    const tokensPerSecond = (1000 * tokens) / (performance.now() - start)
    return (await onProgress?.({ step: losses.length, steps, loss: value, tokensPerSecond })) !== false
  }

  for (let step = 0; step < steps; step++) {
    signal?.throwIfAborted()
    const batch = batches(step)
    const loss = trainStep(network, batch, optimizer, rate(step))
    const goOn = await settle()
    running = { loss, tokens: batch.shape[0] * batch.shape[1] }
    if (!goOn) break
  }
  await settle()
  return { steps: losses.length, losses }
}
