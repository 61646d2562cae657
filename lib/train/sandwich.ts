// Supernet training by the sandwich rule with in-place distillation (Yu & Huang 2019): every step trains the largest
// network on the targets, and the smallest and some random ones on the largest one's predictions.

import { type Batch, type BatchSource, ignored } from '../data/batch.ts'
import type { Architecture } from '../nn/architecture.ts'
import type { Supernet } from '../nn/supernet.ts'
import { concat } from '../tensor/ops/elementwise.ts'
import { crossEntropy, distillation } from '../tensor/ops/loss.ts'
import { scope } from '../tensor/scope.ts'
import { Tensor } from '../tensor/tensor.ts'
import type { AdamW } from './optimizer.ts'
import { runAhead } from './run-ahead.ts'
import { cosineSchedule } from './schedule.ts'

/** The architectures that one step trains. */
export interface Sandwich {
  largest: Architecture
  smallest: Architecture
  random: readonly Architecture[]
}

export interface SandwichProgress {
  /** Steps done. */
  step: number
  /** Cross-entropy of the largest network, in nats. */
  largest: number
  /** Distillation loss of the smallest, in nats. */
  smallest: number
  /** Mean distillation loss of the random ones, in nats. */
  random: number
  /** Since the start; every network of a step counts its tokens. */
  tokensPerSecond: number
}

export interface SandwichOptions {
  /** Of the supernet's parameters. The caller's, who saves its moments with the weights. */
  optimizer: AdamW
  /** Steps of the learning-rate schedule. */
  steps: number
  learningRate?: number
  warmup?: number
  /** What each step trains; a pure function of the step. */
  sandwich: (step: number) => Sandwich
  signal?: AbortSignal | undefined
  /** After every step; returning `'stop'` ends training. */
  onProgress?: (progress: SandwichProgress) => unknown
  /** How far the schedule is, in [0, 1], where time and not steps bounds training. */
  progress?: (step: number) => number
}

/** Enqueues one step over all networks of a sandwich; their gradients add up in the shared weights. */
export function sandwichStep(
  supernet: Supernet,
  sandwich: Sandwich,
  batch: Batch,
  optimizer: AdamW,
  learningRate: number,
): Tensor {
  return scope(() => {
    const ids = Tensor.fromIndices(batch.ids, batch.shape)
    const targets = Tensor.fromIndices(batch.targets, batch.shape)
    const teacher = supernet.subnetwork(sandwich.largest).forward(ids)
    const hard = crossEntropy(teacher, targets, { ignoreIndex: ignored })
    const predictions = teacher.detach()
    hard.backward()
    const losses = [hard.detach()]
    for (const architecture of [sandwich.smallest, ...sandwich.random]) {
      const soft = distillation(supernet.subnetwork(architecture).forward(ids), predictions)
      soft.backward()
      losses.push(soft.detach())
    }
    optimizer.step(learningRate)
    return concatScalars(losses)
  })
}

/**
 * Trains a supernet until the schedule ends, `onProgress` returns `'stop'` or the signal aborts.
 */
export async function trainSupernet(
  supernet: Supernet,
  batches: BatchSource,
  options: SandwichOptions,
): Promise<SandwichProgress[]> {
  const { optimizer, steps, learningRate = 2e-3, warmup = 20, signal, onProgress } = options
  const rate = cosineSchedule({ peak: learningRate, steps, warmup })
  const history: SandwichProgress[] = []
  await runAhead({
    steps,
    signal,
    enqueue: (step) => {
      const scheduled = options.progress ? Math.floor(options.progress(step) * steps) : step
      const batch = batches(step)
      const sandwich = options.sandwich(step)
      const learningRateNow = rate(Math.max(scheduled, Math.min(step, warmup)))
      return {
        report: sandwichStep(supernet, sandwich, batch, optimizer, learningRateNow),
        tokens: batch.shape[0] * batch.shape[1] * (2 + sandwich.random.length),
      }
    },
    settled: async (step, [largest = Number.NaN, smallest = Number.NaN, ...random], tokensPerSecond) => {
      const progress = {
        step: step + 1,
        largest,
        smallest,
        random: random.length === 0 ? smallest : random.reduce((sum, loss) => sum + loss, 0) / random.length,
        tokensPerSecond,
      }
      history.push(progress)
      return (await onProgress?.(progress)) !== 'stop'
    },
  })
  return history
}

function concatScalars(losses: readonly Tensor[]): Tensor {
  return concat(
    losses.map((loss) => loss.reshape([1])),
    0,
  )
}
