// A training as a file: the weights and the optimizer's moments as tensors, and how far it is as JSON beside them.

import { readFile } from 'node:fs/promises'
import { type ParameterStore, storedShape } from '../nn/parameter.ts'
import {
  parseSafetensors,
  type StoredTensor,
  storedFloat32,
  toFloat32,
  writeSafetensors,
} from '../tensor/safetensors.ts'
import type { AdamW } from './optimizer.ts'

/** Under this and their own names lie the optimizer's moments beside the weights. */
const momentsPrefix = 'adamw.'

export interface TrainingState {
  parameters: ParameterStore
  optimizer: AdamW
}

/**
 * Writes weights and moments as they stand, beside `path` and renamed. No step may be under way.
 *
 * @param progress plain JSON
 * @param series more numbers to keep, by a name that no weight has
 */
export async function writeTraining(
  path: string,
  { parameters, optimizer }: TrainingState,
  progress: unknown,
  series: Readonly<Record<string, Float32Array>> = {},
): Promise<void> {
  const tensors = new Map<string, StoredTensor>()
  for (const [spec, tensor] of parameters.entries())
    tensors.set(spec.name, storedFloat32(await tensor.data(), storedShape(spec)))
  for (const [name, tensor] of optimizer.moments)
    tensors.set(momentsPrefix + name, storedFloat32(await tensor.data(), tensor.shape))
  for (const [name, values] of Object.entries(series))
    tensors.set(name, storedFloat32(values, [values.length]))
  const metadata = { progress: JSON.stringify(progress), optimizerSteps: String(optimizer.steps) }
  await writeSafetensors(path, { metadata, tensors })
}

export interface StoredTraining {
  /** What {@link writeTraining} was given; the caller checks it. */
  progress: unknown
  /** @throws Error with code ERR_PARASCAN_FORMAT if the file lacks it */
  series(name: string): Float32Array
  /** Puts weights and moments in place. @throws Error with code ERR_PARASCAN_FORMAT for one that is missing */
  restore(state: TrainingState): void
}

/**
 * What {@link writeTraining} wrote, or undefined where nothing was written yet.
 *
 * @throws Error with code ERR_PARASCAN_FORMAT for a damaged file, or another kind of file
 */
export async function readTraining(path: string): Promise<StoredTraining | undefined> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const fail = (what: string): never => {
    throw Object.assign(new Error(`${path} holds no training: ${what}`), { code: 'ERR_PARASCAN_FORMAT' })
  }
  const { metadata, tensors } = parseSafetensors(bytes, path)
  const steps = Number(metadata.optimizerSteps ?? fail('its metadata has no `optimizerSteps`'))
  const numbers = (name: string): Float32Array => toFloat32(tensors.get(name) ?? fail(`it lacks "${name}"`))
  return {
    progress: JSON.parse(metadata.progress ?? fail('its metadata has no `progress`')),
    series: numbers,
    restore({ parameters, optimizer }) {
      for (const [spec, tensor] of parameters.entries()) tensor.write(numbers(spec.name))
      optimizer.restore(steps, (name) => numbers(momentsPrefix + name))
    },
  }
}
