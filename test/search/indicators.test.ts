// What fronts are compared by: against published numbers, definitions written out, and each other.

import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  additiveEpsilon,
  attainment,
  attainmentSurface,
  estimateHypervolume,
  exclusiveVolumes,
  generationalDistance,
  generationalDistancePlus,
  hypervolume,
  invertedGenerationalDistance,
  invertedGenerationalDistancePlus,
  nonDominatedSort,
} from '../../lib/search/index.ts'
import { Random } from '../../lib/tensor/random.ts'

type Points = number[][]

const coordinates = fc.integer({ min: 0, max: 6 })

const pointSets = (maxLength: number) =>
  fc.integer({ min: 1, max: 5 }).chain((objectives) =>
    fc.array(fc.array(coordinates, { minLength: objectives, maxLength: objectives }), {
      minLength: 1,
      maxLength,
    }),
  )

const golden = new URL('../../../shared/data/moo/indicators_golden.json', import.meta.url)

describe.skipIf(!existsSync(golden))(
  `the published indicators (skipped where ${golden.pathname} is not)`,
  () => {
    interface Case {
      name: string
      points: Points
      reference_set: Points
      ref_point: number[]
      nondominated: number[]
      hv_exclusive: number[]
      igd: number
      igd_plus: number
      gd: number
      gd_plus: number
      eps_additive: number
    }
    const cases = existsSync(golden)
      ? (JSON.parse(readFileSync(golden, 'utf8')) as { cases: Case[] }).cases
      : []

    it.each(cases)('of $name come out', (known) => {
      const { points, reference_set: front, ref_point: reference } = known
      expect(generationalDistance(points, front)).toBeCloseTo(known.gd, 10)
      expect(generationalDistancePlus(points, front)).toBeCloseTo(known.gd_plus, 10)
      expect(invertedGenerationalDistance(points, front)).toBeCloseTo(known.igd, 10)
      expect(invertedGenerationalDistancePlus(points, front)).toBeCloseTo(known.igd_plus, 10)
      expect(additiveEpsilon(points, front)).toBeCloseTo(known.eps_additive, 10)
      const best = known.nondominated.map((i) => points[i] as number[])
      exclusiveVolumes(best, reference).forEach((volume, i) => {
        expect(volume).toBeCloseTo(known.hv_exclusive[i] as number, 10)
      })
    })
  },
)

describe('exclusive volumes', () => {
  it('are what the hypervolume loses with a point', () => {
    fc.assert(
      fc.property(pointSets(12), (points) => {
        const reference = (points[0] as number[]).map(() => 5)
        const all = hypervolume(points, reference)
        exclusiveVolumes(points, reference).forEach((volume, i) => {
          const rest = points.filter((_, j) => j !== i)
          expect(volume).toBeCloseTo(all - hypervolume(rest, reference), 9)
        })
      }),
    )
  })
})

describe('the estimated hypervolume', () => {
  const random = new Random(8)
  const points = Array.from({ length: 30 }, () => Array.from({ length: 5 }, () => random.uniform()))
  const reference = [1, 1, 1, 1, 1]

  it('is within four standard errors of the exact one', () => {
    const exact = hypervolume(points, reference)
    for (let seed = 0; seed < 20; seed++) {
      const { volume, standardError } = estimateHypervolume(points, reference, { samples: 10_000, seed })
      expect(Math.abs(volume - exact)).toBeLessThan(4 * standardError)
    }
  })

  it('knows its own spread over seeds', () => {
    const estimates = Array.from({ length: 200 }, (_, seed) =>
      estimateHypervolume(points, reference, { samples: 1000, seed }),
    )
    const mean = estimates.reduce((sum, { volume }) => sum + volume, 0) / estimates.length
    const variance = estimates.reduce((sum, { volume }) => sum + (volume - mean) ** 2, 0) / 199
    const claimed = estimates[0]?.standardError as number
    expect(Math.sqrt(variance) / claimed).toBeGreaterThan(0.8)
    expect(Math.sqrt(variance) / claimed).toBeLessThan(1.25)
  })

  it('is the same for the same seed, exact for a single point, and zero without points', () => {
    expect(estimateHypervolume(points, reference)).toEqual(estimateHypervolume(points, reference))
    expect(estimateHypervolume([[0.5, 0.5]], [1, 1])).toEqual({ volume: 0.25, standardError: 0 })
    expect(estimateHypervolume([[1, 0]], [1, 1])).toEqual({ volume: 0, standardError: 0 })
  })
})

describe('distances from a front', () => {
  const front = [
    [0, 1],
    [1, 0],
  ]

  it('are nothing on it', () => {
    for (const measure of [generationalDistance, generationalDistancePlus, invertedGenerationalDistance])
      expect(measure(front, front)).toBe(0)
    expect(additiveEpsilon(front, front)).toBe(0)
  })

  it('count with a plus only what is worse', () => {
    expect(generationalDistance([[-3, -3]], front)).toBe(5)
    expect(generationalDistancePlus([[-3, -3]], front)).toBe(0)
    expect(generationalDistancePlus([[3, 4]], front)).toBeCloseTo(Math.hypot(3, 3), 12)
    expect(invertedGenerationalDistancePlus([[0, 2]], front)).toBe((1 + 2) / 2)
  })

  it('never prefer a dominated set where they have a plus, or are an epsilon', () => {
    fc.assert(
      fc.property(
        pointSets(10),
        pointSets(10),
        fc.array(fc.nat({ max: 3 }), { minLength: 5, maxLength: 5 }),
        (a, b, shift) => {
          const objectives = Math.min(a[0]?.length as number, b[0]?.length as number)
          const cut = (points: Points) => points.map((point) => point.slice(0, objectives))
          const worse = cut(a).map((point) => point.map((value, k) => value + (shift[k] as number)))
          for (const measure of [invertedGenerationalDistancePlus, additiveEpsilon])
            expect(measure(worse, cut(b))).toBeGreaterThanOrEqual(measure(cut(a), cut(b)))
        },
      ),
    )
  })

  it('are refused without points, or with other objectives', () => {
    expect(() => generationalDistance([], front)).toThrow('`points` must not be empty')
    expect(() => generationalDistance(front, [])).toThrow('`front` must not be empty')
    expect(() => additiveEpsilon([[1, 2, 3]], front)).toThrow('`points[0]` must have 2 objectives, got 3')
    expect(() => additiveEpsilon(front, [[1, Number.NaN]])).toThrow('`front[0][1]` must not be NaN')
  })
})

describe('attainment surfaces', () => {
  const planes = fc.array(fc.array(fc.tuple(coordinates, coordinates), { maxLength: 8 }), {
    minLength: 1,
    maxLength: 5,
  })

  it('bound what at least so many runs attain', () => {
    fc.assert(
      fc.property(planes, fc.nat(), (runs, draw) => {
        const level = 1 + (draw % runs.length)
        const surface = attainmentSurface(runs, level)
        for (let x = -1; x <= 7; x++)
          for (let y = -1; y <= 7; y++) {
            const reached = surface.some((corner) => corner[0] <= x && corner[1] <= y)
            expect(reached).toBe(attainment(runs, [x, y]) * runs.length > level - 0.5)
          }
      }),
    )
  })

  it('are the front of all runs at level one, without a corner too many', () => {
    fc.assert(
      fc.property(planes, (runs) => {
        const all = runs.flat()
        const ranks = nonDominatedSort(all)
        const front = new Set(all.filter((_, i) => ranks[i] === 0).map(String))
        expect(new Set(attainmentSurface(runs, 1).map(String))).toEqual(front)
      }),
    )
  })

  it.each([0, 3, 1.5])('has no level %d of two runs', (level) => {
    expect(() => attainmentSurface([[[1, 2]], [[2, 1]]], level)).toThrow(
      `\`level\` must be a whole number from 1 to 2, got ${level}`,
    )
  })
})
