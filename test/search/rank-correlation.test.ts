import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kendallTau } from '../../lib/search/index.ts'

/** The definition, over all pairs. */
function tauByPairs(x: readonly number[], y: readonly number[]): number {
  let [score, untiedX, untiedY] = [0, 0, 0]
  for (let i = 0; i < x.length; i++)
    for (let j = 0; j < i; j++) {
      const dx = Math.sign((x[i] as number) - (x[j] as number))
      const dy = Math.sign((y[i] as number) - (y[j] as number))
      score += dx * dy
      untiedX += Math.abs(dx)
      untiedY += Math.abs(dy)
    }
  return score / Math.sqrt(untiedX * untiedY)
}

describe('kendallTau', () => {
  it('is what counting all pairs gives, with and without ties', () => {
    const values = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ noNaN: true, min: -1, max: 1 }))
    fc.assert(
      fc.property(fc.array(fc.tuple(values, values), { maxLength: 40 }), (pairs) => {
        const [x, y] = [pairs.map((pair) => pair[0]), pairs.map((pair) => pair[1])]
        const expected = tauByPairs(x, y)
        if (Number.isNaN(expected)) expect(kendallTau(x, y)).toBeNaN()
        else expect(kendallTau(x, y)).toBeCloseTo(expected, 12)
      }),
    )
  })

  it('is 1 for equal orders, -1 for opposite ones, and nothing for constants', () => {
    expect(kendallTau([1, 5, 9], [0.1, 0.2, 7])).toBe(1)
    expect(kendallTau([1, 5, 9], [3, 2, 1])).toBe(-1)
    expect(kendallTau([1, 1, 1], [3, 2, 1])).toBeNaN()
    expect(kendallTau([], [])).toBeNaN()
  })

  it('gives the value of a published example', () => {
    // scipy.stats.kendalltau, documentation of the function: -0.47140452079103173
    expect(kendallTau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0])).toBeCloseTo(-0.47140452079103173, 15)
  })

  it('refuses lists that cannot be compared', () => {
    expect(() => kendallTau([1], [1, 2])).toThrow('`x` and `y` must have the same length, got 1 and 2')
    expect(() => kendallTau([1, Number.NaN], [1, 2])).toThrow('`x` must not hold NaN')
  })
})
