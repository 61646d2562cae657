// How well one order of things foretells another.
//
//   n0      pairs
//   n1, n2  pairs tied in x, in y
//   n3      pairs tied in both
//   swaps   discordant pairs: what it takes to sort y after x (Knight 1966)

const pairs = (count: number): number => (count * (count - 1)) / 2

/** Pairs with equal values among `values`, in which equal ones stand together. */
function tiedPairs(count: number, equal: (i: number, j: number) => boolean): number {
  let ties = 0
  for (let begin = 0, end = 0; begin < count; begin = end) {
    while (end < count && equal(begin, end)) end++
    ties += pairs(end - begin)
  }
  return ties
}

/** Sorts `values` in place and counts the exchanges of neighbours that takes. */
function sortCountingSwaps(values: Float64Array): number {
  const merged = new Float64Array(values.length)
  let swaps = 0
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length)
      const end = Math.min(start + 2 * width, values.length)
      let left = start
      let right = middle
      for (let i = start; i < end; i++) {
        const fromRight =
          right < end && (left === middle || (values[right] as number) < (values[left] as number))
        if (fromRight) swaps += middle - left
        merged[i] = values[fromRight ? right++ : left++] as number
      }
    }
    values.set(merged)
  }
  return swaps
}

/**
 * Kendall's tau-b (Kendall 1945) in [-1, 1]: the share of pairs in the same order less that of pairs in opposite order,
 * corrected for ties. O(n log n), after Knight 1966.
 *
 * @returns NaN where x or y has no two different values, since then there is no order to compare
 * @throws RangeError when `x` and `y` have different lengths or hold NaN
 */
export function kendallTau(x: readonly number[], y: readonly number[]): number {
  if (x.length !== y.length)
    throw new RangeError(`\`x\` and \`y\` must have the same length, got ${x.length} and ${y.length}`)
  for (const [name, values] of Object.entries({ x, y }))
    if (values.some(Number.isNaN)) throw new RangeError(`\`${name}\` must not hold NaN`)
  const order = x.map((_, i) => i)
  const xs = (i: number) => x[order[i] as number] as number
  const ys = (i: number) => y[order[i] as number] as number
  order.sort((a, b) => (x[a] as number) - (x[b] as number) || (y[a] as number) - (y[b] as number))
  const n0 = pairs(x.length)
  const n1 = tiedPairs(x.length, (i, j) => xs(i) === xs(j))
  const n3 = tiedPairs(x.length, (i, j) => xs(i) === xs(j) && ys(i) === ys(j))
  const sorted = Float64Array.from(order, (i) => y[i] as number)
  const swaps = sortCountingSwaps(sorted)
  const n2 = tiedPairs(x.length, (i, j) => sorted[i] === sorted[j])
  if (n1 === n0 || n2 === n0) return Number.NaN
  const tau = (n0 - n1 - n2 + n3 - 2 * swaps) / Math.sqrt(n0 - n1) / Math.sqrt(n0 - n2)
  return Math.min(Math.max(tau, -1), 1) // the square roots round
}
