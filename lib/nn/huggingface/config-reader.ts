// Reads a config.json key by key. Every key is either understood, or known to change nothing that a model computes, or
// refused by its name; what is wrong is gathered, so that all of it can be told at once.

/** Keys that every model of transformers may have, and that training or generation alone look at. */
const harmless = [
  ...[
    '_attn_implementation_autoset',
    '_commit_hash',
    '_name_or_path',
    'architectures',
    'auto_map',
    'model_type',
  ],
  ...[
    'dtype',
    'torch_dtype',
    'transformers_version',
    'use_cache',
    'initializer_range',
    'rescale_prenorm_residual',
  ],
  ...['bos_token_id', 'eos_token_id', 'pad_token_id', 'max_position_embeddings', 'residual_in_fp32'],
  ...['output_attentions', 'output_hidden_states', 'return_dict', 'use_return_dict', 'torchscript'],
]

export class ConfigReader {
  readonly problems: string[] = []
  readonly #values: Readonly<Record<string, unknown>>
  readonly #known = new Set(harmless)

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values
  }

  /** Keys that change nothing that is computed. */
  ignore(...keys: readonly string[]): void {
    for (const key of keys) this.#known.add(key)
  }

  /** Refuses a key's value with the reason. */
  refuse(key: string, why: string): void {
    this.problems.push(`\`${key}\` is ${shown(this.#values[key])}: ${why}`)
  }

  /** The value of a key, or of the first that is there of several names that it has had; null counts as absent. */
  value(keys: string | readonly string[]): unknown {
    const names = typeof keys === 'string' ? [keys] : keys
    this.ignore(...names)
    const [first, ...others] = names.filter((key) => (this.#values[key] ?? null) !== null)
    if (first === undefined) return undefined
    for (const other of others)
      if (!same(this.#values[other], this.#values[first]))
        this.refuse(other, `\`${first}\`, another name of it, is ${shown(this.#values[first])}`)
    return this.#values[first]
  }

  /** A whole number from 1. Without a fallback the key has to be there. */
  count(keys: string | readonly string[], fallback?: number): number {
    return this.#number(
      keys,
      fallback,
      'a whole number from 1',
      (value) => Number.isInteger(value) && value >= 1,
    )
  }

  /** A number above 0. */
  positive(keys: string | readonly string[], fallback?: number): number {
    return this.#number(keys, fallback, 'a number above 0', (value) => value > 0 && Number.isFinite(value))
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.value(key) ?? fallback
    if (typeof value === 'boolean') return value
    this.problems.push(`\`${key}\` must be true or false, got ${shown(value)}`)
    return fallback
  }

  /** Refuses every value of a key but these; it may be absent. */
  require(keys: string | readonly string[], accepted: readonly unknown[], why: string): void {
    const value = this.value(keys)
    if (value === undefined || accepted.some((other) => same(value, other))) return
    const key = typeof keys === 'string' ? keys : keys.find((name) => (this.#values[name] ?? null) !== null)
    this.refuse(key as string, why)
  }

  /** A product that has to be a whole number, such as a width times an expansion. */
  whole(name: string, value: number): number {
    const rounded = Math.round(value)
    if (rounded >= 1 && Math.abs(value - rounded) <= 1e-5 * rounded) return rounded
    this.problems.push(`${name} must be a whole number, got ${value}`)
    return 1
  }

  /** The width of a head where all heads together are `hidden_size` times the key wide. */
  headWidth(key: string, hidden: number, heads: number, fallback: number): number {
    const width = (hidden * this.positive(key, fallback)) / heads
    return this.whole(`\`hidden_size\` times \`${key}\` by \`num_heads\``, width)
  }

  /** Everything that is wrong, keys that nobody asked for included. */
  finish(): string[] {
    const unknown = Object.keys(this.#values).filter((key) => !this.#known.has(key))
    if (unknown.length === 0) return this.problems
    const keys = unknown.map((key) => `\`${key}\``).join(', ')
    return [...this.problems, `nothing here knows ${keys}; remove what changes nothing the model computes`]
  }

  #number(
    keys: string | readonly string[],
    fallback: number | undefined,
    expected: string,
    fits: (value: number) => boolean,
  ): number {
    const name = typeof keys === 'string' ? keys : keys[0]
    const value = this.value(keys) ?? fallback
    if (typeof value === 'number' && fits(value)) return value
    this.problems.push(
      value === undefined ? `\`${name}\` is missing` : `\`${name}\` must be ${expected}, got ${shown(value)}`,
    )
    return 1
  }
}

const shown = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (part === Infinity ? 'Infinity' : part))
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** JSON as Python writes it: with Infinity and NaN as they are, or as `{"__float__": "Infinity"}`. */
export function parsePythonJson(text: string): unknown {
  const standard = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (part) =>
    part.startsWith('"') ? part : `{"__float__":"${part}"}`,
  )
  return JSON.parse(standard, (_, value) => {
    const isFloat = typeof value === 'object' && value !== null && Object.keys(value).join() === '__float__'
    return isFloat ? Number(value.__float__) : value
  })
}
