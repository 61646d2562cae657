// A small tokenizer.json of the kind that most models have: byte-level BPE, with merges learned from a text.

/** The letters that stand for bytes in byte-level BPE: printable ones for themselves, the rest from U+0100 on. */
function byteLetters(): string[] {
  const printable = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255)
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++))
}

export const endOfText = '<|endoftext|>'

/** A tokenizer of 256 bytes, at most `merges` pairs, and the end of a text. */
export function bytePairs(text: string, merges: number): Record<string, unknown> {
  const letters = byteLetters()
  const words = Array.from(text.matchAll(/ ?[^\s]+|\s/g), ([word]) =>
    Array.from(new TextEncoder().encode(word), (byte) => letters[byte] as string),
  )
  const learned: [string, string][] = []
  while (learned.length < merges) {
    const counts = new Map<string, number>()
    for (const word of words)
      for (let i = 1; i < word.length; i++) {
        const pair = `${word[i - 1]} ${word[i]}`
        counts.set(pair, (counts.get(pair) ?? 0) + 1)
      }
    const [best] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    if (!best) break
    const [left, right] = best[0].split(' ') as [string, string]
    learned.push([left, right])
    for (const word of words)
      for (let i = 1; i < word.length; i++)
        if (word[i - 1] === left && word[i] === right) word.splice(i - 1, 2, left + right)
  }
  const tokens = [...letters, ...learned.map(([left, right]) => left + right)]
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
  return {
    version: '1.0',
    added_tokens: [{ id: tokens.length, content: endOfText, special: true }],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: learned.map((pair) => pair.join(' ')),
    },
  }
}
