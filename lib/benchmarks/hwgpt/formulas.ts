// What follows exactly from an architecture. The profiled networks have an MLP of three matrices and a head of their
// own; the formulas equal what was counted on all 30 000 of them.
//
//   E, n    width and layers
//   Σh, Σm  sums of heads and of MLP ratios over the layers

import type { HwGptArchitecture } from './architecture.ts'
import type { HwGptScale } from './scale.ts'
import { scaleFacts } from './scale.ts'

const vocabulary = 50254
const tokens = 1024

export function sums({ heads, mlpRatio, layers }: HwGptArchitecture): { heads: number; mlpRatio: number } {
  const sum = (values: readonly number[]) => values.slice(0, layers).reduce((a, b) => a + b, 0)
  return { heads: sum(heads), mlpRatio: sum(mlpRatio) }
}

/** Number of weights and biases. */
export function parameterCount(architecture: HwGptArchitecture): number {
  const { embedDim: E, layers: n, bias } = architecture
  const { heads, mlpRatio } = sums(architecture)
  const matrices = 2 * vocabulary * E + 256 * E * heads + 3 * E * E * mlpRatio
  const biases = bias ? 192 * heads + 2 * n * E + 2 * E * mlpRatio : 0
  return matrices + 4 * n * E + 2 * E + biases
}

/** Multiplications in the matrices of one timed forward pass; attention itself is not among them. */
export function multiplications(scale: HwGptScale, architecture: HwGptArchitecture): number {
  const { embedDim: E } = architecture
  const { heads, mlpRatio } = sums(architecture)
  return scaleFacts[scale].batch * tokens * (vocabulary * E + 256 * E * heads + 3 * E * E * mlpRatio)
}

/** Floating-point operations of one sequence, as the benchmark defines them. */
export function flopCount(architecture: HwGptArchitecture): number {
  const { embedDim: E, layers: n } = architecture
  return 2 * parameterCount(architecture) * tokens + n * 4 * E * tokens * tokens
}
