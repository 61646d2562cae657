// Loads a folder of a published checkpoint as a language model.

import { LanguageModel } from '../language-model.ts'
import { withoutWeights } from '../parameter.ts'
import { matchTensors, readParameters, type WeightType } from '../stored-parameters.ts'
import { ConfigReader } from './config-reader.ts'
import { checkpointError, FolderTensors, fileIn, readConfig } from './folder.ts'
import { type Format, namesIn } from './format.ts'
import { formats } from './formats.ts'

/** A model, and the `tokenizer.json` beside it where there is one. */
export interface LoadedCheckpoint {
  model: LanguageModel
  tokenizerPath?: string
}

/**
 * The model of a folder with config.json and safetensors.
 *
 * @throws Error with code ERR_PARASCAN_FORMAT, ERR_PARASCAN_UNSUPPORTED or ERR_PARASCAN_PICKLE, as `loadModel` says
 */
export async function loadCheckpoint(folder: string, weights: WeightType): Promise<LoadedCheckpoint> {
  const values = await readConfig(folder)
  const tensors = await FolderTensors.open(folder)
  try {
    const format = formatOf(values, folder)
    const model = await modelFrom(tensors, format, configFrom(values, format, folder), folder, weights)
    const tokenizerPath = await fileIn(folder, 'tokenizer.json')
    return { model, ...(tokenizerPath !== undefined && { tokenizerPath }) }
  } finally {
    await tensors.close()
  }
}

function formatOf(values: Record<string, unknown>, folder: string): Format {
  const type = values.model_type
  const format = formats.find(({ modelType }) => modelType === type)
  if (format) return format
  const known = formats.map(({ modelType }) => modelType).join(', ')
  throw checkpointError(
    folder,
    'ERR_PARASCAN_UNSUPPORTED',
    `its config.json has ${type === undefined ? 'no `model_type`' : `\`model_type\` ${JSON.stringify(type)}`}; it may be ${known}`,
  )
}

type Config = ReturnType<Format['read']>

function configFrom(values: Record<string, unknown>, format: Format, folder: string): Config {
  const reader = new ConfigReader(values)
  const config = format.read(reader)
  const problems = reader.finish()
  if (problems.length > 0)
    throw checkpointError(folder, 'ERR_PARASCAN_UNSUPPORTED', `in its config.json ${problems.join('; ')}`)
  return config
}

const head = 'lm_head.weight'

async function modelFrom(
  tensors: FolderTensors,
  format: Format,
  config: Config,
  folder: string,
  weights: WeightType,
): Promise<LanguageModel> {
  const fail = (what: string): Error => checkpointError(folder, 'ERR_PARASCAN_FORMAT', what)
  let specs: LanguageModel['specs']
  try {
    specs = new LanguageModel(config, { parameters: withoutWeights }).specs
  } catch (error) {
    throw fail(`its config.json makes no model: ${(error as Error).message}`)
  }
  const embeddings = 'embeddings.weight'
  const namesOf = ({ name }: { name: string }): readonly string[] => {
    const names = namesIn(format, name)
    // Of two names for the same tensor a file may keep either.
    return config.tieEmbeddings && name === embeddings ? [...names, head] : names
  }
  const known = new Map(tensors.tensors)
  for (const name of known.keys()) if (format.unused?.test(name)) known.delete(name)
  const twice =
    config.tieEmbeddings && known.has(head) && namesIn(format, embeddings).some((name) => known.has(name))
  if (twice) known.delete(head)
  const { found, differences } = matchTensors(specs, known, namesOf)
  const all = [...tensors.differences, ...differences]
  if (all.length === 0 && twice && !(await equal(tensors, found.get(embeddings) as string, head)))
    all.push(`"${head}" is not "${found.get(embeddings)}", though \`tie_word_embeddings\` says so`)
  if (all.length > 0) throw fail(all.join('; '))
  const parameters = await readParameters(specs, weights, (spec) =>
    tensors.read(found.get(spec.name) as string),
  )
  return new LanguageModel(config, { parameters })
}

async function equal(tensors: FolderTensors, a: string, b: string): Promise<boolean> {
  const [first, second] = [await tensors.read(a), await tensors.read(b)]
  return first.dtype === second.dtype && Buffer.compare(first.bytes, second.bytes) === 0
}
