// Text files as bytes: every file has this tokenizer, whatever its encoding. The last part of the file is kept for
// validation; training draws windows from the rest.

import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { Random } from '../tensor/random.ts'
import type { Batch, Dataset } from './batch.ts'
import { byteVocabulary } from './tokenizer.ts'

export interface TextOptions {
  batch: number
  /** Tokens of a window. */
  tokens: number
  seed: number
  /** Share of the file, at its end, that validation takes. */
  validationShare?: number
  /** Windows that validation measures at most. */
  validationWindows?: number
}

/**
 * Reads a text file for next-byte prediction.
 *
 * @throws Error with code ERR_PARASCAN_INPUT if there is no such file, it is a folder, empty, or too short for one window.
 */
export async function readText(
  path: string,
  options: TextOptions,
): Promise<Dataset & { bytes: number; sha256: string }> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw inputError(
      error.code === 'ENOENT' ? `${path} does not exist` : `${path} cannot be read: ${error.code}`,
    )
  })
  if (!info.isFile()) throw inputError(`${path} is not a file`)
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw inputError(`${path} cannot be read: ${error.code}`)
  })
  if (bytes.length === 0) throw inputError(`${path} is empty`)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { ...textDataset(path, bytes, options), bytes: bytes.length, sha256 }
}

function inputError(text: string): Error {
  return Object.assign(new Error(text), { code: 'ERR_PARASCAN_INPUT' })
}

/** As {@link readText}, from memory. */
export function textDataset(name: string, bytes: Uint8Array, options: TextOptions): Dataset {
  const { batch, tokens, seed, validationShare = 0.1, validationWindows = 64 } = options
  const window = tokens + 1
  const validationBytes = Math.max(window, Math.floor(bytes.length * validationShare))
  const trainBytes = bytes.length - validationBytes
  if (trainBytes < window)
    throw inputError(
      `${name} has ${bytes.length} bytes; windows of ${tokens} tokens need at least ${2 * window}`,
    )

  const windows = (starts: readonly number[]): Batch => {
    const ids = new Int32Array(starts.length * tokens)
    const targets = new Int32Array(starts.length * tokens)
    starts.forEach((start, row) => {
      ids.set(bytes.subarray(start, start + tokens), row * tokens)
      targets.set(bytes.subarray(start + 1, start + window), row * tokens)
    })
    return { shape: [starts.length, tokens], ids, targets }
  }
  const random = new Random(seed).fork('text')
  return {
    name,
    vocabulary: byteVocabulary,
    classes: byteVocabulary,
    train: (step) => {
      const draw = random.fork(String(step))
      return windows(Array.from({ length: batch }, () => draw.integer(0, trainBytes - window + 1)))
    },
    validation: validationBatches(trainBytes, validationBytes, window, validationWindows, batch).map(windows),
  }
}

/** Evenly spread windows over the validation part, in batches. */
function validationBatches(
  start: number,
  length: number,
  window: number,
  most: number,
  batch: number,
): number[][] {
  const count = Math.max(1, Math.min(most, Math.floor(length / window)))
  const spacing = count === 1 ? 0 : (length - window) / (count - 1)
  const starts = Array.from({ length: count }, (_, i) => start + Math.floor(i * spacing))
  const batches: number[][] = []
  for (let i = 0; i < starts.length; i += batch) batches.push(starts.slice(i, i + batch))
  return batches
}
