/** Chooses an axis for data: linear or logarithmic, with a little air around the points. */

/** Scale kind and domain of one axis. */
export interface AxisRange {
  readonly type: 'linear' | 'log'
  readonly domain: readonly [number, number]
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
    return { type: 'log', domain: [low / stretch, high * stretch] }
  }
  const range = high - low
  const margin = range > 0 ? range * air : Math.abs(high) * air || 1
  return { type: 'linear', domain: [low - margin, high + margin] }
}
