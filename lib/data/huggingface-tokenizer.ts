// Tokenizers of Hugging Face models: a `tokenizer.json`, read by their own library, which is loaded when it is needed.

import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { TextStreamState, Tokenizer } from './tokenizer.ts'

/** A tokenizer that a model can keep: all of it as JSON. */
export interface HuggingFaceTokenizer extends Tokenizer {
  readonly json: string
}

/** What is used of the library, whose own types this compiler does not find. */
interface Reader {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: (number | undefined)[] }
  decode(ids: number[]): string
  id_to_token(id: number): string | undefined
  token_to_id(token: string): number | undefined
  get_vocab(): Map<string, number>
}

const tokenName = z.union([z.string(), z.object({ content: z.string() })]).nullish()
const configSchema = z.object({ eos_token: tokenName })
/** What `json` holds. */
const keptSchema = z.object({
  tokenizer: z.record(z.string(), z.unknown()),
  endOfText: z.string().nullable(),
})

/** The end of a text, by the names it has where no `tokenizer_config.json` says which one it is. */
const namesOfTheEnd = ['<|endoftext|>', '<|end_of_text|>', '</s>', '<eos>', '<|im_end|>']

/** Tokens that are no whole character together are turned into text all the same when they are more than this. */
const longestCharacter = 8

/**
 * Reads a `tokenizer.json`. The token that ends a text is the `eos_token` of a `tokenizer_config.json` beside it, or a
 * token of a usual name. Nothing is downloaded.
 *
 * @throws Error with code ERR_PARASCAN_TOKENIZER for a file that is no tokenizer, or one of a kind that is not read
 */
export async function loadTokenizer(path: string): Promise<HuggingFaceTokenizer> {
  const tokenizer = JSON.parse(await readJson(path))
  const beside = join(dirname(path), 'tokenizer_config.json')
  const config = await readFile(beside, 'utf8').catch(() => '{}')
  const { data } = configSchema.safeParse(JSON.parse(config))
  const named = typeof data?.eos_token === 'string' ? data.eos_token : data?.eos_token?.content
  const added: { content?: string }[] = Array.isArray(tokenizer.added_tokens) ? tokenizer.added_tokens : []
  const usual = namesOfTheEnd.find((name) => added.some(({ content }) => content === name))
  return tokenizerFrom(JSON.stringify({ tokenizer, endOfText: named ?? usual ?? null }), path)
}

async function readJson(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw Object.assign(error, { path })
  })
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && 'model' in value) return text
  } catch {
    // told of below
  }
  throw tokenizerError(path, 'it is not a tokenizer.json')
}

/** The tokenizer of a model, from its `json`; `path` is used in messages. */
export async function tokenizerFrom(json: string, path: string): Promise<HuggingFaceTokenizer> {
  const { Tokenizer: Implementation } = await import('@huggingface/tokenizers')
  const { tokenizer: description, endOfText: end } = keptSchema.parse(JSON.parse(json))
  let reader: Reader
  try {
    // Parts that a file leaves out are null for the library.
    const parts = {
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      added_tokens: [],
    }
    reader = new Implementation({ ...parts, ...description }, { clean_up_tokenization_spaces: false })
  } catch (error) {
    throw tokenizerError(path, (error as Error).message)
  }
  const vocabulary = 1 + Array.from(reader.get_vocab().values()).reduce((most, id) => Math.max(most, id), -1)
  const decode = (tokens: ArrayLike<number>): string => {
    // Embeddings are often wider than the vocabulary.
    const known = Array.from(tokens).filter((token) => reader.id_to_token(token) !== undefined)
    return known.length === 0 ? '' : reader.decode(known)
  }
  return {
    json,
    vocabulary,
    ofBytes: false,
    endOfText: end === null ? undefined : reader.token_to_id(end),
    encode(text, { special = false } = {}) {
      const { ids } = reader.encode(text, { add_special_tokens: special })
      if (ids.some((id) => id === undefined))
        throw tokenizerError(path, 'it has no token for a part of the text')
      return Int32Array.from(ids as number[])
    },
    decode,
    stream: (from) => textStream(decode, from),
  }
}

/**
 * Decodes the new tokens together with those just before, since what a token stands for depends on its neighbours, and
 * takes what they add once it ends with a whole character.
 */
function textStream(decode: Tokenizer['decode'], from: TextStreamState = { context: [], pending: [] }) {
  let context = [...from.context]
  let pending = [...from.pending]
  const take = (text: string): string => {
    if (pending.length > 0) context = pending
    pending = []
    return text
  }
  const added = (): string => decode([...context, ...pending]).slice(decode(context).length)
  return {
    push(token: number): string {
      pending.push(token)
      const text = added()
      return (text !== '' && !text.endsWith('\ufffd')) || pending.length > longestCharacter ? take(text) : ''
    },
    end: (): string => take(added()),
    get state(): TextStreamState {
      return { context: [...context], pending: [...pending] }
    },
  }
}

function tokenizerError(path: string, what: string): Error {
  return Object.assign(new Error(`${path} cannot be used as a tokenizer: ${what}`), {
    code: 'ERR_PARASCAN_TOKENIZER',
  })
}
