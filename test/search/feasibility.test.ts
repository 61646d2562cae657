import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { feasibleFirstSort, feasibleFront, nonDominatedSort, violation } from '../../lib/search/index.ts'

const worths = fc.array(
  fc.record({
    costs: fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })),
    constraints: fc.tuple(fc.integer({ min: -2, max: 2 }), fc.integer({ min: -2, max: 2 })),
  }),
  { maxLength: 40 },
)

describe('dominance under constraints', () => {
  it('sums what is broken, and nothing of what is met', () => {
    expect(violation({ costs: [1], constraints: [-3, 2, 0.5] })).toBe(2.5)
    expect(violation({ costs: [1], constraints: [-3, 0] })).toBe(0)
    expect(violation({ costs: [1] })).toBe(0)
  })

  it('ranks like the non-dominated sort where all is met', () => {
    fc.assert(
      fc.property(worths, (points) => {
        const costs = points.map((point) => point.costs)
        expect(feasibleFirstSort(costs.map((costs) => ({ costs })))).toEqual(nonDominatedSort(costs))
      }),
    )
  })

  it('puts what breaks constraints behind all that meets them, the less broken first, whatever it costs', () => {
    fc.assert(
      fc.property(worths, (points) => {
        const ranks = feasibleFirstSort(points)
        points.forEach((a, i) => {
          points.forEach((b, j) => {
            const [more, less] = [violation(a), violation(b)]
            if (more > less) expect(ranks[i]).toBeGreaterThan(ranks[j] as number)
            if (more === less && more > 0) expect(ranks[i]).toBe(ranks[j])
          })
        })
      }),
    )
  })

  it('has a front of points that meet all constraints only', () => {
    const cheap = { costs: [0, 0], constraints: [1] }
    const good = { costs: [1, 2], constraints: [0] }
    expect(feasibleFront([cheap, good, { costs: [2, 2], constraints: [-1] }])).toEqual([good])
    expect(feasibleFront([cheap])).toEqual([])
  })
})
