// Tokenizers: text to token ids and back, whole or as the tokens come. Every file has that of its bytes.

/** Where a stream stands, as plain JSON. */
export interface TextStreamState {
  /** Tokens already turned into text that the next ones are read with. */
  context: number[]
  /** Tokens that end within a character. */
  pending: number[]
}

/** Turns tokens into text as they come: never half a character. */
export interface TextStream {
  /** The text that the token completes, which may be none. */
  push(token: number): string
  /** What is left, with � for what never became a character. */
  end(): string
  readonly state: TextStreamState
}

export interface Tokenizer {
  /** Ids are in [0, vocabulary). */
  readonly vocabulary: number
  /** Whether the tokens are bytes, so that any file will do, of text or not. */
  readonly ofBytes: boolean
  /** The token that ends a text, where there is one. */
  readonly endOfText: number | undefined
  /** `special` adds the tokens that its own rules put around a text, such as one that begins it. */
  encode(text: string, options?: { special?: boolean }): Int32Array
  decode(tokens: ArrayLike<number>): string
  /** A stream from the start, or from where another one stood. */
  stream(from?: TextStreamState): TextStream
}

/** Ids of the byte tokenizer. */
export const byteVocabulary = 256

/** Every byte of the UTF-8 text is a token. */
export const byteTokenizer: Tokenizer = {
  vocabulary: byteVocabulary,
  ofBytes: true,
  endOfText: undefined,
  encode: (text) => Int32Array.from(new TextEncoder().encode(text)),
  decode: (tokens) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(tokens)),
  stream: ({ pending: held } = { context: [], pending: [] }) => {
    let pending = [...held]
    return {
      push(token) {
        pending.push(token)
        const whole = pending.length - incomplete(pending)
        const text = byteTokenizer.decode(pending.slice(0, whole))
        pending = pending.slice(whole)
        return text
      },
      end() {
        const text = byteTokenizer.decode(pending)
        pending = []
        return text
      },
      get state() {
        return { context: [], pending: [...pending] }
      },
    }
  },
}

/** The byte that ends a document among bytes: no text holds it. */
const endOfDocument = 0

/** Bytes as tokens of documents, which end with a byte that no text holds. */
export const documentBytes: Tokenizer = { ...byteTokenizer, endOfText: endOfDocument }

/** Bytes at the end that begin a character of UTF-8 and do not end it. */
function incomplete(bytes: readonly number[]): number {
  for (let count = 1; count <= Math.min(3, bytes.length); count++) {
    const byte = bytes[bytes.length - count] as number
    if (byte >= 0xc2 && byte < 0xf5) {
      const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
      return length > count ? count : 0
    }
    if (byte < 0x80 || byte > 0xbf) return 0 // only continuation bytes may stand between
  }
  return 0
}
