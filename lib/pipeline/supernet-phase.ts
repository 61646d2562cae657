// First phase of a search: train the supernet for its share of the budget, saving it on the way, so that a run that was
// killed goes on where its last save stands.

import { z } from 'zod'
import type { Dataset } from '../data/batch.ts'
import { type ElasticMixer, extremeArchitecture, type SupernetConfig } from '../nn/architecture.ts'
import { Supernet } from '../nn/supernet.ts'
import type { Space } from '../space/space.ts'
import { Random } from '../tensor/random.ts'
import { evaluateLoss } from '../train/evaluate.ts'
import { AdamW } from '../train/optimizer.ts'
import { type Sandwich, trainSupernet } from '../train/sandwich.ts'
import { readTraining, writeTraining } from '../train/training-file.ts'
import { toArchitecture } from './architecture-space.ts'

const stepSchema = z.object({
  step: z.number(),
  largest: z.number(),
  smallest: z.number(),
  random: z.number(),
  validation: z.number().optional(),
})

/** Losses of one step, in nats; validation is measured now and then. */
export type SupernetStep = z.infer<typeof stepSchema>

export interface TrainedSupernet {
  supernet: Supernet
  history: SupernetStep[]
}

export interface SupernetPhaseOptions {
  config: SupernetConfig
  space: Space
  data: Dataset
  /** Where the supernet is saved. */
  path: string
  budgetSeconds: number
  seed: number
  signal?: AbortSignal | undefined
  onProgress?: (progress: { share: number; step: number; loss: number }) => void
}

/** Steps of the schedule; the clock decides how far it is. */
const scheduleSteps = 10_000
const secondsBetweenSaves = 5
/** Random networks a step trains beside the largest and the smallest (Yu & Huang 2019). */
const randomNetworks = 2

const savedSchema = z.object({
  seconds: z.number(),
  history: z.array(stepSchema),
})

/** Trains the supernet until its budget is spent, over all runs of the command together. */
export async function supernetPhase(options: SupernetPhaseOptions): Promise<TrainedSupernet> {
  const { config, data, path, budgetSeconds, seed, signal, onProgress } = options
  const supernet = new Supernet(config, { seed })
  using optimizer = new AdamW(supernet.parameters)
  const state = { parameters: supernet.parameters, optimizer }
  const saved = await readTraining(path)
  saved?.restore(state)
  const { seconds: before, history } = saved
    ? savedSchema.parse(saved.progress)
    : { seconds: 0, history: [] as SupernetStep[] }
  const start = performance.now()
  const spent = (): number => before + (performance.now() - start) / 1000
  const save = (): Promise<void> =>
    writeTraining(path, state, { seconds: spent(), history } satisfies z.infer<typeof savedSchema>)
  const done = history.length
  let lastSave = spent()
  let nextValidation = spent()
  const largest = extremeArchitecture(config, mixersOfStep(config, new Random(seed)), 'largest')
  try {
    if (spent() < budgetSeconds || done === 0)
      await trainSupernet(supernet, (step) => data.train(done + step), {
        optimizer,
        steps: scheduleSteps,
        progress: () => Math.min(1, spent() / budgetSeconds),
        sandwich: (step) => sandwichOf(options, done + step),
        signal,
        onProgress: async (progress) => {
          const { largest: loss, smallest, random } = progress
          const entry: SupernetStep = { step: done + progress.step, largest: loss, smallest, random }
          history.push(entry)
          if (spent() >= nextValidation || spent() >= budgetSeconds) {
            entry.validation = await evaluateLoss(supernet.subnetwork(largest), data.validation)
            nextValidation = spent() + budgetSeconds / 12
          }
          if (spent() - lastSave > secondsBetweenSaves) {
            await save()
            lastSave = spent()
          }
          onProgress?.({ share: Math.min(1, spent() / budgetSeconds), step: entry.step, loss })
          return spent() < budgetSeconds ? undefined : 'stop'
        },
      })
  } finally {
    await save()
  }
  return { supernet, history }
}

/** One mixer for every layer, drawn anew each step, so that every one is trained at every depth. */
function mixersOfStep(config: SupernetConfig, random: Random): ElasticMixer[] {
  return Array.from({ length: config.depth.at(-1) ?? 1 }, () => random.choice(config.mixers))
}

function sandwichOf({ config, space, seed }: SupernetPhaseOptions, step: number): Sandwich {
  const random = new Random(seed).fork(`sandwich ${step}`)
  const mixers = mixersOfStep(config, random)
  return {
    largest: extremeArchitecture(config, mixers, 'largest'),
    smallest: extremeArchitecture(config, mixers, 'smallest'),
    random: Array.from({ length: randomNetworks }, () => toArchitecture(space.sample(random))),
  }
}
