// Rows of strings: what the batches of all tasks have in common.

import type { Random } from '../../tensor/random.ts'
import { type Batch, ignored } from '../batch.ts'
import type { StringsOptions } from './task.ts'

/** Lengths of the published experiments with parity and arithmetic (Grazzi et al. 2025, section 5.1). */
export const paperTestLengths = [40, 128, 256]

/** Which lengths a task has: `shortest`, and every `step` from there. */
export interface Lengths {
  shortest: number
  step: number
}

/** A length in [minimum, maximum], all with the same probability; the next below where the task has none there. */
export function drawLength({ minimum, maximum }: StringsOptions, lengths: Lengths, random: Random): number {
  const { shortest, step } = lengths
  const high = Math.floor((maximum - shortest) / step)
  const low = Math.min(high, Math.max(0, Math.ceil((minimum - shortest) / step)))
  return shortest + step * random.integer(low, high + 1)
}

/** Where the rows of a batch lie. */
export interface RowLayout {
  /** The shortest string of the task. */
  shortest: number
  padding: number
  /** Tokens before the first that counts for the length. */
  before?: number
  /** Whether the task can ask at every prefix. */
  prefixes: boolean
}

/** Refuses options that no string of a task can have. */
export function checkStrings(
  { count, minimum, maximum, asked }: StringsOptions,
  { shortest, prefixes }: Pick<RowLayout, 'shortest' | 'prefixes'>,
): void {
  for (const [name, value] of Object.entries({ count, minimum, maximum }))
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`\`${name}\` must be a whole number from 1, got ${value}`)
  if (maximum < Math.max(minimum, shortest))
    throw new RangeError(
      `\`maximum\` must be at least ${Math.max(minimum, shortest)}, ${
        minimum > shortest ? 'the minimum' : 'the shortest string of this task'
      }, got ${maximum}`,
    )
  if (asked === 'every' && !prefixes)
    throw new RangeError('`asked` must be left out: the prefixes of this task have no answers, got "every"')
}

/** A batch whose rows `write` fills: ids and targets, which begin as padding and `ignored`. */
export function stringBatch(
  options: StringsOptions,
  layout: RowLayout,
  write: (ids: Int32Array, targets: Int32Array) => void,
): Batch {
  checkStrings(options, layout)
  const { count, maximum } = options
  const { padding, before = 0 } = layout
  const width = maximum + before
  const ids = new Int32Array(count * width).fill(padding)
  const targets = new Int32Array(count * width).fill(ignored)
  for (let row = 0; row < count; row++)
    write(ids.subarray(row * width, (row + 1) * width), targets.subarray(row * width, (row + 1) * width))
  return { shape: [count, width], ids, targets }
}

/** The strings of a batch, each up to its last target that counts: where it ends. */
export function stringsOf({ shape, ids, targets }: Batch): { ids: Int32Array; targets: Int32Array }[] {
  const [count, width] = shape
  return Array.from({ length: count }, (_, row) => {
    const rowTargets = targets.subarray(row * width, (row + 1) * width)
    const end = 1 + rowTargets.findLastIndex((target) => target !== ignored)
    return { ids: ids.subarray(row * width, row * width + end), targets: rowTargets.subarray(0, end) }
  })
}

/** `tokens → answer`, of a string whose last token alone is asked. */
export const printQuestion = (tokens: string, targets: ArrayLike<number>): string =>
  `${tokens} → ${targets[targets.length - 1]}`

/** Targets that ask at the last token alone. */
export const lastOnly = (length: number, answer: number): number[] => [
  ...new Array<number>(length - 1).fill(ignored),
  answer,
]

/** Refuses a number in the name of a task. */
export function checkNumber(task: string, what: string, value: number, low: number, high: number): void {
  if (value >= low && value <= high) return
  throw new RangeError(`\`task\` must have ${what} from ${low} to ${high}, got ${value} in "${task}"`)
}
