// The normal distribution, exact far into its tails, where acquisitions are decided.
//
//   φ, Φ   density and distribution
//   R(x)   Mills ratio Φ(−x) / φ(x), for x > 0
//   h(z)   φ(z) + z Φ(z), the integral of Φ up to z: what a standard normal is expected to fall short of z

const logRootTau = 0.5 * Math.log(2 * Math.PI)

const logDensity = (z: number): number => -0.5 * z * z - logRootTau

/** From here on down the continued fraction of R converges fast. */
const tail = -3

/** R(x) for x ≥ 3: 1 / (x + 1 / (x + 2 / (x + 3 / …))). */
function millsRatio(x: number): number {
  let rest = x
  for (let k = 40; k > 0; k--) rest = x + k / rest
  return 1 / rest
}

/** Φ(z). */
export function normalCdf(z: number): number {
  if (z < tail) return Math.exp(logDensity(z)) * millsRatio(-z)
  if (z > -tail) return 1 - normalCdf(-z)
  // ½ + φ(z) (z + z³/3 + z⁵/(3·5) + …)
  let [term, sum] = [z, z]
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (z * z) / k
    sum += term
  }
  return 0.5 + Math.exp(logDensity(z)) * sum
}

/** log Φ(z). */
export const logNormalCdf = (z: number): number =>
  z < tail ? logDensity(z) + Math.log(millsRatio(-z)) : Math.log(normalCdf(z))

/** log h(z) (Ament et al. 2023, "Unexpected improvements to expected improvement"). */
export function logExpectedShortfall(z: number): number {
  if (z >= tail) return Math.log(Math.exp(logDensity(z)) + z * normalCdf(z))
  // 1 − x R(x) cancels for large x; there it is 1/x² − 3/x⁴ + 15/x⁶ …
  const x = -z
  const share = x > 30 ? (1 - (3 - 15 / (x * x)) / (x * x)) / (x * x) : 1 - x * millsRatio(x)
  return logDensity(z) + Math.log(share)
}

/** log(eᵃ − eᵇ) for a ≥ b. */
export function logDifference(a: number, b: number): number {
  const gap = b - a
  return a + (gap > -0.7 ? Math.log(-Math.expm1(gap)) : Math.log1p(-Math.exp(gap)))
}

/** log Σ eˣ. */
export function logSum(values: ArrayLike<number>): number {
  let most = Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] as number)
  if (most === Number.NEGATIVE_INFINITY) return most
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += Math.exp((values[i] as number) - most)
  return most + Math.log(sum)
}
