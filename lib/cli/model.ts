// Model files as commands take them.

import { type Command, Option } from 'commander'
import { byteTokenizer, byteVocabulary, type Tokenizer } from '../data/tokenizer.ts'
import type { LanguageModel } from '../nn/language-model.ts'
import { loadModelFile, type Model, type WeightType, weightTypes } from '../nn/model-file.ts'
import { oneOf } from './arguments.ts'

/** What commands take as a model, for their help. */
export const modelArgument =
  'model file (.safetensors), or folder of a checkpoint (config.json and safetensors)'

export interface WeightOptions {
  weights: WeightType
}

/** Adds `--weights`, the type in which a model's matrices are kept. */
export function addWeightOption(command: Command): Command {
  return command.addOption(
    new Option('--weights <type>', 'type of the matrices; bfloat16 takes half the memory')
      .argParser(oneOf('--weights', weightTypes))
      .default('float32'),
  )
}

/** A language model with what it reads. @throws Error if the file holds a classifier */
export async function openTextModel(
  path: string,
  options: WeightOptions,
): Promise<{ model: LanguageModel; tokenizer: Tokenizer }> {
  const { model: loaded } = await loadModelFile(path, options)
  const model = languageModel(loaded, path)
  requireBytes(model, path)
  return { model, tokenizer: byteTokenizer }
}

/** @throws Error if the model is a classifier */
export function languageModel(model: Model, path: string): LanguageModel {
  if (model.config.kind === 'language-model') return model as LanguageModel
  throw new Error(`${path} holds a ${kindName(model)}, a language model is needed here`)
}

/** @throws Error if the model reads other tokens than bytes */
export function requireBytes({ vocabulary }: LanguageModel, path: string): void {
  if (vocabulary !== byteVocabulary)
    throw new Error(`${path} has a vocabulary of ${vocabulary}, bytes have ${byteVocabulary}`)
}

const kindName = (model: Model): string => model.config.kind.replace('-', ' ')

/** `language model, 64 wide, deltanet [-1,1] → mamba [0,1]`. */
export function describeModel(model: Model): string {
  const mixers = model.config.layers.map(({ mixer }) =>
    'eigenvalues' in mixer ? `${mixer.kind} ${mixer.eigenvalues}` : mixer.kind,
  )
  return `${kindName(model)}, ${model.hidden} wide, ${mixers.join(' → ')}`
}
