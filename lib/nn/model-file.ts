// Models as files: safetensors with the configuration in the metadata, so that one file is all it takes.

import { stat } from 'node:fs/promises'
import { z } from 'zod'
import { SafetensorsReader, writeSafetensors } from '../tensor/safetensors.ts'
import { isPickle, pickleError } from './huggingface/folder.ts'
import { loadCheckpoint } from './huggingface/load.ts'
import { LanguageModel } from './language-model.ts'
import { mixerKinds } from './mixers.ts'
import { type ParameterSource, withoutWeights } from './parameter.ts'
import { SequenceClassifier } from './sequence-classifier.ts'
import {
  matchTensors,
  readParameters,
  type WeightType,
  weightTypes,
  writableParameters,
} from './stored-parameters.ts'

export { type WeightType, weightTypes }

export type Model = LanguageModel | SequenceClassifier

const count = z.number().int().positive()
const eigenvalues = z.enum(['[0,1]', '[-1,1]'])
const eps = z.number().positive().optional()
const flag = z.boolean().optional()
const biases = { bias: flag, convolutionBias: flag }
const heads = {
  heads: count,
  valueHeads: count.optional(),
  normEps: eps,
  keyDim: count,
  valueDim: count,
  convolution: z.number().int().nonnegative(),
  eigenvalues,
}
const mixerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('deltanet'), ...heads, outputGate: flag }),
  z.object({ kind: z.literal('gated-deltanet'), ...heads, outputGate: flag }),
  z.object({
    kind: z.literal('deltaproduct'),
    ...heads,
    householders: count,
    forgetGate: z.boolean(),
    outputGate: flag,
  }),
  z.object({ kind: z.literal('kda'), ...heads, lowerBound: z.number().negative().nullable() }),
  z.object({
    kind: z.literal('mamba2'),
    heads: count,
    headDim: count,
    states: count,
    groups: count,
    convolution: count,
    ...biases,
    normEps: eps,
    eigenvalues,
  }),
  z.object({
    kind: z.literal('gla'),
    heads: count,
    keyDim: count,
    valueDim: count,
    gateRank: count,
    gateRoot: z.number().positive(),
    normEps: eps,
    eigenvalues,
  }),
  z.object({ kind: z.literal('mlstm'), heads: count, headDim: count, block: count, convolution: count }),
  z.object({
    kind: z.literal('rwkv7'),
    heads: count,
    headDim: count,
    decayRank: count,
    rateRank: count,
    valueRank: count.optional(),
    gateRank: count,
    valueResidual: z.boolean(),
    normEps: eps,
    keyEps: eps,
  }),
  z.object({
    kind: z.literal('mamba'),
    inner: count,
    states: count,
    dtRank: count,
    convolution: count,
    ...biases,
    eigenvalues,
  }),
  z.object({
    kind: z.literal('attention'),
    heads: count,
    headDim: count,
    window: z.number().int().nonnegative(),
  }),
])
const mlp = z.object({ width: count, kind: z.enum(['swiglu', 'channel-mix']).optional() })
const norm = z.object({ kind: z.enum(['rms', 'layer']), eps: z.number().positive(), bias: flag })
const network = {
  vocabulary: count,
  hidden: count,
  layers: z.array(z.object({ mixer: mixerSchema, mlp: mlp.nullable() })).min(1),
  norm: norm.optional(),
  normEmbeddings: flag,
}
const configSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('language-model'), ...network, tieEmbeddings: z.boolean() }),
  z.object({ kind: z.literal('sequence-classifier'), ...network, classes: count }),
])

export type ModelConfig = z.infer<typeof configSchema>

export interface LoadModelOptions {
  /**
   * With `bfloat16` the matrices of linear maps and the embeddings are rounded to it, which halves their memory and the
   * time of decoding where memory is the limit; norms, biases and decays stay float32. Such a model infers, in sessions
   * and in `withoutGradients`, and cannot be trained.
   */
  weights?: WeightType
}

/** A model with weights from a store, or with weights of its own drawn from `seed`. */
export function createModel(
  config: ModelConfig,
  options: { parameters?: ParameterSource; seed?: number } = {},
): Model {
  return config.kind === 'language-model'
    ? new LanguageModel(config, options)
    : new SequenceClassifier(config, options)
}

/**
 * Writes a model that owns its weights, each tensor in its own type. `notes` go into the file's metadata beside the
 * configuration. The file is written beside `path` and renamed.
 */
export async function saveModel(
  model: Model,
  path: string,
  notes: Record<string, string> = {},
): Promise<void> {
  const tensors = writableParameters(model.parameters, (spec) => spec.name)
  const metadata = { ...notes, format: 'parascan', config: JSON.stringify(model.config) }
  await writeSafetensors(path, { metadata, tensors })
}

export interface LoadedModel {
  model: Model
  /** What was saved beside the model; nothing where it comes from a folder. */
  notes: Record<string, string>
  /** The `tokenizer.json` of a folder that has one. */
  tokenizerPath?: string
}

/**
 * Reads a model that {@link saveModel} wrote, or a folder of a published checkpoint: `config.json` with
 * `model.safetensors` or the shards that `model.safetensors.index.json` lists. Weights are float32, whatever the file
 * holds, unless asked otherwise. docs/checkpoints.md has the formats and what is refused.
 *
 * @throws Error with code ERR_PARASCAN_FORMAT for a damaged file, one without a configuration, or tensors that do not
 * fit it; ERR_PARASCAN_UNSUPPORTED for a checkpoint whose configuration asks for what no layer here computes; either
 * lists all that is wrong. ERR_PARASCAN_PICKLE for a pickle, which is never read.
 */
export async function loadModel(path: string, options: LoadModelOptions = {}): Promise<Model> {
  return (await loadModelFile(path, options)).model
}

/** As {@link loadModel}, with what lies beside the model. */
export async function loadModelFile(path: string, options: LoadModelOptions = {}): Promise<LoadedModel> {
  const { weights = 'float32' } = options
  if (!weightTypes.includes(weights))
    throw new RangeError(`\`weights\` must be one of ${weightTypes.join(', ')}, got "${weights}"`)
  if (isPickle(path)) throw pickleError(path)
  if ((await stat(path)).isDirectory()) return { ...(await loadCheckpoint(path, weights)), notes: {} }
  const file = await SafetensorsReader.open(path)
  try {
    return { model: await modelFrom(file, weights), notes: file.metadata }
  } finally {
    await file.close()
  }
}

async function modelFrom(file: SafetensorsReader, weights: WeightType): Promise<Model> {
  const fail = (what: string): never => {
    throw Object.assign(new Error(`${file.path} holds no parascan model: ${what}`), {
      code: 'ERR_PARASCAN_FORMAT',
    })
  }
  const config = parseConfig(file.metadata.config ?? fail('its metadata has no `config`'), fail)
  const { specs } = createModel(config, { parameters: withoutWeights })
  const { differences } = matchTensors(specs, file.tensors, (spec) => [spec.name])
  if (differences.length > 0) fail(differences.join('; '))
  return createModel(config, {
    parameters: await readParameters(specs, weights, (spec) => file.read(spec.name)),
  })
}

function parseConfig(json: string, fail: (what: string) => never): ModelConfig {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    fail('its `config` is not JSON')
  }
  const config = configSchema.safeParse(value)
  if (config.success) return config.data
  const issue = config.error.issues[0]
  return fail(
    `its \`config\` is wrong at ${issue?.path.join('.') || 'the top'}: ${issue?.message} (mixers: ${mixerKinds.join(', ')})`,
  )
}
