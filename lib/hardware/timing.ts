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
