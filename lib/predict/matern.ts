// The Matérn covariance of smoothness 5/2 with a length scale per group of columns (automatic relevance
// determination; Rasmussen & Williams 2006, equations 4.17 and 5.1).
//
//   x      (count, width)   points, row by row
//   ℓ      (groups)         length scales; a one-hot parameter is one group of several columns
//   z      (count, width)   x / ℓ, in which all distances are taken
//   r      √ Σ (z − z′)²
//   k      s² (1 + √5 r + 5/3 r²) exp(−√5 r)
//   slope  s² 5/3 (1 + √5 r) exp(−√5 r), which is −2 ∂k/∂r²

const root5 = Math.sqrt(5)

/** Points row by row in one array. */
export function flat(points: readonly (readonly number[])[], width: number): Float64Array {
  const values = new Float64Array(points.length * width)
  points.forEach((point, i) => {
    values.set(point, i * width)
  })
  return values
}

/** x / ℓ. */
export function scaled(x: Float64Array, groups: Int32Array, lengthScales: ArrayLike<number>): Float64Array {
  const width = groups.length
  const inverses = Float64Array.from(groups, (group) => 1 / (lengthScales[group] as number))
  return x.map((value, i) => value * (inverses[i % width] as number))
}

function squaredDistance(a: Float64Array, i: number, b: Float64Array, j: number, width: number): number {
  let sum = 0
  for (let c = 0; c < width; c++) {
    const difference = (a[i * width + c] as number) - (b[j * width + c] as number)
    sum += difference * difference
  }
  return sum
}

/** k of every point of `a` (rows) with every one of `b` (columns), both scaled. */
export function crossCovariance(
  a: Float64Array,
  b: Float64Array,
  width: number,
  signal: number,
): Float64Array {
  const [rows, columns] = [a.length / width, b.length / width]
  const k = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const t = root5 * Math.sqrt(squaredDistance(a, i, b, j, width))
      k[i * columns + j] = signal * (1 + t + (t * t) / 3) * Math.exp(-t)
    }
  return k
}

/** k and slope of all pairs of scaled points, both triangles. */
export function covariance(
  z: Float64Array,
  width: number,
  signal: number,
): { k: Float64Array; slope: Float64Array } {
  const count = z.length / width
  const k = new Float64Array(count * count)
  const slope = new Float64Array(count * count)
  for (let i = 0; i < count; i++)
    for (let j = i; j < count; j++) {
      const t = root5 * Math.sqrt(squaredDistance(z, i, z, j, width))
      const decay = signal * Math.exp(-t)
      const [upper, lower] = [i * count + j, j * count + i]
      k[upper] = k[lower] = (1 + t + (t * t) / 3) * decay
      slope[upper] = slope[lower] = (5 / 3) * (1 + t) * decay
    }
  return { k, slope }
}

/** ∂k/∂x of a scaled point with every one of `z`: (count, width). */
export function covarianceGradient(
  point: Float64Array,
  z: Float64Array,
  groups: Int32Array,
  lengthScales: ArrayLike<number>,
  signal: number,
): Float64Array {
  const width = groups.length
  const gradient = new Float64Array(z.length)
  for (let i = 0; i < z.length / width; i++) {
    const t = root5 * Math.sqrt(squaredDistance(point, 0, z, i, width))
    const slope = signal * (5 / 3) * (1 + t) * Math.exp(-t)
    for (let c = 0; c < width; c++) {
      const difference = (point[c] as number) - (z[i * width + c] as number)
      gradient[i * width + c] = (-slope * difference) / (lengthScales[groups[c] as number] as number)
    }
  }
  return gradient
}
