// What the networks of the comparison on text are made of and trained with: as `parascan train` does it, for longer.

import type { MixerKind } from '../../nn/mixers.ts'
import { type Recipe, recipeFor } from '../../train/recipes.ts'

export interface LanguageRecipe extends Omit<Recipe, 'curriculum'> {
  /** Tokens of a window, which are bytes. */
  tokens: number
  validationWindows: number
  evaluateEvery: number
}

/** Steps of a network: half a minute on one core. */
export const defaultSteps = 800

/** Points of a curve. */
const points = 20

/** How a model is trained, in either range. */
export function languageRecipe(model: MixerKind, steps: number): LanguageRecipe {
  const { curriculum: _, ...recipe } = recipeFor('text', model)
  return { ...recipe, steps, tokens: 128, validationWindows: 96, evaluateEvery: Math.ceil(steps / points) }
}
