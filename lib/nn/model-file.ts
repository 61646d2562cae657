// Models as files: safetensors with the configuration in the metadata, so that one file is all it takes.

import { z } from 'zod'
import { cast } from '../tensor/ops/cast.ts'
import {
  type parseSafetensors,
  readSafetensors,
  type StoredTensor,
  storedBfloat16,
  storedFloat32,
  toFloat32,
  writeSafetensors,
} from '../tensor/safetensors.ts'
import { scope } from '../tensor/scope.ts'
import { Tensor } from '../tensor/tensor.ts'
import { LanguageModel } from './language-model.ts'
import { mixerKinds } from './mixers.ts'
import {
  axisShape,
  isMatrix,
  type ParameterSource,
  ParameterStore,
  storedShape,
  withoutWeights,
} from './parameter.ts'
import { SequenceClassifier } from './sequence-classifier.ts'

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

/** The types in which a model can keep its matrices. */
export const weightTypes = ['float32', 'bfloat16'] as const
export type WeightType = (typeof weightTypes)[number]

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
 * Writes a model that owns its weights, each tensor in its own type. `notes` go into the file's metadata beside the configuration. The file is
 * written beside `path` and renamed.
 */
export async function saveModel(
  model: Model,
  path: string,
  notes: Record<string, string> = {},
): Promise<void> {
  const tensors = new Map<string, StoredTensor>()
  for (const [spec, tensor] of model.parameters.entries()) {
    const stored = tensor.dtype === 'bfloat16' ? storedBfloat16 : storedFloat32
    tensors.set(spec.name, stored(await tensor.data(), storedShape(spec)))
  }
  const metadata = { ...notes, format: 'parascan', config: JSON.stringify(model.config) }
  await writeSafetensors(path, { metadata, tensors })
}

/**
 * Reads a model that {@link saveModel} wrote. Its weights are float32, whatever the file holds, unless asked otherwise.
 *
 * @throws Error with code ERR_PARASCAN_FORMAT for a damaged file, one without a configuration, or one whose tensors do not
 * fit it; all differences are listed at once.
 */
export async function loadModel(path: string, options: LoadModelOptions = {}): Promise<Model> {
  return (await loadModelFile(path, options)).model
}

/** As {@link loadModel}, with the notes that were saved beside the model. */
export async function loadModelFile(
  path: string,
  options: LoadModelOptions = {},
): Promise<{ model: Model; notes: Record<string, string> }> {
  const { weights = 'float32' } = options
  if (!weightTypes.includes(weights))
    throw new RangeError(`\`weights\` must be one of ${weightTypes.join(', ')}, got "${weights}"`)
  const file = await readSafetensors(path)
  return { model: modelFrom(file, path, weights), notes: file.metadata }
}

function modelFrom(file: ReturnType<typeof parseSafetensors>, path: string, weights: WeightType): Model {
  const fail = (what: string): never => {
    throw Object.assign(new Error(`${path} holds no parascan model: ${what}`), {
      code: 'ERR_PARASCAN_FORMAT',
    })
  }
  const config = parseConfig(file.metadata.config ?? fail('its metadata has no `config`'), fail)
  const store = new ParameterStore(createModel(config, { parameters: withoutWeights }).specs)
  const differences: string[] = []
  for (const spec of store.specs.values()) {
    const stored = file.tensors.get(spec.name)
    const shape = storedShape(spec)
    if (!stored) differences.push(`"${spec.name}" is missing`)
    else if (stored.shape.join() !== shape.join())
      differences.push(`"${spec.name}" has shape [${stored.shape}], expected [${shape}]`)
    else if (stored.dtype.startsWith('I'))
      differences.push(`"${spec.name}" holds ${stored.dtype}, expected floats`)
  }
  for (const name of file.tensors.keys())
    if (!store.specs.has(name)) differences.push(`"${name}" is not expected`)
  if (differences.length > 0) fail(differences.join('; '))
  for (const spec of store.specs.values()) {
    const values = toFloat32(file.tensors.get(spec.name) as StoredTensor)
    const type = isMatrix(spec) ? weights : 'float32'
    store.set(
      spec.name,
      scope(() => cast(Tensor.from(values, axisShape(spec)), type)),
    )
  }
  return createModel(config, { parameters: store })
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
