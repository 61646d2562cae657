// Draws the next token from logits: temperature, then the k likeliest, then the nucleus (Holtzman et al. 2020).

import type { Random } from '../tensor/random.ts'

export interface SamplingOptions {
  /** Divides the logits; 0 takes the likeliest token. 1 by default. */
  temperature?: number
  /** Only this many of the likeliest tokens are drawn from; all by default. */
  topK?: number
  /** Only the fewest likeliest tokens whose probabilities add up to this are drawn from; 1 by default. */
  topP?: number
}

/**
 * A token drawn from the distribution that the logits stand for.
 *
 * @throws RangeError for options out of range, and for logits of which none is finite.
 */
export function sample(logits: Float32Array, random: Random, options: SamplingOptions = {}): number {
  const { temperature = 1, topK = logits.length, topP = 1 } = options
  if (!(temperature >= 0 && temperature < Number.POSITIVE_INFINITY))
    throw new RangeError(`\`temperature\` must be a number from 0, got ${temperature}`)
  if (!Number.isInteger(topK) || topK < 1)
    throw new RangeError(`\`topK\` must be a whole number from 1, got ${topK}`)
  if (!(topP > 0 && topP <= 1)) throw new RangeError(`\`topP\` must be in (0, 1], got ${topP}`)

  const order = Array.from(logits.keys()).filter((token) => Number.isFinite(logits[token]))
  order.sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b)
  const [likeliest] = order
  if (likeliest === undefined) throw new RangeError('`logits` must hold a finite number, got none')
  if (temperature === 0) return likeliest

  const highest = logits[likeliest] as number
  const kept = order.slice(0, topK)
  const weights = kept.map((token) => Math.exp(((logits[token] as number) - highest) / temperature))
  const total = sumOf(weights)
  let nucleus = 0
  for (let mass = 0; nucleus < weights.length && mass < topP * total; nucleus++)
    mass += weights[nucleus] as number

  let remaining = random.uniform(0, sumOf(weights.slice(0, nucleus)))
  for (let i = 0; i < nucleus; i++) {
    remaining -= weights[i] as number
    if (remaining < 0) return kept[i] as number
  }
  return kept[nucleus - 1] as number // rounding may leave a remainder after the last
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)
