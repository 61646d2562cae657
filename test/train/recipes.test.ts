// Recipes make networks of every kind, and refuse widths that do not fit.

import { describe, expect, test } from 'vitest'
import { LanguageModel } from '../../lib/nn/language-model.ts'
import { mixerKinds } from '../../lib/nn/mixers.ts'
import { recipeFor, uniformLayers } from '../../lib/train/recipes.ts'

describe.each(mixerKinds)('%s', (kind) => {
  test.each(['text', 'task'] as const)('the recipe for a %s makes a network', (input) => {
    const recipe = recipeFor(input, kind)
    const layers = uniformLayers(kind, { ...recipe, eigenvalues: '[-1,1]' })
    expect(layers).toHaveLength(recipe.layers)
    const { hidden } = recipe
    const model = new LanguageModel({ vocabulary: 8, hidden, layers, tieEmbeddings: false })
    for (const { mixer, mlp } of model.config.layers) {
      expect(mixer.kind).toBe(kind)
      expect(mlp).toEqual(recipe.mlpRatio > 0 ? { width: recipe.mlpRatio * hidden } : null)
      if ('eigenvalues' in mixer) expect(mixer.eigenvalues).toBe('[-1,1]')
    }
  })
})

test('heads divide the width', () => {
  const options = { ...recipeFor('text', 'deltanet'), hidden: 128, heads: 3, eigenvalues: '[0,1]' as const }
  expect(() => uniformLayers('deltanet', options)).toThrow(
    '`heads` must divide the hidden width of 128, got 3',
  )
})
