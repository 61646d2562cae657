import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  crowdingDistance,
  hypervolume,
  hypervolumeHistory,
  nonDominatedSort,
} from '../../lib/search/index.ts'

type Points = number[][]

const dominates = (a: readonly number[], b: readonly number[]) =>
  a.every((value, k) => value <= (b[k] as number)) && a.some((value, k) => value < (b[k] as number))

/** The definition: peel off what nothing left dominates. */
function ranksByPeeling(points: Points): number[] {
  const ranks = points.map(() => -1)
  for (let rank = 0; ranks.includes(-1); rank++) {
    const left = points.flatMap((_, i) => (ranks[i] === -1 ? [i] : []))
    const front = left.filter(
      (i) => !left.some((j) => dominates(points[j] as number[], points[i] as number[])),
    )
    for (const i of front) ranks[i] = rank
  }
  return ranks
}

/** Inclusion and exclusion over all subsets. */
function volumeBySubsets(points: Points, reference: readonly number[]): number {
  let volume = 0
  for (let subset = 1; subset < 2 ** points.length; subset++) {
    const members = points.filter((_, i) => (subset >> i) & 1)
    const box = reference.reduce(
      (product, corner, k) =>
        product * Math.max(0, corner - Math.max(...members.map((point) => point[k] as number))),
      1,
    )
    volume += members.length % 2 === 1 ? box : -box
  }
  return volume
}

const coordinates = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.double({ min: 0, max: 5, noNaN: true }))

const pointSets = (maxLength: number) =>
  fc.integer({ min: 1, max: 6 }).chain((objectives) =>
    fc.array(fc.array(coordinates, { minLength: objectives, maxLength: objectives }), {
      minLength: 1,
      maxLength,
    }),
  )

describe('the non-dominated sort', () => {
  it('gives the ranks of the definition in one to six objectives, with ties and duplicates', () => {
    fc.assert(
      fc.property(pointSets(60), (points) => {
        expect(nonDominatedSort(points)).toEqual(ranksByPeeling(points))
      }),
      { numRuns: 300 },
    )
  })

  it('has nothing to do without points', () => {
    expect(nonDominatedSort([])).toEqual([])
    expect(crowdingDistance([])).toEqual([])
  })
})

describe('the hypervolume', () => {
  it('is that of inclusion and exclusion in one to six objectives', () => {
    fc.assert(
      fc.property(pointSets(9), fc.double({ min: 1, max: 6, noNaN: true }), (points, corner) => {
        const reference = (points[0] as number[]).map(() => corner)
        const expected = volumeBySubsets(points, reference)
        expect(Math.abs(hypervolume(points, reference) - expected)).toBeLessThan(1e-9 * (1 + expected))
      }),
      { numRuns: 300 },
    )
  })

  it('is zero without points, or with none below the reference', () => {
    expect(hypervolume([], [1, 1])).toBe(0)
    expect(hypervolume([[1, 0]], [1, 1])).toBe(0)
  })

  it('grows along its history to that of all points', () => {
    fc.assert(
      fc.property(pointSets(15), (points) => {
        const reference = (points[0] as number[]).map(() => 4)
        const history = hypervolumeHistory(points, reference)
        points.forEach((_, i) => {
          expect(history[i]).toBeCloseTo(hypervolume(points.slice(0, i + 1), reference), 9)
        })
      }),
      { numRuns: 50 },
    )
  })
})

describe('the crowding distance', () => {
  it('is the mean share of the extent between the neighbours, infinite at the ends', () => {
    const front = [
      [0, 10],
      [1, 6],
      [4, 5],
      [10, 0],
    ]
    expect(crowdingDistance(front)).toEqual([
      Number.POSITIVE_INFINITY,
      (4 / 10 + 5 / 10) / 2,
      (9 / 10 + 6 / 10) / 2,
      Number.POSITIVE_INFINITY,
    ])
  })

  it('looks at one front at a time', () => {
    const points = [
      [0, 2],
      [1, 3],
      [1, 1],
      [2, 2],
      [2, 0],
    ]
    const ranks = nonDominatedSort(points)
    expect(ranks).toEqual([0, 1, 0, 1, 0])
    expect(crowdingDistance(points, ranks)[2]).toBe(1)
  })
})

const golden = new URL('../../../shared/data/moo/indicators_golden.json', import.meta.url)

describe.skipIf(!existsSync(golden))('the published indicators', () => {
  interface Case {
    name: string
    points: Points
    ref_point: number[]
    rank: number[]
    crowding: (number | 'inf')[]
    hv: number
  }
  const cases = existsSync(golden)
    ? (JSON.parse(readFileSync(golden, 'utf8')) as { cases: Case[] }).cases
    : []

  it.each(cases)('of $name come out', ({ points, ref_point, rank, crowding, hv }) => {
    const ranks = nonDominatedSort(points)
    expect(ranks).toEqual(rank)
    expect(hypervolume(points, ref_point)).toBeCloseTo(hv, 10)
    crowdingDistance(points, ranks).forEach((distance, i) => {
      const expected = crowding[i] === 'inf' ? Number.POSITIVE_INFINITY : (crowding[i] as number)
      if (Number.isFinite(expected)) expect(distance).toBeCloseTo(expected, 9)
      else expect(distance).toBe(expected)
    })
  })
})

describe('points that make no sense', () => {
  it.each([
    [() => nonDominatedSort([[1, 2], [1]]), '`points[1]` must have 2 objectives, got 1'],
    [() => nonDominatedSort([[1, Number.NaN]]), '`points[0][1]` must not be NaN'],
    [() => nonDominatedSort([[1, '2' as unknown as number]]), '`points[0][1]` must be a number, got string'],
    [() => nonDominatedSort([[]]), '`points[0]` must have at least one objective, got 0'],
    [() => crowdingDistance([[1], [2]], [0]), '`ranks` must have one element per point, 2, got 1'],
    [() => hypervolume([[1]], [1, 2]), '`points[0]` must have 2 objectives, got 1'],
    [
      () => hypervolume([[1]], [Number.POSITIVE_INFINITY]),
      '`reference[0]` must be a finite number, got Infinity',
    ],
    [() => hypervolume([], []), '`reference` must have at least one objective, got 0'],
  ])('are refused: %#', (call, message) => {
    expect(call).toThrow(message)
  })
})
