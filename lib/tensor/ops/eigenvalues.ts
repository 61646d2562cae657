// The range that the eigenvalues of a state transition reach, an option of every scan and layer that has one.

/** The range that the eigenvalues of the state transition reach (Grazzi et al. 2025). */
export type Eigenvalues = '[0,1]' | '[-1,1]'

/** @throws RangeError unless `value` is one of the two ranges: it must never be ignored in silence. */
export function checkEigenvalues(value: string): Eigenvalues {
  if (value === '[0,1]' || value === '[-1,1]') return value
  throw new RangeError(`\`eigenvalues\` must be "[0,1]" or "[-1,1]", got "${value}"`)
}
