// Folders of published checkpoints: config.json, and the tensors of one file or of several shards as one collection.

import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { SafetensorsReader, type StoredTensor, type TensorDescription } from '../../tensor/safetensors.ts'
import { parsePythonJson } from './config-reader.ts'

/** An error about a checkpoint. */
export function checkpointError(
  folder: string,
  code: 'ERR_PARASCAN_FORMAT' | 'ERR_PARASCAN_UNSUPPORTED',
  what: string,
): Error {
  return Object.assign(new Error(`${folder} cannot be loaded: ${what}`), { code })
}

/** Whether the name is that of a file that only Python's pickle reads. */
export const isPickle = (path: string): boolean => /\.(bin|pt|pth|ckpt|pkl)$/.test(path)

export function pickleError(path: string): Error {
  return Object.assign(
    new Error(
      `${path} is a pickle, which runs code when it is read, so it is not read here: load it where you trust it and ` +
        'save it as safetensors (`model.save_pretrained(folder, safe_serialization=True)`), or take a revision that ' +
        'has model.safetensors',
    ),
    { code: 'ERR_PARASCAN_PICKLE' },
  )
}

/** The JSON object in a file of a folder, or undefined where there is no such file. */
async function readObject(folder: string, name: string): Promise<Record<string, unknown> | undefined> {
  let text: string
  try {
    text = await readFile(join(folder, name), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  let value: unknown
  try {
    value = parsePythonJson(text)
  } catch {
    throw checkpointError(folder, 'ERR_PARASCAN_FORMAT', `its ${name} is not JSON`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw checkpointError(folder, 'ERR_PARASCAN_FORMAT', `its ${name} holds no object`)
}

/** @throws Error with code ERR_PARASCAN_FORMAT where there is none, or it is damaged */
export async function readConfig(folder: string): Promise<Record<string, unknown>> {
  const config = await readObject(folder, 'config.json')
  if (!config) throw checkpointError(folder, 'ERR_PARASCAN_FORMAT', 'it has no config.json')
  return config
}

/** The path of a file of the folder, if it is there. */
export async function fileIn(folder: string, name: string): Promise<string | undefined> {
  const path = join(folder, name)
  return (await stat(path).catch(() => undefined))?.isFile() ? path : undefined
}

/** What a tokenizer consists of, and what generation goes by. */
const tokenizerFiles = [
  ...['tokenizer.json', 'tokenizer_config.json', 'tokenizer.model', 'special_tokens_map.json'],
  ...['added_tokens.json', 'vocab.json', 'merges.txt', 'generation_config.json'],
]

/** The paths of the tokenizer that a folder of a checkpoint has; none where the path is a file. */
export async function tokenizerFilesIn(folder: string): Promise<string[]> {
  const found = await Promise.all(tokenizerFiles.map((name) => fileIn(folder, name)))
  return found.filter((path) => path !== undefined)
}

/** The tensors of a folder, whichever file they are in; read one at a time. */
export class FolderTensors {
  readonly tensors = new Map<string, TensorDescription>()
  /** What the index and the files do not agree on. */
  readonly differences: string[] = []
  readonly #files: SafetensorsReader[] = []
  readonly #places = new Map<string, SafetensorsReader>()

  /** @throws Error with code ERR_PARASCAN_FORMAT for what is damaged or missing, ERR_PARASCAN_PICKLE for a pickle */
  static async open(folder: string): Promise<FolderTensors> {
    const all = new FolderTensors()
    try {
      if (await fileIn(folder, 'model.safetensors')) await all.#add(folder, 'model.safetensors')
      else await all.#addShards(folder)
    } catch (error) {
      await all.close()
      throw error
    }
    return all
  }

  read(name: string): Promise<StoredTensor> {
    const file = this.#places.get(name)
    if (!file) throw new RangeError(`no tensor is named "${name}"`)
    return file.read(name)
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close()
  }

  async #add(folder: string, name: string): Promise<SafetensorsReader> {
    const file = await SafetensorsReader.open(join(folder, name))
    this.#files.push(file)
    for (const [tensor, description] of file.tensors) {
      if (this.#places.has(tensor)) this.differences.push(`"${tensor}" is in more than one file`)
      this.#places.set(tensor, file)
      this.tensors.set(tensor, description)
    }
    return file
  }

  async #addShards(folder: string): Promise<void> {
    const index = await readObject(folder, 'model.safetensors.index.json')
    if (!index) throw await withoutTensors(folder)
    const fail = (what: string): Error =>
      checkpointError(folder, 'ERR_PARASCAN_FORMAT', `its model.safetensors.index.json ${what}`)
    const map = z.record(z.string(), z.string()).safeParse(index.weight_map)
    if (!map.success) throw fail('has no `weight_map` of names')
    const entries = Object.entries(map.data)
    const shards = [...new Set(entries.map(([, shard]) => shard))].sort()
    const outside = shards.find((shard) => shard !== basename(shard) || !shard.endsWith('.safetensors'))
    if (outside !== undefined) throw fail(`names "${outside}", which is no safetensors file of the folder`)
    const missing: string[] = []
    for (const shard of shards) if (!(await fileIn(folder, shard))) missing.push(shard)
    if (missing.length > 0) throw fail(`names files that are missing: ${missing.join(', ')}`)
    const files = new Map<string, SafetensorsReader>()
    for (const shard of shards) files.set(shard, await this.#add(folder, shard))
    for (const [tensor, shard] of entries)
      if (!files.get(shard)?.tensors.has(tensor))
        this.differences.push(`"${tensor}" is not in ${shard}, where the index says it is`)
  }
}

async function withoutTensors(folder: string): Promise<Error> {
  const pickle = (await readdir(folder)).find(isPickle)
  if (pickle !== undefined) return pickleError(join(folder, pickle))
  return checkpointError(
    folder,
    'ERR_PARASCAN_FORMAT',
    'it has neither model.safetensors nor model.safetensors.index.json',
  )
}
