// One cell of the tables: a network trained on short strings and scored on long ones.

import type { Batch } from '../../data/batch.ts'
import { findTask } from '../../data/tasks/families.ts'
import type { Task } from '../../data/tasks/task.ts'
import { SequenceClassifier } from '../../nn/sequence-classifier.ts'
import { Random } from '../../tensor/random.ts'
import { evaluateTask } from '../../train/evaluate.ts'
import { train } from '../../train/loop.ts'
import { type Cell, type LengthScores, type TrainedCell, variantOf } from './cells.ts'
import { Curriculum } from './curriculum.ts'
import { type StateTrackingRecipe, variantLayers } from './recipes.ts'

export interface TrainCellOptions {
  signal?: AbortSignal | undefined
  /** Share of the steps done, in [0, 1]. */
  onProgress?: (share: number) => void
  /** Strings of each length of the curve, 128 by default, and an eighth of those that the score is measured on. */
  strings?: number
}

/** The lengths that the table's score is taken over (Grazzi et al. 2025, section 5.1). */
export const scoredLengths = { minimum: 40, maximum: 256 }

/** Strings of a batch that is scored. */
const scoredBatch = 64

const curveLengths = [4, 8, 16, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 224, 256]
/** Parity is followed further: the claim there is one about all lengths. */
const parityLengths = [...curveLengths, 384, 512, 768, 1024, 1536, 2048]

export const lengthsOf = (task: Pick<Task, 'name'>): readonly number[] =>
  task.name === 'parity' ? parityLengths : curveLengths

/**
 * Trains and scores a cell; the same cell and recipe give the same result.
 *
 * @throws Error if the loss is no longer finite; the signal's reason if it aborts
 */
export async function trainCell(
  cell: Cell,
  recipe: StateTrackingRecipe,
  options: TrainCellOptions = {},
): Promise<TrainedCell> {
  const { strings = 2 * scoredBatch } = options
  const start = performance.now()
  const task = findTask(cell.task)
  const network = new SequenceClassifier(
    {
      vocabulary: task.vocabulary,
      classes: task.classes,
      hidden: recipe.hidden,
      layers: variantLayers(variantOf(cell.variant), recipe),
    },
    { seed: cell.seed },
  )
  try {
    const trained = await trainOnTask(network, task, recipe, { ...options, seed: cell.seed })
    const score = await evaluateTask(network, task, testStrings(task, 'score', scoredLengths, 8 * strings))
    const curve: LengthScores[] = []
    for (const length of lengthsOf(task)) {
      options.signal?.throwIfAborted()
      const batches = testStrings(task, `length ${length}`, { minimum: length, maximum: length }, strings)
      curve.push({ length, ...(await evaluateTask(network, task, batches)) })
    }
    const seconds = (performance.now() - start) / 1000
    const parameters = network.parameterCount
    return { status: 'trained', cell, recipe, ...trained, parameters, score, curve, seconds }
  } finally {
    network.parameters.dispose()
  }
}

/** Trains a network by a recipe until its steps are over or everything is learned. */
export async function trainOnTask(
  network: SequenceClassifier,
  task: Task,
  recipe: StateTrackingRecipe,
  { seed, signal, onProgress }: TrainCellOptions & { seed: number },
): Promise<Pick<TrainedCell, 'steps' | 'learned' | 'trainingLoss'>> {
  const random = new Random(seed).fork(`train ${task.name}`)
  const curriculum = new Curriculum(recipe)
  const validation = [...new Set([128, 256, lengthsOf(task).at(-1) as number])].flatMap((length) =>
    testStrings(task, `validation ${length}`, { minimum: length, maximum: length }, scoredBatch),
  )
  const { batch: count, minimum, steps, learningRate, weightDecay, eps, checkEvery } = recipe
  const asked = task.prefixes ? recipe.asked : 'definition'
  const batches = (step: number): Batch => {
    const maximum = curriculum.longest(step)
    // A string whose prefixes are asked about holds the shorter ones.
    const shortest = recipe.curriculum ? maximum : minimum
    return task.batch({ count, minimum: shortest, maximum, asked }, random.fork(String(step)))
  }
  const trained = { steps: 0, learned: false, trainingLoss: Number.NaN }
  await train(network, batches, {
    steps,
    learningRate,
    weightDecay,
    eps,
    signal,
    onProgress: async ({ step, loss }) => {
      if (!Number.isFinite(loss)) throw new Error(`the loss of step ${step} is not finite`)
      trained.steps = step
      trained.trainingLoss = loss
      curriculum.learn(loss)
      onProgress?.(step / steps)
      if (checkEvery === 0 || step % checkEvery !== 0 || trained.learned) return
      trained.learned = (await evaluateTask(network, task, validation)).accuracy === 1
      if (trained.learned) return 'stop'
    },
  })
  return trained
}

/** Strings that no training sees, the same for every network. */
function testStrings(
  task: Task,
  name: string,
  lengths: { minimum: number; maximum: number },
  count: number,
): Batch[] {
  const random = new Random(0).fork(`test ${name}`)
  return Array.from({ length: Math.ceil(count / scoredBatch) }, (_, i) =>
    task.batch({ count: Math.min(scoredBatch, count - i * scoredBatch), ...lengths }, random),
  )
}
