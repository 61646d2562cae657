// Parity: whether a string of bits holds an odd number of ones, asked at its last bit (Grazzi et al. 2025, section 5.1).
// Tokens are 0 for padding, 1 and 2 for the bits; classes are 0 (even) and 1 (odd).

import type { Random } from '../tensor/random.ts'
import { type Batch, ignored, type StringsOptions } from './batch.ts'

const bitToken = 1

export const parityVocabulary = 3
export const parityClasses = 2

/** `count` strings of lengths uniform in [minimum, maximum], padded at the end to the longest possible. */
export function parityBatch(options: StringsOptions, random: Random): Batch {
  const { count, minimum, maximum, asked } = options
  const ids = new Int32Array(count * maximum)
  const targets = new Int32Array(count * maximum).fill(ignored)
  for (let row = 0; row < count; row++) {
    const length = random.integer(minimum, maximum + 1)
    let odd = 0
    for (let t = 0; t < length; t++) {
      const bit = random.integer(0, 2)
      odd ^= bit
      ids[row * maximum + t] = bitToken + bit
      const isAsked = asked === 'last' ? t === length - 1 : t >= minimum - 1
      if (isAsked) targets[row * maximum + t] = odd
    }
  }
  return { shape: [count, maximum], ids, targets }
}
