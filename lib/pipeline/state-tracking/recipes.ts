// How the networks of the state-tracking tables are trained: small enough for two cores, or of the paper's own size. A
// recipe depends on the task and the size alone, never on the range of eigenvalues.

import type { Task } from '../../data/tasks/task.ts'
import type { BlockConfig } from '../../nn/block.ts'
import { type Recipe, recipeFor, uniformLayers } from '../../train/recipes.ts'
import type { Variant } from './variants.ts'

export const recipeSizes = ['small', 'paper'] as const

/** `small` fits two cores; `paper` is that of Grazzi et al. (2025), for machines with days to spend. */
export type RecipeSize = (typeof recipeSizes)[number]

export interface StateTrackingRecipe extends Omit<Recipe, 'curriculum'> {
  /** Shortest and longest string of training. */
  minimum: number
  maximum: number
  /** Whether training asks at every prefix of a string that has an answer, or where the task asks. */
  asked: 'every' | 'definition'
  /** How strings grow; null for all lengths from the first step on. */
  curriculum: {
    /** The longest string at the first step. */
    first: number
    /** What the longest grows by once the running mean of the loss is below `learned`. */
    growth: number
    learned: number
  } | null
  /** How often, in steps, to look whether all is learned, which ends training; 0 never. */
  checkEvery: number
}

const lengths = { minimum: 3, maximum: 40 }

/** One layer and nothing else: see `recipeFor('task', …)` on why. */
const parity: StateTrackingRecipe = {
  ...withoutCurriculum(recipeFor('task', 'deltanet')),
  ...lengths,
  asked: 'every',
  curriculum: { first: 4, growth: 1, learned: 0.1 },
  checkEvery: 100,
}

/** As parity, wide enough for the elements of a group to lie apart. */
const group: StateTrackingRecipe = {
  ...parity,
  hidden: 64,
  curriculum: { first: 4, growth: 1, learned: 0.3 },
}

/**
 * Two things are to be told apart here, the product that is being read and the sum so far, so there are two layers, with
 * MLPs to combine them. Weight decay is what makes the solutions hold for longer strings than the trained ones.
 */
const arithmetic: StateTrackingRecipe = {
  ...parity,
  hidden: 64,
  layers: 2,
  heads: 4,
  mlpRatio: 2,
  convolution: 4,
  steps: 2500,
  learningRate: 5e-3,
  weightDecay: 0.3,
  curriculum: { first: 5, growth: 2, learned: 0.2 },
}

/** Grazzi et al. 2025, section 5.1; of their learning rates the one in the middle. */
const paperParity: StateTrackingRecipe = {
  hidden: 128,
  layers: 2,
  heads: 4,
  mlpRatio: 2,
  convolution: 4,
  steps: 100_000,
  learningRate: 1e-3,
  weightDecay: 0.1,
  eps: 1e-8,
  batch: 1024,
  ...lengths,
  asked: 'definition',
  curriculum: null,
  checkEvery: 0,
}

const recipes: Record<RecipeSize, Record<'parity' | 'group' | 'arithmetic', StateTrackingRecipe>> = {
  small: { parity, group, arithmetic },
  paper: {
    parity: paperParity,
    arithmetic: { ...paperParity, layers: 3 },
    // Appendix E.2.
    group: {
      ...paperParity,
      layers: 1,
      convolution: 0,
      steps: 312_500,
      learningRate: 1e-4,
      weightDecay: 0.01,
      batch: 512,
      minimum: 32,
      maximum: 32,
    },
  },
}

/** How a network is trained on a task. */
export function stateTrackingRecipe(task: Task, size: RecipeSize): StateTrackingRecipe {
  if (task.metric === 'sequenceAccuracy') return recipes[size].group
  return task.name.includes('arithmetic') ? recipes[size].arithmetic : recipes[size].parity
}

/** The blocks of a network. */
export function variantLayers(variant: Variant, recipe: StateTrackingRecipe): BlockConfig[] {
  // Mixers without a range take no notice of it.
  const eigenvalues = variant.eigenvalues ?? '[0,1]'
  const { householders } = variant
  return uniformLayers(variant.kind, { ...recipe, eigenvalues }).map(({ mixer, mlp }) => ({
    mixer: mixer.kind === 'deltaproduct' && householders ? { ...mixer, householders } : mixer,
    mlp,
  }))
}

function withoutCurriculum({ curriculum: _, ...recipe }: Recipe): Omit<Recipe, 'curriculum'> {
  return recipe
}
