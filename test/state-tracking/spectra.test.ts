// What finite precision cannot do, as far as it can be seen without training: a network with eigenvalues in [0,1] comes to
// rest on a constant input, one reflection a token has a real spectrum, and no period of three (Grazzi et al. 2025, theorems
// 1 and 2, proposition 1).

import { describe, expect, test } from 'vitest'
import { SequenceClassifier } from '../../lib/nn/sequence-classifier.ts'
import * as ops from '../../lib/tensor/ops.ts'
import { Random } from '../../lib/tensor/random.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor, withoutGradients } from '../../lib/tensor/tensor.ts'
import { uniformLayers } from '../../lib/train/recipes.ts'
import { identity, operandsOf, type Reflection } from './delta-forms.ts'

const size = 4
const draws = 300

/** A reflection along a random direction, with β in [low, high). */
function randomReflection(random: Random, low: number, high: number): Reflection {
  const key = Array.from({ length: size }, () => random.normal())
  return { key: key.map((x) => x / Math.hypot(...key)), beta: random.uniform(low, high) }
}

/** The transition of one token: what becomes of the identity. */
const transition = (token: readonly Reflection[]): Float32Array =>
  scope(() =>
    ops
      .deltaRule(operandsOf({ steps: [token], state: identity(size), query: [0, 0, 0, 0] }))
      .finalState.dataSync(),
  )

/**
 * Discriminant of the characteristic polynomial of two reflections in the plane of their keys, all that they change:
 * negative for a pair of complex eigenvalues.
 */
function discriminant(token: readonly Reflection[]): number {
  const matrix = transition(token)
  const trace = identity(size).reduce((sum, _, i) => sum + (matrix[i * size + i] as number), 0) - (size - 2)
  const determinant = token.reduce((product, { beta }) => product * (1 - beta), 1)
  return trace ** 2 - 4 * determinant
}

/** How many of random tokens of two reflections turn something. */
function turning(low: number, high: number): number {
  const random = new Random(5)
  let count = 0
  for (let i = 0; i < draws; i++) {
    const token = [randomReflection(random, low, high), randomReflection(random, low, high)]
    // Rounding moves a double eigenvalue's discriminant this far below 0.
    if (discriminant(token) < -1e-5) count++
  }
  return count
}

describe('the transition of a token', () => {
  test('is symmetric, hence of real spectrum, with one reflection', () => {
    const random = new Random(6)
    for (let i = 0; i < draws; i++) {
      const matrix = transition([randomReflection(random, 0, 2)])
      for (let row = 0; row < size; row++)
        for (let column = 0; column < row; column++)
          expect(matrix[row * size + column]).toBeCloseTo(matrix[column * size + row] as number, 6)
    }
  })

  test('often has complex eigenvalues with two reflections and β in [1,2]', () => {
    expect(turning(1, 2)).toBeGreaterThan(0.5 * draws)
  })

  test('never has with two and β in [0,1]', () => {
    expect(turning(0, 1)).toBe(0)
  })
})

/** Largest change from token to token `period` later, at the end of 3000 equal tokens that also write. */
function lateChange(token: readonly Reflection[], period: number): number {
  const tokens = 3000
  const random = new Random(8)
  const written = Array.from({ length: token.length }, () => random.normal())
  return scope(() => {
    const { v, ...operands } = operandsOf({
      steps: Array.from({ length: tokens }, () => token),
      state: [[1], [-1], [0.5], [2]],
      query: [0.3, -0.8, 0.5, 1],
    })
    const values = Float32Array.from(
      { length: v.shape[1] ?? 0 },
      (_, n) => written[n % token.length] as number,
    )
    const o = ops.deltaRule({ ...operands, v: Tensor.from(values, v.shape) }).o.dataSync()
    const late = Array.from(o.subarray(tokens - 100))
    return Math.max(...late.slice(period).map((x, t) => Math.abs(x - (late[t] as number))))
  })
}

describe('on a constant input', () => {
  const random = new Random(7)
  const drawn = (low: number, high: number): Reflection[][] =>
    Array.from({ length: 20 }, () => [randomReflection(random, low, high)])

  test('one reflection with β up to 1 comes to rest', () => {
    for (const token of [...drawn(0.05, 1), [{ key: [1, 0, 0, 0], beta: 1 }]])
      expect(lateChange(token, 1)).toBeLessThan(1e-4)
  })

  test('one with β up to 2 has period 1 or 2, and cannot count to three', () => {
    const flip = [{ key: [1, 0, 0, 0], beta: 2 }]
    expect(lateChange(flip, 1)).toBeGreaterThan(0.1)
    for (const token of [...drawn(0.05, 1.95), flip]) expect(lateChange(token, 2)).toBeLessThan(1e-4)
  })

  test('two reflections count to three', () => {
    const third = [0, Math.PI / 3].map((angle) => ({
      key: [Math.cos(angle), Math.sin(angle), 0, 0],
      beta: 2,
    }))
    for (const period of [1, 2]) expect(lateChange(third, period)).toBeGreaterThan(0.1)
    expect(lateChange(third, 3)).toBeLessThan(0.01)
  })

  test.each(['deltanet', 'deltaproduct', 'mamba', 'mamba2', 'gla'] as const)(
    'a network of two layers of %s in [0,1] gives the same answer at odd and even tokens',
    (kind) => {
      const hidden = 16
      const sizes = { hidden, layers: 2, heads: 2, mlpRatio: 2, convolution: 4 }
      const layers = uniformLayers(kind, { ...sizes, eigenvalues: '[0,1]' })
      const model = new SequenceClassifier({ vocabulary: 3, classes: 2, hidden, layers }, { seed: 2 })
      const logits = scope(() =>
        withoutGradients(() =>
          model.forward(Tensor.fromIndices(new Int32Array(4000).fill(2), [1, 4000])).dataSync(),
        ),
      )
      for (let t = 3900; t < 4000; t++)
        for (let c = 0; c < 2; c++)
          expect(Math.abs((logits[2 * t + c] as number) - (logits[2 * t - 2 + c] as number))).toBeLessThan(
            1e-3,
          )
      model.parameters.dispose()
    },
  )
})
