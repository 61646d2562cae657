// Seeded random numbers on the JavaScript side: a cursor over the sequence that `uniform` of the engine fills
// tensors with, so that the same seed gives the same numbers here and there.

import { type Block, philox } from './philox.ts'

/** Where a `Random` stands, as plain JSON. */
export interface RandomState {
  /** Decimal digits: 64 bits do not fit a JSON number. */
  readonly seed: string
  /** Words drawn so far. */
  readonly position: number
}

const words64 = (value: bigint): [number, number] => [
  Number(value & 0xffffffffn),
  Number((value >> 32n) & 0xffffffffn),
]

/** FNV-1a of the UTF-16 code units, 64 bits: labels only have to differ, Philox does the mixing. */
function labelHash(label: string): bigint {
  let hash = 0xcbf29ce484222325n
  for (let i = 0; i < label.length; i++)
    hash = ((hash ^ BigInt(label.charCodeAt(i))) * 0x100000001b3n) & 0xffffffffffffffffn
  return hash
}

/**
 * A seeded sequence of random numbers (Philox4x32-10, Salmon et al. 2011). Word i of the sequence is word i % 4 of
 * block i / 4 at offset 0: a pure function of the seed and of i.
 */
export class Random {
  readonly seed: bigint
  private position_ = 0
  private readonly key_: readonly [number, number]
  private block_: Block = [0, 0, 0, 0]
  private blockIndex_ = -1

  /**
   * @param seed whole number; of a bigint the lower 64 bits count
   * @throws TypeError, RangeError when `seed` is no safe whole number from 0 on
   */
  constructor(seed: number | bigint) {
    if (typeof seed === 'number' && !(Number.isSafeInteger(seed) && seed >= 0))
      throw new RangeError(`\`seed\` must be a whole number from 0 to 2^53 - 1, got ${seed}`)
    if (typeof seed !== 'number' && typeof seed !== 'bigint')
      throw new TypeError(`\`seed\` must be a number or a bigint, got ${typeof seed}`)
    this.seed = BigInt.asUintN(64, BigInt(seed))
    this.key_ = words64(this.seed)
  }

  /** Goes on from where `state` was taken. */
  static fromState(state: RandomState): Random {
    if (!/^\d{1,20}$/.test(state.seed))
      throw new RangeError(`\`state.seed\` must be decimal digits, got "${state.seed}"`)
    if (!Number.isSafeInteger(state.position) || state.position < 0)
      throw new RangeError(`\`state.position\` must be a whole number from 0 on, got ${state.position}`)
    const random = new Random(BigInt(state.seed))
    random.position_ = state.position
    return random
  }

  /** What {@link Random.fromState} needs. */
  get state(): RandomState {
    return { seed: this.seed.toString(), position: this.position_ }
  }

  /** The next 32 random bits. */
  private word(): number {
    const index = Math.floor(this.position_ / 4)
    if (index !== this.blockIndex_) {
      this.block_ = philox([index >>> 0, Math.floor(index / 0x100000000), 0, 0], this.key_)
      this.blockIndex_ = index
    }
    return this.block_[this.position_++ % 4] as number
  }

  /** A number in [low, high), with 24 random bits. */
  uniform(low = 0, high = 1): number {
    const value = low + (this.word() >>> 8) * 2 ** -24 * (high - low)
    return value < high ? value : low // rounding of a narrow interval may reach `high`
  }

  /**
   * A whole number in [low, high), every one with the same probability.
   *
   * @throws RangeError when the interval is empty, or wider than 2^53
   */
  integer(low: number, high: number): number {
    const count = high - low
    if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || count < 1)
      throw new RangeError(
        `\`low\` and \`high\` must be whole numbers with low < high, got ${low} and ${high}`,
      )
    if (!Number.isSafeInteger(count)) throw new RangeError(`\`high - low\` must be below 2^53, got ${count}`)
    // What lies past the last whole multiple of `count` is drawn again, or small numbers would be likelier.
    const wide = count > 0x100000000
    const total = wide ? 2 ** 53 : 0x100000000
    const limit = total - (total % count)
    for (;;) {
      const bits = wide ? (this.word() >>> 11) * 0x100000000 + this.word() : this.word()
      if (bits < limit) return low + (bits % count)
    }
  }

  /** A normal number (Box & Muller 1958), from two words. */
  normal(mean = 0, deviation = 1): number {
    const u = (this.word() + 0.5) * 2 ** -32
    const angle = 2 * Math.PI * this.uniform()
    return mean + deviation * Math.sqrt(-2 * Math.log(u)) * Math.cos(angle)
  }

  /** One of `items`. */
  choice<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new RangeError('`items` must not be empty')
    return items[this.integer(0, items.length)] as Item
  }

  /** A copy of `items` in random order (Fisher & Yates). */
  shuffle<Item>(items: readonly Item[]): Item[] {
    const order = [...items]
    for (let i = order.length - 1; i > 0; i--) {
      const j = this.integer(0, i + 1)
      const item = order[i] as Item
      order[i] = order[j] as Item
      order[j] = item
    }
    return order
  }

  /**
   * An independent sequence. The same seed and label give the same one whatever was drawn before, so adding draws to
   * one part of a program leaves the others as they were.
   */
  fork(label: string): Random {
    const [low, high] = words64(labelHash(label))
    // The last counter word keeps these blocks apart from those of the sequence itself, whose offset is 0.
    const block = philox([low, high, 0, 0xffffffff], this.key_)
    return new Random((BigInt(block[1]) << 32n) | BigInt(block[0]))
  }
}
