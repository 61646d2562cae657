// Files that hold several documents: cut at a separator, or one a line as JSON with its `text`.

import { inputError } from './input-error.ts'

/** `'jsonl'` for a JSON object with a string `text` on every line, else the text that separates documents. */
export type DocumentFormat = 'jsonl' | { separator: string }

/**
 * The documents of a file, none of them empty.
 *
 * @throws Error with code ERR_PARASCAN_INPUT naming the line that is no document
 */
export function cutDocuments(name: string, file: Uint8Array, format: DocumentFormat): Uint8Array[] {
  const documents =
    format === 'jsonl' ? linesOfJson(name, file) : separated(file, new TextEncoder().encode(format.separator))
  const cut = documents.filter((document) => document.length > 0)
  if (cut.length === 0) throw inputError(`${name} holds no document`)
  return cut
}

function separated(file: Uint8Array, separator: Uint8Array): Uint8Array[] {
  if (separator.length === 0) throw new RangeError('`documents.separator` must not be empty')
  const all = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  const documents: Uint8Array[] = []
  let start = 0
  for (let at = all.indexOf(separator); at >= 0; at = all.indexOf(separator, start)) {
    documents.push(file.subarray(start, at))
    start = at + separator.length
  }
  return [...documents, file.subarray(start)]
}

function linesOfJson(name: string, file: Uint8Array): Uint8Array[] {
  const encoder = new TextEncoder()
  return new TextDecoder()
    .decode(file)
    .split('\n')
    .map((line, i) =>
      line.trim() === '' ? new Uint8Array() : encoder.encode(textOf(line, `${name}:${i + 1}`)),
    )
}

function textOf(line: string, place: string): string {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw inputError(`${place} is not JSON`)
  }
  const text = typeof value === 'object' && value !== null && 'text' in value ? value.text : undefined
  if (typeof text !== 'string') throw inputError(`${place} has no string \`text\``)
  return text
}
