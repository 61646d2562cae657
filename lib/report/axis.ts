/** Chooses an axis for data: linear or logarithmic, with a little air around the points. */

/** Scale kind and domain of one axis. */
export interface AxisRange {
  readonly type: 'linear' | 'log'
  readonly domain: readonly [number, number]
  /** Where the ticks stand; the chart chooses where there are none. */
  readonly ticks?: readonly number[]
}

const air = 0.06

/**
 * Logarithmic from one decade on, since a linear axis would crush the small values into a corner; linear below,
 * where a logarithmic one has hardly a tick.
 */
export function axisRange(values: readonly number[]): AxisRange {
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0) return { type: 'linear', domain: [0, 1] }
  const low = finite.reduce((a, b) => Math.min(a, b))
  const high = finite.reduce((a, b) => Math.max(a, b))
  if (low > 0 && high >= 10 * low) {
    const stretch = (high / low) ** air
    return logAxis(low / stretch, high * stretch)
  }
  const range = high - low
  const spread = range > 1e-9 * Math.max(Math.abs(low), Math.abs(high)) // else it is rounding, not data
  const margin = spread ? range * air : Math.abs(high) * air || 1
  return { type: 'linear', domain: [low - margin, high + margin] }
}

/** Where a value lies on an axis, from 0 at the low end to 1 at the high end. */
export function axisFraction({ type, domain: [low, high] }: AxisRange, value: number): number {
  if (type === 'log') return Math.log(value / low) / Math.log(high / low)
  return (value - low) / (high - low)
}

/** A linear axis from the first to the last of ordered values such as steps, without air. */
export function sequenceAxis(values: readonly number[]): AxisRange {
  const first = values.reduce((a, b) => Math.min(a, b), Infinity)
  const last = values.reduce((a, b) => Math.max(a, b), -Infinity)
  return { type: 'linear', domain: first < last ? [first, last] : axisRange(values).domain }
}

/** A logarithmic axis, ticked at 1, 2 and 5 of each decade, at the decades alone where there are more than three. */
export function logAxis(low: number, high: number): AxisRange {
  const first = Math.floor(Math.log10(low))
  const last = Math.ceil(Math.log10(high))
  const steps = last - first > 4 ? [1] : [1, 2, 5]
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => first + index)
    .flatMap((exponent) => steps.map((step) => Number(`${step}e${exponent}`)))
    .filter((tick) => tick >= low && tick <= high)
  return { type: 'log', domain: [low, high], ticks }
}
