// Last phase of a search: the best architectures become networks of their own, are trained a little further, measured
// again by themselves and saved.

import { z } from 'zod'
import type { Dataset } from '../data/batch.ts'
import type { Architecture } from '../nn/architecture.ts'
import type { LanguageModel } from '../nn/language-model.ts'
import { loadModelFile, saveModel } from '../nn/model-file.ts'
import type { Supernet } from '../nn/supernet.ts'
import { toCosts, type Values } from '../search/objective.ts'
import { crowdingDistance, nonDominatedSort } from '../search/pareto.ts'
import type { Study } from '../search/study.ts'
import type { CompleteTrial } from '../search/trial.ts'
import { train } from '../train/loop.ts'
import { toArchitecture } from './architecture-space.ts'
import { type MeasuringOptions, measureObjectives, type SearchObjective } from './objectives.ts'
import type { RunFolder } from './run-folder.ts'

/** A network that left the supernet. */
export interface Finalist {
  trial: number
  architecture: Architecture
  /** With inherited weights. */
  supernetValues: Values
  /** By itself. */
  values: Record<string, number>
  /** Path of the saved model, relative to the run's folder. */
  model: string
}

export interface FinalistPhaseOptions {
  study: Study
  supernet: Supernet
  objectives: readonly SearchObjective[]
  measuring: MeasuringOptions
  data: Dataset
  folder: RunFolder
  budgetSeconds: number
  signal?: AbortSignal | undefined
  onProgress?: (progress: { share: number; finished: number; of: number }) => void
}

/** Networks that are trained further: more than a front shows, because some lose their place when measured again. */
const mostFinalists = 14
/** Weights that were shared need little to settle; a high rate would throw away what they share. */
const fineTuneRate = 1e-3
/** Rounds over all networks that times are measured in, so that a busy spell of the machine hits all of them alike. */
const timingRounds = 5

/** What a saved model says of where it comes from. */
const noteSchema = z.object({ trial: z.number() })

/** Fine-tunes, measures and saves the best trials. Models that an earlier run saved are taken as they are. */
export async function finalistPhase(options: FinalistPhaseOptions): Promise<Finalist[]> {
  const { study, supernet, data, folder, signal, onProgress } = options
  const chosen = bestTrials(study, mostFinalists)
  const secondsEach = options.budgetSeconds / chosen.length
  const models: LanguageModel[] = []
  const finalists: Finalist[] = []
  try {
    for (const [i, trial] of chosen.entries()) {
      signal?.throwIfAborted()
      const architecture = toArchitecture(trial.configuration)
      const path = folder.model(trial.number)
      const earlier = await saved(folder.absolute(path), trial.number)
      const model = earlier ?? supernet.extract(architecture)
      models.push(model)
      if (!earlier) {
        await fineTune(model, data, trial.number, secondsEach, signal)
        const note = { trial: trial.number, architecture }
        await saveModel(model, folder.absolute(path), { search: JSON.stringify(note), text: data.name })
      }
      finalists.push({
        trial: trial.number,
        architecture,
        supernetValues: trial.values,
        values: {},
        model: path,
      })
      onProgress?.({ share: ((i + 1) / chosen.length) * 0.9, finished: i + 1, of: chosen.length })
    }
    await measureInRounds(finalists, models, options)
  } finally {
    for (const model of models) model.parameters.dispose()
  }
  return finalists
}

/** The front, thinned by crowding or filled up from the fronts behind it, in the order of the first objective. */
function bestTrials(study: Study, most: number): CompleteTrial[] {
  const costs = study.completed.map((trial) => toCosts(study.objectives, trial.values))
  const ranks = nonDominatedSort(costs)
  const crowding = crowdingDistance(costs, ranks)
  return study.completed
    .map((trial, i) => ({
      trial,
      rank: ranks[i] as number,
      crowding: crowding[i] as number,
      cost: costs[i]?.[0] ?? 0,
    }))
    .sort((a, b) => a.rank - b.rank || b.crowding - a.crowding || a.trial.number - b.trial.number)
    .slice(0, most)
    .sort((a, b) => a.cost - b.cost)
    .map(({ trial }) => trial)
}

async function saved(path: string, trial: number): Promise<LanguageModel | undefined> {
  try {
    const { model, notes } = await loadModelFile(path)
    const note = noteSchema.parse(JSON.parse(notes.search ?? 'null'))
    return note.trial === trial ? (model as LanguageModel) : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function fineTune(
  model: LanguageModel,
  data: Dataset,
  trial: number,
  seconds: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  // How many steps fit into the time shows after the first two; the schedule must know before it starts.
  const start = performance.now()
  const batchesOf = (offset: number) => (step: number) => data.train(1_000_000 * (trial + 1) + offset + step)
  const probe = { steps: 2, learningRate: fineTuneRate / 10, signal }
  await train(model, batchesOf(0), probe)
  const secondsAStep = (performance.now() - start) / 1000 / probe.steps
  const steps = Math.max(2, Math.floor(seconds / secondsAStep) - probe.steps)
  const deadline = start + 1000 * Math.max(1.5 * seconds, 1)
  await train(model, batchesOf(probe.steps), {
    steps,
    learningRate: fineTuneRate,
    signal,
    onProgress: () => (performance.now() < deadline ? undefined : 'stop'),
  })
}

/** Every objective of every network, alone and interleaved; the least of the rounds counts, since disturbance adds. */
async function measureInRounds(
  finalists: readonly Finalist[],
  models: readonly LanguageModel[],
  options: FinalistPhaseOptions,
): Promise<void> {
  const { objectives, measuring, signal, onProgress } = options
  const rounds: Record<string, number>[][] = finalists.map(() => [])
  for (let round = 0; round < timingRounds; round++) {
    const wanted = round === 0 ? objectives : objectives.filter((objective) => !objective.learned)
    for (const [i, model] of models.entries()) {
      signal?.throwIfAborted()
      rounds[i]?.push(await measureObjectives(wanted, model, measuring))
    }
    const share = 0.9 + (0.1 * (round + 1)) / timingRounds
    onProgress?.({ share, finished: finalists.length, of: finalists.length })
  }
  finalists.forEach((finalist, i) => {
    for (const { name } of objectives) {
      finalist.values[name] = Math.min(...(rounds[i] ?? []).flatMap((round) => round[name] ?? []))
    }
  })
}
