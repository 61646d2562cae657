// Model files as commands take them.

import { type Command, Option } from 'commander'
import type { DocumentFormat } from '../data/documents.ts'
import { loadTokenizer } from '../data/huggingface-tokenizer.ts'
import { tokenizerFromNotes } from '../data/model-tokenizer.ts'
import type { Tokenizer } from '../data/tokenizer.ts'
import type { LanguageModel } from '../nn/language-model.ts'
import {
  type LoadedModel,
  loadModelFile,
  type Model,
  type WeightType,
  weightTypes,
} from '../nn/model-file.ts'
import { oneOf } from './arguments.ts'
import { UsageError } from './errors.ts'

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
export async function openTextModel(path: string, options: WeightOptions): Promise<TextModel> {
  return textModel(await loadModelFile(path, options), path)
}

export interface TextModel {
  model: LanguageModel
  tokenizer: Tokenizer
  /** Whether it learned from texts with the special tokens of its tokenizer around them, as published models did. */
  specialTokens: boolean
}

/** The same of a file that was read. @throws Error if it holds a classifier, or lacks its tokenizer */
export async function textModel(
  { model: loaded, notes, tokenizerPath }: LoadedModel,
  path: string,
): Promise<TextModel> {
  const model = languageModel(loaded, path)
  const tokenizer = await (tokenizerPath === undefined
    ? tokenizerFromNotes(notes, path)
    : loadTokenizer(tokenizerPath))
  const [has, needs] = [model.vocabulary, tokenizer.vocabulary]
  // Published embeddings are often wider than the vocabulary of their tokenizer.
  if (tokenizer.ofBytes ? has !== needs : has < needs)
    throw new Error(
      `${path} has a vocabulary of ${has}, ${tokenizer.ofBytes ? 'bytes have' : 'its tokenizer has'} ${needs}`,
    )
  return { model, tokenizer, specialTokens: tokenizerPath !== undefined }
}

/** The option value `jsonl`, or a separator in which \\n and \\t stand for a new line and a tab. */
export const parseDocuments = (text: string): DocumentFormat => {
  if (text === '') throw new UsageError('`--documents` must be jsonl or a separator, got ""')
  return text === 'jsonl' ? text : { separator: text.replaceAll('\\n', '\n').replaceAll('\\t', '\t') }
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
