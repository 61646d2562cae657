// Writes a language model as a folder that transformers and flash-linear-attention load.

import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { writeSafetensors } from '../../tensor/safetensors.ts'
import type { LanguageModel } from '../language-model.ts'
import type { Model } from '../model-file.ts'
import { writableParameters } from '../stored-parameters.ts'
import { cannotWrite, type Format, namesIn } from './format.ts'
import { formats } from './formats.ts'

export interface ExportOptions {
  /** Files that are copied into the folder, such as a `tokenizer.json`. */
  files?: readonly string[]
}

/**
 * Writes a model as a folder with `config.json` and `model.safetensors`, in the format that its mixers are published in
 * (docs/checkpoints.md); each tensor in its own type. The folder appears whole or not at all. `loadModel` gives the same
 * model back, to the bit.
 *
 * @throws Error with code ERR_PARASCAN_UNSUPPORTED naming what the format has no words for, such as a classifier, mixers
 * of several kinds, or eigenvalues in [-1,1] of a format without them; ERR_PARASCAN_OUTPUT where the folder is not empty.
 */
export async function exportModel(model: Model, folder: string, options: ExportOptions = {}): Promise<void> {
  const { files = [] } = options
  if (model.config.kind !== 'language-model') throw cannotWrite('it is a classifier')
  const format = formatFor(model as LanguageModel)
  const tensors = writableParameters(model.parameters, ({ name }) => nameOf(format, name))
  const narrow = [...tensors.values()].some(({ dtype }) => dtype === 'BF16')
  const config = {
    architectures: [format.architecture],
    model_type: format.modelType,
    ...format.write(model.config),
    torch_dtype: narrow ? 'bfloat16' : 'float32',
    use_cache: true,
  }
  await writeFolder(folder, async (beside) => {
    await writeFile(join(beside, 'config.json'), `${JSON.stringify(config, null, 2)}\n`)
    await writeSafetensors(join(beside, 'model.safetensors'), { metadata: { format: 'pt' }, tensors })
    for (const file of files) await copyFile(file, join(beside, basename(file)))
  })
}

/** The format of the mixer that the model has, attention aside. */
function formatFor({ config: { layers } }: LanguageModel): Format {
  const kinds = new Set(layers.map(({ mixer }) => mixer.kind))
  if (kinds.size > 1) kinds.delete('attention')
  const [kind] = kinds
  if (kinds.size > 1) throw cannotWrite(`its mixers are of several kinds, ${[...kinds].join(', ')}`)
  const format = formats.find((candidate) => candidate.kind === kind)
  if (format) return format
  const written = formats.map((candidate) => candidate.kind).join(', ')
  throw cannotWrite(`there is no format for ${kind}; there are those of ${written}`)
}

function nameOf(format: Format, ours: string): string {
  const [name] = namesIn(format, ours)
  if (name === undefined) throw cannotWrite(`its format has no place for "${ours}"`)
  return name
}

/** Fills a folder beside the one that is wanted, and renames it. */
async function writeFolder(folder: string, fill: (beside: string) => Promise<void>): Promise<void> {
  const target = resolve(folder)
  const fail = (what: string): Error =>
    Object.assign(new Error(`${folder} cannot be written: ${what}`), { code: 'ERR_PARASCAN_OUTPUT' })
  const existing = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw fail(error.code === 'ENOTDIR' ? 'it is a file' : (error.code ?? error.message))
  })
  if (existing.length > 0) throw fail('it is a folder that is not empty')
  const beside = join(dirname(target), `.${basename(target)}.${randomBytes(4).toString('hex')}.part`)
  try {
    await mkdir(beside)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw fail(code === 'ENOENT' ? `the folder ${dirname(target)} does not exist` : (code ?? message))
  }
  try {
    await fill(beside)
    await rename(beside, target) // takes the place of an empty folder, too
  } catch (error) {
    await rm(beside, { recursive: true, force: true })
    throw error
  }
}
