// Documents as one row of tokens, of which windows are cut: what training and evaluation draw their batches from.

import { type Batch, ignored } from './batch.ts'
import type { Tokenizer } from './tokenizer.ts'

/** Documents one behind the other. */
export interface TokenStream {
  ids: Int32Array
  /** Where each document starts, and where the last ends. */
  starts: readonly number[]
  /** Of the text that the tokens stand for. */
  bytes: number
}

/** A whole text: one document, without a token for its end. */
export function streamOfText(text: Uint8Array, encode: (bytes: Uint8Array) => Int32Array): TokenStream {
  const ids = encode(text)
  return { ids, starts: [0, ids.length], bytes: text.length }
}

/** Documents, each followed by the token that ends a text where the tokenizer has one. */
export function streamOfDocuments(
  documents: readonly Uint8Array[],
  encode: (bytes: Uint8Array) => Int32Array,
  { endOfText }: Pick<Tokenizer, 'endOfText'>,
): TokenStream {
  const parts = documents.map(encode)
  const end = endOfText === undefined ? [] : [endOfText]
  const starts = [0]
  for (const part of parts) starts.push((starts.at(-1) as number) + part.length + end.length)
  const ids = new Int32Array(starts.at(-1) as number)
  for (const [i, part] of parts.entries()) {
    ids.set(part, starts[i])
    ids.set(end, (starts[i] as number) + part.length)
  }
  return { ids, starts, bytes: documents.reduce((sum, document) => sum + document.length, 0) }
}

/**
 * Windows of `tokens` tokens with the next tokens as targets. Of a lone document they are the rows of the batch; of
 * several they are packed one behind the other, cut where a document begins, and the last token of each has no target.
 */
export function windowsOf({ ids, starts }: TokenStream, windows: readonly number[], tokens: number): Batch {
  const size = windows.length * tokens
  const batch = { ids: new Int32Array(size), targets: new Int32Array(size) }
  const cuSeqlens = [0]
  for (const [row, start] of windows.entries()) {
    const at = row * tokens
    batch.ids.set(ids.subarray(start, start + tokens), at)
    batch.targets.set(ids.subarray(start + 1, start + tokens + 1), at)
    for (let next = firstAfter(starts, start); (starts[next] as number) <= start + tokens; next++) {
      const begin = (starts[next] as number) - start
      if (starts.length > 2) batch.targets[at + begin - 1] = ignored
      if (begin < tokens) cuSeqlens.push(at + begin)
    }
    cuSeqlens.push(at + tokens)
  }
  return starts.length > 2
    ? { ...batch, shape: [1, size], cuSeqlens }
    : { ...batch, shape: [windows.length, tokens] }
}

/** Index of the first start beyond `position`. */
function firstAfter(starts: readonly number[], position: number): number {
  let [low, high] = [0, starts.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((starts[middle] as number) > position) high = middle
    else low = middle + 1
  }
  return low
}
