// Trains the network of one cell on the text, from a checkpoint where one is.

import { readText } from '../../data/text.ts'
import { LanguageModel } from '../../nn/language-model.ts'
import { evaluateLoss } from '../../train/evaluate.ts'
import { train } from '../../train/loop.ts'
import { uniformLayers } from '../../train/recipes.ts'
import type { WorkOptions } from '../work-process.ts'
import type { LanguageCell, LanguageCellResult, LanguagePoint } from './cells.ts'
import type { LanguageRecipe } from './recipe.ts'

export interface LanguageCellOrder {
  cell: LanguageCell
  recipe: LanguageRecipe
  /** Path of the text. */
  text: string
  /** Path of the checkpoint, which stays when training ends. */
  checkpoint: string
}

const checkpointEvery = 100

export async function trainLanguageCell(
  { cell, recipe, text, checkpoint }: LanguageCellOrder,
  { signal, onProgress }: WorkOptions,
): Promise<LanguageCellResult> {
  const { model: kind, eigenvalues, seed } = cell
  const { hidden, batch, tokens, validationWindows, steps, learningRate, weightDecay, eps, evaluateEvery } =
    recipe
  const data = await readText(text, { batch, tokens, seed, validationWindows })
  const { sha256, vocabulary, bytesPerToken } = data
  const layers = uniformLayers(kind, { ...recipe, eigenvalues })
  const network = new LanguageModel({ hidden, layers, vocabulary, tieEmbeddings: false }, { seed })
  try {
    const { losses, evaluations } = await train(network, data.train, {
      ...{ steps, learningRate, weightDecay, eps, evaluateEvery, signal },
      checkpoint: { path: checkpoint, every: checkpointEvery, settings: { cell, recipe, sha256 } },
      onProgress: ({ step, loss }) => {
        if (!Number.isFinite(loss)) throw new Error(`the loss of step ${step} is not finite`)
        onProgress?.(step / steps)
      },
      evaluate: async () => ({
        bitsPerByte: (await evaluateLoss(network, data.validation)) / Math.LN2 / bytesPerToken,
      }),
    })
    const curve = evaluations.map(({ step, values }) => ({ step, ...values }) as LanguagePoint)
    const { parameterCount: parameters } = network
    return { cell, recipe, sha256, parameters, trainingLoss: losses.at(-1) as number, curve }
  } finally {
    network.parameters.dispose()
  }
}
