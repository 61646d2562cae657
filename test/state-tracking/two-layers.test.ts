// Addition modulo m by two layers of single reflections (Grazzi et al. 2025, theorem 6): the first tells odd tokens from
// even ones, the second mirrors the plane at an angle that depends on both the number and the parity of the token.

import { describe, expect, test } from 'vitest'
import { Random } from '../../lib/tensor/random.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { type Form, forms, nearest, type Reflection, readouts } from './delta-forms.ts'

/** h ← −h + 1 from 0: the delta rule with k = 1, β = 2, v = 1/2. */
function tokenParities(tokens: number, run: Form): Float32Array {
  const ones = Tensor.full([1, tokens, 1, 1], 1)
  const v = Tensor.full([1, tokens, 1, 1], 0.5)
  const state = Tensor.zeros([1, 1, 1, 1])
  return run({ q: ones, k: ones, v, beta: Tensor.full([1, tokens, 1], 2), initialState: state, scale: 1 })
}

/** The mirror that takes angle φ to α − φ. */
const mirror = (alpha: number): Reflection => ({
  key: [Math.sin(alpha / 2), -Math.cos(alpha / 2)],
  beta: 2,
})

const at = (angle: number): number[] => [Math.cos(angle), Math.sin(angle)]

/** Sums modulo m that two layers read, of numbers one a token. */
function readSums(numbers: readonly number[], m: number, run: Form): number[] {
  const odd = scope(() => tokenParities(numbers.length, run))
  const step = Math.PI / m
  const steps = numbers.map((i, t) => [mirror((odd[t] === 1 ? 1 - 2 * i : 1 + 2 * i) * step)])
  // The state is one column; a query reads one row of it.
  const [xs, ys] = [at(0), at(Math.PI / 2)].map((query) =>
    readouts({ steps, state: [[1], [0]], query: query.map(Math.round) }, run),
  ) as [Float32Array[], Float32Array[]]
  const angles = (odd: boolean) =>
    Array.from({ length: m }, (_, sum) => at(odd ? (1 - 2 * sum) * step : 2 * sum * step))
  const [even, uneven] = [angles(false), angles(true)]
  return numbers.map((_, t) =>
    nearest([xs[t]?.[0] ?? Number.NaN, ys[t]?.[0] ?? Number.NaN], odd[t] === 1 ? uneven : even),
  )
}

describe.each([3, 5, 7])('modulo %i', (m) => {
  const random = new Random(m)
  const numbers = Array.from({ length: 20_000 }, () => random.integer(0, m))
  let sum = 0
  const sums = numbers.map((number) => {
    sum = (sum + number) % m
    return sum
  })

  test.each(forms)('has no error in 20 000 tokens, $name', ({ most, run }) => {
    expect(readSums(numbers.slice(0, most), m, run)).toEqual(sums.slice(0, most))
  })
})

test('without the first layer the same reflections lose count', () => {
  const numbers = Array.from({ length: 300 }, () => 1)
  const still: Form = (inputs) => new Float32Array(inputs.q.shape[1] ?? 0)
  const run = forms[0]?.run as Form
  const blind: Form = (inputs) =>
    (inputs.v.shape.at(-1) === 1 && inputs.q.shape.at(-1) === 1 ? still : run)(inputs)
  const wrong = readSums(numbers, 3, blind).filter((sum, t) => sum !== (t + 1) % 3)
  expect(wrong.length).toBeGreaterThan(100)
})
