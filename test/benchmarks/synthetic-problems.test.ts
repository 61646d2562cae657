import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  type SyntheticProblem,
  type SyntheticProblemName,
  syntheticProblem,
  syntheticProblemNames,
  worthOf,
} from '../../lib/benchmarks/index.ts'
import { additiveEpsilon, nonDominatedSort, type Points, violation } from '../../lib/search/index.ts'
import { Random } from '../../lib/tensor/random.ts'

// Fronts are made once a problem.
const problems = new Map(syntheticProblemNames.map((name) => [name, syntheticProblem(name)]))
const problemOf = (name: string) => problems.get(name as SyntheticProblemName) as SyntheticProblem

const shared = new URL('../../../shared/data/moo/', import.meta.url)
const golden = new URL('problems_golden.json', shared)
const fronts = new URL('pareto_fronts.safetensors.gz', shared)

interface Known {
  problem: SyntheticProblemName
  n_var: number
  n_obj: number
  n_ieq_constr: number
  xl: number[]
  xu: number[]
  X: number[][]
  F: number[][]
  G?: number[][]
}

describe.skipIf(!existsSync(golden))(`published values (skipped where ${golden.pathname} is not)`, () => {
  const known = existsSync(golden)
    ? (JSON.parse(readFileSync(golden, 'utf8')) as { problems: Known[] }).problems
    : []

  it('are known for every problem', () => {
    expect(known.map(({ problem }) => problem).sort()).toEqual([...syntheticProblemNames].sort())
  })

  it.each(known)('of $problem come out', ({ problem: name, n_var, n_obj, n_ieq_constr, X, F, G }) => {
    const problem = problemOf(name)
    expect(problem.space.dimensions).toHaveLength(n_var)
    expect(problem.objectives).toHaveLength(n_obj)
    expect(problem.constraints).toHaveLength(n_ieq_constr)
    X.forEach((x, i) => {
      const { objectives, constraints = [] } = problem.formula(x)
      const [costs, limits] = [F[i] as number[], G?.[i] ?? []]
      for (const [found, expected] of [
        [objectives, costs],
        [constraints, limits],
      ] as const) {
        expect(found).toHaveLength(expected.length)
        found.forEach((value, k) => {
          const scale = Math.max(1, Math.abs(expected[k] as number))
          expect(Math.abs(value - (expected[k] as number)) / scale).toBeLessThan(1e-9)
        })
      }
    })
  })
})

function storedFronts(): Map<string, number[][]> {
  const bytes = gunzipSync(readFileSync(fronts))
  const length = Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<
    string,
    { shape: [number, number]; data_offsets: [number, number] }
  >
  const { __metadata__: _, ...tensors } = header
  return new Map(
    Object.entries(tensors).map(([name, { shape, data_offsets }]) => [
      name.replace('_3d', ''),
      Array.from({ length: shape[0] }, (_, i) =>
        Array.from({ length: shape[1] }, (_, k) =>
          bytes.readDoubleLE(8 + length + data_offsets[0] + 8 * (i * shape[1] + k)),
        ),
      ),
    ]),
  )
}

describe.skipIf(!existsSync(fronts))(`published fronts (skipped where ${fronts.pathname} is not)`, () => {
  const known = existsSync(fronts) ? [...storedFronts()] : []
  // Both are samples: what one has between two neighbours of the other differs by up to their distance, a fortieth of the
  // extent on curves and a twenty-fifth on surfaces.
  it.each(known)('of %s lie where ours do', (name, stored) => {
    const { front, reference } = problemOf(name)
    const low = reference.map((_, k) => Math.min(...front.map((point) => point[k] as number)))
    const scaled = (points: Points) =>
      points.map((point) =>
        point.map(
          (value, k) => (value - (low[k] as number)) / ((reference[k] as number) - (low[k] as number)),
        ),
      )
    const tolerance = reference.length === 2 ? 1 / 40 : 1 / 25
    expect(additiveEpsilon(scaled(front), scaled(stored))).toBeLessThan(tolerance)
    expect(additiveEpsilon(scaled(stored), scaled(front))).toBeLessThan(tolerance)
  })
})

describe.each(syntheticProblemNames)('%s', (name) => {
  const problem = problemOf(name)

  it('has a front without dominated points, below its reference', () => {
    const { front, reference } = problem
    expect(front.length).toBeGreaterThan(20)
    expect(nonDominatedSort(front).every((rank) => rank === 0)).toBe(true)
    expect(front.every((point) => point.every((value, k) => value < (reference[k] as number)))).toBe(true)
  })

  it('has no draws beyond its front', () => {
    const random = new Random(6)
    // The front is a sample; what lies less far beyond may be between its points.
    const margins = problem.reference.map((corner, k) => {
      const best = Math.min(...problem.front.map((point) => point[k] as number))
      return 0.02 * (corner - best)
    })
    for (let i = 0; i < 100; i++) {
      const found = worthOf(problem, problem.space.sample(random))
      if (violation(found) > 0) continue
      const behind = problem.front.some((point) =>
        point.every((value, k) => (found.costs[k] as number) >= value - (margins[k] as number)),
      )
      expect(behind).toBe(true)
    }
  })

  it('is a search problem', () => {
    const found = worthOf(problem, problem.space.sample(new Random(1)))
    expect(found.costs).toHaveLength(problem.objectives.length)
    expect(found.constraints ?? []).toHaveLength(problem.constraints.length)
  })
})

it('an unknown problem is refused', () => {
  expect(() => syntheticProblem('zdt7' as SyntheticProblemName)).toThrow('`name` must be one of zdt1, zdt2')
})
