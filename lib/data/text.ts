// Text files as batches: the last part of a file is kept for validation; training draws windows from the rest.

import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { Random } from '../tensor/random.ts'
import type { Batch, Dataset } from './batch.ts'
import { cutDocuments, type DocumentFormat } from './documents.ts'
import { inputError } from './input-error.ts'
import { streamOfDocuments, streamOfText, type TokenStream, windowsOf } from './token-stream.ts'
import { byteTokenizer, documentBytes, type Tokenizer } from './tokenizer.ts'

export interface TextOptions {
  batch: number
  /** Tokens of a window. */
  tokens: number
  seed: number
  /** The bytes themselves by default; another one needs a file of UTF-8. */
  tokenizer?: Tokenizer | undefined
  /**
   * How the file is cut into documents that do not see each other: their windows are packed (`cuSeqlens`). By default
   * all of it is one text.
   */
  documents?: DocumentFormat | undefined
  /** Share of the file, at its end, that validation takes. */
  validationShare?: number
  /** Windows that validation measures at most. */
  validationWindows?: number
}

export interface TextDataset extends Dataset {
  /** What a validation token stands for on average: loss / (ln 2 · bytesPerToken) are bits per byte. */
  bytesPerToken: number
  tokenizer: Tokenizer
}

/**
 * Reads a text file for next-token prediction.
 *
 * @throws Error with code ERR_PARASCAN_INPUT if there is no such file, it is a folder, empty, too short for one window, or
 * not what the options say
 */
export async function readText(
  path: string,
  options: TextOptions,
): Promise<TextDataset & { bytes: number; sha256: string }> {
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

/** As {@link readText}, from memory. */
export function textDataset(name: string, bytes: Uint8Array, options: TextOptions): TextDataset {
  const { batch, tokens, seed, documents, validationWindows = 64 } = options
  const tokenizer = options.tokenizer ?? (documents ? documentBytes : byteTokenizer)
  const window = tokens + 1
  const [training, validation] = streamsOf(name, bytes, tokenizer, options)
  const short = [training, validation].some(({ ids }) => ids.length < window)
  if (short) {
    const [count, unit] = tokenizer.ofBytes
      ? [bytes.length, 'bytes']
      : [training.ids.length + validation.ids.length, 'tokens']
    throw inputError(`${name} has ${count} ${unit}; windows of ${tokens} tokens need at least ${2 * window}`)
  }
  const random = new Random(seed).fork('text')
  return {
    name,
    tokenizer,
    vocabulary: tokenizer.vocabulary,
    classes: tokenizer.vocabulary,
    train: (step) => {
      const draw = random.fork(String(step))
      const starts = Array.from({ length: batch }, () => draw.integer(0, training.ids.length - window + 1))
      return windowsOf(training, starts, tokens)
    },
    validation: validationBatches(validation, window, validationWindows, batch),
    bytesPerToken: validation.bytes / validation.ids.length,
  }
}

/** The part for training, and that for validation. */
function streamsOf(
  name: string,
  file: Uint8Array,
  tokenizer: Tokenizer,
  { documents, tokens, validationShare = 0.1 }: TextOptions,
): [TokenStream, TokenStream] {
  const encode = encoderOf(name, tokenizer)
  if (!documents) {
    const wanted = Math.floor(file.length * validationShare)
    const most = tokenizer.ofBytes ? Math.max(tokens + 1, wanted) : wanted
    const cut = Math.max(0, file.length - most)
    const at = tokenizer.ofBytes ? cut : lineStart(file, cut)
    return [streamOfText(file.subarray(0, at), encode), streamOfText(file.subarray(at), encode)]
  }
  const cut = cutDocuments(name, file, documents)
  const total = cut.reduce((sum, document) => sum + document.length, 0)
  let [first, kept] = [cut.length, 0]
  while (first > 1 && kept < total * validationShare) kept += cut[--first]?.length ?? 0
  const part = (of: Uint8Array[]): TokenStream => streamOfDocuments(of, encode, tokenizer)
  return [part(cut.slice(0, first)), part(cut.slice(first))]
}

/** Tokens of bytes; those of UTF-8 alone where the tokenizer is not that of bytes. */
function encoderOf(name: string, tokenizer: Tokenizer): (bytes: Uint8Array) => Int32Array {
  if (tokenizer.ofBytes) return (bytes) => Int32Array.from(bytes)
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return (bytes) => {
    let text: string
    try {
      text = decoder.decode(bytes)
    } catch {
      throw inputError(`${name} is not UTF-8, which a tokenizer needs`)
    }
    return tokenizer.encode(text)
  }
}

/** The start of the line that holds position `at`, or of the character where there is one line. */
function lineStart(bytes: Uint8Array, at: number): number {
  const line = bytes.lastIndexOf(0x0a, at - 1) + 1
  if (line > 0) return line
  let start = at
  while (start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--
  return start
}

/** Evenly spread windows, in batches. */
function validationBatches(stream: TokenStream, window: number, most: number, batch: number): Batch[] {
  const { length } = stream.ids
  const count = Math.max(1, Math.min(most, Math.floor(length / window)))
  const spacing = count === 1 ? 0 : (length - window) / (count - 1)
  const starts = Array.from({ length: count }, (_, i) => Math.floor(i * spacing))
  const batches: Batch[] = []
  for (let i = 0; i < starts.length; i += batch)
    batches.push(windowsOf(stream, starts.slice(i, i + batch), window - 1))
  return batches
}
