// How a model remembers its tokenizer: as notes in the metadata of its file, so that one file is all it takes.

import { type HuggingFaceTokenizer, tokenizerFrom } from './huggingface-tokenizer.ts'
import { byteTokenizer, documentBytes, type Tokenizer } from './tokenizer.ts'

/** What `saveModel` is given beside a model that reads with `tokenizer`. */
export function tokenizerNotes(tokenizer: Tokenizer): Record<string, string> {
  if ('json' in tokenizer) return { tokenizer: (tokenizer as HuggingFaceTokenizer).json }
  return tokenizer.endOfText === undefined ? {} : { tokenizer: documentsNote }
}

const documentsNote = 'bytes of documents'

/**
 * The tokenizer of a model, from the notes that `loadModelFile` gives: that of bytes where there are none. `path` is used
 * in messages.
 *
 * @throws Error with code ERR_PARASCAN_TOKENIZER if it cannot be used
 */
export async function tokenizerFromNotes(
  notes: Record<string, string>,
  path = 'the model',
): Promise<Tokenizer> {
  const { tokenizer } = notes
  if (tokenizer === undefined) return byteTokenizer
  return tokenizer === documentsNote ? documentBytes : tokenizerFrom(tokenizer, path)
}
