// Minimisation of a smooth function of a few dozen bounded variables: limited-memory BFGS (Nocedal 1980) on the
// variables that no bound holds, steps projected onto the bounds (Bertsekas 1982).

/** The value at `x`; fills `gradient`. A value that is not finite is a step too far. */
export type Differentiable = (x: Float64Array, gradient: Float64Array) => number

export interface MinimiseOptions {
  readonly lower: ArrayLike<number>
  readonly upper: ArrayLike<number>
  /** Steps at most; 50 by default. */
  readonly iterations?: number
  /** Stops when a step gains less than this share of the value (of 1, where that is more); 1e-7 by default. */
  readonly tolerance?: number
}

interface Pair {
  readonly step: Float64Array
  readonly change: Float64Array
  readonly curvature: number
}

const remembered = 10
/** Of the decrease that the gradient promises, what a step must keep. */
const sufficient = 1e-4

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

function addScaled(a: Float64Array, b: Float64Array, scale: number): void {
  for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) + scale * (b[i] as number)
}

/** Minus the inverse Hessian of the pairs times `gradient`, by the two loops. */
function direction(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const result = gradient.map((value) => -value)
  const shares = pairs.map(() => 0)
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change, curvature } = pairs[i] as Pair
    const share = dot(step, result) / curvature
    shares[i] = share
    addScaled(result, change, -share)
  }
  const last = pairs.at(-1)
  if (last) {
    const scale = last.curvature / dot(last.change, last.change)
    for (let i = 0; i < result.length; i++) result[i] = (result[i] as number) * scale
  }
  pairs.forEach(({ step, change, curvature }, i) => {
    addScaled(result, step, (shares[i] as number) - dot(change, result) / curvature)
  })
  return result
}

/** A point from which no step within the bounds leads further down, or the best that the iterations reach. */
export function minimise(
  value: Differentiable,
  start: ArrayLike<number>,
  { lower, upper, iterations = 50, tolerance = 1e-7 }: MinimiseOptions,
): { x: Float64Array; value: number } {
  const inside = (number: number, i: number) =>
    Math.min(Math.max(number, lower[i] as number), upper[i] as number)
  let x = Float64Array.from(start).map(inside)
  let gradient = new Float64Array(x.length)
  let best = value(x, gradient)
  let pairs: Pair[] = []
  for (let iteration = 0; iteration < iterations; iteration++) {
    // Variables that the gradient presses against their bound stay there.
    const free = x.map((at, i) => {
      const slope = gradient[i] as number
      return (slope > 0 && at <= (lower[i] as number)) || (slope < 0 && at >= (upper[i] as number)) ? 0 : 1
    })
    const slope = gradient.map((g, i) => g * (free[i] as number))
    const length = Math.sqrt(dot(slope, slope))
    if (!(length > 0)) break
    let towards = direction(slope, pairs).map((d, i) => d * (free[i] as number))
    if (!(dot(towards, slope) < 0)) {
      towards = slope.map((g) => -g)
      pairs = []
    }
    let scale = pairs.length === 0 ? Math.min(1, 1 / length) : 1
    let next: { x: Float64Array<ArrayBuffer>; gradient: Float64Array<ArrayBuffer>; value: number } | undefined
    for (let tries = 0; tries < 20 && !next; tries++, scale /= 2.5) {
      const at = x.map((number, i) => inside(number + scale * (towards[i] as number), i))
      const there = new Float64Array(x.length)
      const reached = value(at, there)
      const promised = at.reduce(
        (sum, number, i) => sum + (slope[i] as number) * (number - (x[i] as number)),
        0,
      )
      if (reached <= best + sufficient * promised) next = { x: at, gradient: there, value: reached }
    }
    if (!next) break
    const step = next.x.map((number, i) => number - (x[i] as number))
    const change = next.gradient.map((number, i) => number - (gradient[i] as number))
    const curvature = dot(step, change)
    if (curvature > 1e-10 * dot(change, change))
      pairs = [...pairs, { step, change, curvature }].slice(-remembered)
    const gain = best - next.value
    ;({ x, gradient, value: best } = next)
    if (gain <= tolerance * Math.max(1, Math.abs(best))) break
  }
  return { x, value: best }
}
