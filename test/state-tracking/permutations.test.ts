// Permutations by swaps: with k = e_i − e_j and β = 1 the delta rule exchanges rows i and j of the state, all numbers stay
// whole and nothing is rounded (Grazzi et al. 2025, theorem 3).

import { describe, expect, test } from 'vitest'
import { findTask } from '../../lib/data/tasks/families.ts'
import { type Group, parseGroup } from '../../lib/data/tasks/groups.ts'
import { stringsOf } from '../../lib/data/tasks/strings.ts'
import * as ops from '../../lib/tensor/ops.ts'
import { Random } from '../../lib/tensor/random.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { differences, forms, operandsOf, type Reflection, readouts } from './delta-forms.ts'

const group = (name: string): Group => parseGroup(name) ?? expect.fail(name)

/** k = e_i − e_j with β = 1: eigenvalue 1 − β |k|² = −1. */
function swap(degree: number, i: number, j: number): Reflection {
  const key = new Array<number>(degree).fill(0)
  key[i] = 1
  key[j] = -1
  return { key, beta: 1 }
}

/**
 * The swaps that move the row at point p to where a permutation takes p, in their order: an element that displaces k + 1
 * points in one cycle needs k.
 */
function swapsOf(permutation: readonly number[]): Reflection[] {
  const place = [...permutation]
  const swaps: Reflection[] = []
  for (let p = 0; p < place.length; p++)
    while (place[p] !== p) {
      const to = place[p] as number
      swaps.push(swap(place.length, p, to))
      ;[place[p], place[to]] = [place[to] as number, place[p] as number]
    }
  return swaps
}

const column = (degree: number): number[][] => Array.from({ length: degree }, (_, row) => [row + 1])

/** The state after an element: the row that was at p stands where the element takes p. */
function rowsAfter(permutation: readonly number[]): number[] {
  const rows: number[] = []
  permutation.forEach((to, from) => {
    rows[to] = from + 1
  })
  return rows
}

describe('swaps of five things', () => {
  const tokens = 200_000
  const S5 = group('S5')
  const [string] = stringsOf(
    findTask('S5_only_swaps').batch({ count: 1, minimum: tokens, maximum: tokens }, new Random(3)),
  )
  const words = Array.from(string?.ids ?? []).slice(1)
  const products = Array.from(string?.targets ?? []).slice(1)
  const steps = words.map((element) => swapsOf(S5.permutation(element)))
  const query = [0, 0, 1, 0, 0]

  test.each(forms)('have no error in 200 000 tokens, $name', ({ most, run }) => {
    const part = steps.slice(0, most)
    const read = readouts({ steps: part, state: column(5), query }, run)
    const third = products.slice(0, most).map((product) => rowsAfter(S5.permutation(product))[2] as number)
    expect(
      differences(
        read.flatMap((row) => Array.from(row)),
        third,
      ),
    ).toBe(0)
  })

  test.each(forms)('are read by rounding where keys have unit length, $name', ({ most, run }) => {
    const unit = steps
      .slice(0, Math.min(most, 50_000))
      .map((token) => token.map(({ key }) => ({ key: key.map((x) => x * Math.SQRT1_2), beta: 2 })))
    const read = readouts({ steps: unit, state: column(5), query }, run)
    const wrong = read.filter(
      ([value = Number.NaN], t) => Math.round(value) !== rowsAfter(S5.permutation(products[t] as number))[2],
    )
    expect(wrong).toHaveLength(0)
  })

  test('are out of reach with eigenvalues in [0,1]: the things melt into their mean', () => {
    const half = steps.slice(0, 2000).map((token) => token.map(({ key }) => ({ key, beta: 0.5 })))
    scope(() => {
      const { finalState } = ops.deltaRule(operandsOf({ steps: half, state: column(5), query }))
      for (const value of finalState.dataSync()) expect(value).toBeCloseTo(3, 3)
    })
  })
})

describe('all elements of S5, four swaps a token', () => {
  const S5 = group('S5')
  const elements = Array.from({ length: S5.order }, (_, element) => swapsOf(S5.permutation(element)))
  const householders = 4

  test('no element needs more than four, and of A5 none an odd number', () => {
    const count = (name: string, needed: number) => {
      const { order, permutation } = group(name)
      return Array.from({ length: order }, (_, x) => swapsOf(permutation(x)).length).filter(
        (swaps) => swaps === needed,
      ).length
    }
    expect([0, 1, 2, 3, 4, 5].map((needed) => count('S5', needed))).toEqual([1, 10, 35, 50, 24, 0])
    expect([0, 1, 2, 3, 4, 5].map((needed) => count('A5', needed))).toEqual([1, 0, 35, 0, 24, 0])
  })

  test.each([
    ['chunked', ops.deltaRule],
    ['recurrent', ops.deltaRuleRecurrent],
  ])('all 120 × 120 products are exact, %s', (_, form) => {
    const pairs = S5.order ** 2
    const keys = new Float32Array(pairs * 2 * householders * 5)
    const betas = new Float32Array(pairs * 2 * householders)
    for (let pair = 0; pair < pairs; pair++)
      [Math.floor(pair / S5.order), pair % S5.order].forEach((element, t) => {
        elements[element]?.forEach(({ key, beta }, n) => {
          const at = (pair * 2 + t) * householders + n
          keys.set(key, at * 5)
          betas[at] = beta
        })
      })
    scope(() => {
      const { finalState } = form({
        q: Tensor.zeros([pairs, 2, 1, 5]),
        k: Tensor.from(keys, [pairs, 2 * householders, 1, 5]),
        v: Tensor.zeros([pairs, 2 * householders, 1, 1]),
        beta: Tensor.from(betas, [pairs, 2 * householders, 1]),
        initialState: Tensor.from(
          Float32Array.from({ length: pairs * 5 }, (_, i) => 1 + (i % 5)),
          [pairs, 1, 5, 1],
        ),
        scale: 1,
        householders,
      })
      const expected = Array.from({ length: pairs }, (_, pair) =>
        rowsAfter(S5.permutation(S5.multiply(Math.floor(pair / S5.order), pair % S5.order))),
      )
      expect(differences(finalState.dataSync(), expected.flat())).toBe(0)
    })
  })

  test.each(forms)('a word of 20 000 elements is exact, $name', ({ most, run }) => {
    const random = new Random(7)
    const word = Array.from({ length: Math.min(20_000, most) }, () => random.integer(0, S5.order))
    const steps = word.map((element) => elements[element] as Reflection[])
    const read = readouts({ steps, state: column(5), query: [1, 0, 0, 0, 0] }, run)
    let product = 0
    const first = word.map((element) => {
      product = S5.multiply(product, element)
      return rowsAfter(S5.permutation(product))[0] as number
    })
    expect(
      differences(
        read.flatMap((row) => Array.from(row)),
        first,
      ),
    ).toBe(0)
  })

  test('three swaps a token are too few for a cycle of five', () => {
    const cycle = elements.find((swaps) => swaps.length === 4) as Reflection[]
    const query = [0, 0, 0, 0, 0]
    const stateAfter = (swaps: Reflection[]): Float32Array =>
      scope(() =>
        ops.deltaRule(operandsOf({ steps: [swaps], state: column(5), query })).finalState.dataSync(),
      )
    expect(stateAfter(cycle).every((value, row) => value !== row + 1)).toBe(true)
    expect(stateAfter(cycle.slice(0, 3)).every((value, row) => value !== row + 1)).toBe(false)
  })
})
