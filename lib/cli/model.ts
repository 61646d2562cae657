// Model files as commands take them.

import type { LanguageModel } from '../nn/language-model.ts'
import { loadModel, type Model } from '../nn/model-file.ts'

/** @throws Error if the file holds a classifier */
export async function openLanguageModel(path: string): Promise<LanguageModel> {
  return languageModel(await loadModel(path), path)
}

/** @throws Error if the model is a classifier */
export function languageModel(model: Model, path: string): LanguageModel {
  if (model.config.kind === 'language-model') return model as LanguageModel
  throw new Error(`${path} holds a ${kindName(model)}, a language model is needed here`)
}

const kindName = (model: Model): string => model.config.kind.replace('-', ' ')

/** `language model, 64 wide, deltanet [-1,1] → mamba [0,1]`. */
export function describeModel(model: Model): string {
  const mixers = model.config.layers.map(({ mixer }) =>
    'eigenvalues' in mixer ? `${mixer.kind} ${mixer.eigenvalues}` : mixer.kind,
  )
  return `${kindName(model)}, ${model.hidden} wide, ${mixers.join(' → ')}`
}
