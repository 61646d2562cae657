// Repeated measurements in one number and its spread.

export interface Timing {
  /** Seconds. */
  median: number
  /** Tenth and ninetieth percentile, in seconds: how far single runs lie from the median. */
  low: number
  high: number
  runs: number
}

/** Median and spread of run times in seconds. @throws RangeError if there are none. */
export function summarise(seconds: ArrayLike<number>): Timing {
  if (seconds.length === 0) throw new RangeError('`seconds` must not be empty')
  const sorted = Float64Array.from(seconds).sort()
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.1),
    high: quantile(sorted, 0.9),
    runs: sorted.length,
  }
}

/** Linear between neighbours, as NumPy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1)
  const below = Math.floor(at)
  const low = sorted[below] as number
  return low + (at - below) * ((sorted[Math.min(below + 1, sorted.length - 1)] as number) - low)
}

/** Runs whose median counts as one: enough that a single lucky reading of the clock does not. */
const stretch = 5

/**
 * The least median of a few consecutive runs: the time of a run while nothing else was going on. Whatever else a core,
 * its cache or its other hyperthread is busy with only ever adds, by a third for minutes on a shared machine, but it
 * pauses for fractions of a millisecond. `seconds` are in the order of the runs.
 *
 * @throws RangeError if there are none
 */
export function undisturbed(seconds: ArrayLike<number>): number {
  if (seconds.length === 0) throw new RangeError('`seconds` must not be empty')
  const runs = Float64Array.from(seconds)
  let least = Number.POSITIVE_INFINITY
  for (let from = 0; from === 0 || from + stretch <= runs.length; from += stretch)
    least = Math.min(least, quantile(runs.slice(from, from + stretch).sort(), 0.5))
  return least
}
