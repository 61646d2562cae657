// Mistakes that published implementations of these algorithms make, each kept out by a test of its name.

import { describe, expect, it } from 'vitest'
import {
  type Evaluation,
  exclusiveVolumes,
  localSearch,
  nsga2,
  randomSearch,
  regularizedEvolution,
  smsEmoa,
} from '../../lib/search/index.ts'
import { contributions } from '../../lib/search/sms-emoa.ts'
import { spreadOrder } from '../../lib/search/spread-order.ts'
import { type Configuration, categorical, defineSpace, integer, type Space } from '../../lib/space/index.ts'
import { Random } from '../../lib/tensor/random.ts'

const genes = defineSpace(
  Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`gene${i}`, categorical([0, 1, 2, 3, 4])])),
) as Space

const differences = (a: Configuration, b: Configuration): number =>
  Object.keys(a).filter((name) => a[name] !== b[name]).length

describe('inverted priorities', () => {
  it('would take the order of points for their places in it', () => {
    // The order of worth is 2, 0, 1; the places are 1, 2, 0.
    const points = [{ costs: [2, 2] }, { costs: [3, 3] }, { costs: [1, 1] }]
    expect(spreadOrder(points)).toEqual([1, 2, 0])
  })

  it('would spread over the front by ranks taken for an order', () => {
    const line = [0, 1, 2, 9, 10].map((x) => ({ costs: [x, 10 - x] }))
    // From the best in the first objective to the farthest, and then what is farthest from both.
    expect(spreadOrder(line)).toEqual([0, 3, 2, 4, 1])
  })

  it('would have regularised evolution breed from the worst', () => {
    const searcher = regularizedEvolution({ population: 10, sample: 100 }).start({
      space: genes,
      objectives: 2,
      random: new Random(1),
    })
    const told: Evaluation<Configuration>[] = Array.from({ length: 10 }, (_, i) => ({
      configuration: searcher.ask() as Configuration,
      costs: [Math.abs(i - 4), Math.abs(i - 4)], // the fifth dominates all
    }))
    for (const evaluation of told) searcher.tell(evaluation)
    const best = told[4]?.configuration as Configuration
    for (let i = 0; i < 20; i++) expect(differences(searcher.ask() as Configuration, best)).toBe(1)
  })
})

describe('a degenerate reference point', () => {
  it('would lie before the front, so that nothing counts', () => {
    const front = [
      [-1, 0],
      [-0.5, -0.6],
      [0, -1],
    ]
    expect(exclusiveVolumes(front, [-2, -2])).toEqual([0, 0, 0])
    for (const volume of contributions(front)) expect(volume).toBeGreaterThan(0)
  })

  it('would lie on the ends of the front and cost it them', () => {
    const searcher = smsEmoa({ population: 3 }).start({ space: genes, objectives: 2, random: new Random(2) })
    const costs = [
      [0, 1],
      [1, 0],
      [0.5, 0.5],
      [0.4, 0.59],
    ]
    for (const point of costs) searcher.tell({ configuration: searcher.ask() as Configuration, costs: point })
    const ends = searcher.population?.map((individual) => individual.costs)
    expect(ends).toContainEqual([0, 1])
    expect(ends).toContainEqual([1, 0])
  })
})

describe('mutation that resamples every gene', () => {
  it('would leave little of a parent: of twenty genes one changes on average, and of choices no coin decides', () => {
    const random = new Random(3)
    const parent = genes.sample(random)
    const changed = Array.from({ length: 2000 }, () => differences(genes.mutate(parent, random), parent))
    const mean = changed.reduce((a, b) => a + b) / changed.length
    // One on average by coins, and at least one.
    expect(mean).toBeGreaterThan(1)
    expect(mean).toBeLessThan(1.5)
  })

  it('would make NSGA-II random search', () => {
    const mean = (algorithm: ReturnType<typeof nsga2>) => {
      const searcher = algorithm.start({ space: genes, objectives: 2, random: new Random(4) })
      let last = 0
      for (let i = 0; i < 600; i++) {
        const configuration = searcher.ask() as Configuration
        const values = Object.values(configuration) as number[]
        const costs = [values.filter((v) => v !== 0).length, values.filter((v) => v > 1).length]
        searcher.tell({ configuration, costs })
        if (i >= 500) last += (costs[0] as number) / 100
      }
      return last
    }
    expect(mean(nsga2({ population: 20 }))).toBeLessThan(mean(randomSearch()) / 2)
  })
})

describe('the lost top value of an integer range', () => {
  const space = defineSpace({
    layers: integer({ low: 1, high: 4 }),
    width: integer({ low: 1, high: 64, log: true }),
  })

  it('would never be drawn, mutated to or decoded', () => {
    const random = new Random(5)
    const drawn = Array.from({ length: 400 }, () => space.sample(random))
    const mutants = drawn.map((configuration) => space.mutate(configuration, random))
    for (const configurations of [drawn, mutants]) {
      expect(Math.max(...configurations.map(({ layers }) => layers))).toBe(4)
      expect(Math.max(...configurations.map(({ width }) => width))).toBe(64)
    }
    expect(space.decode([1, 1])).toEqual({ layers: 4, width: 64 })
  })
})

describe('an archive that drops both of two equal points', () => {
  it('would lose them: local search keeps one', () => {
    const searcher = localSearch({ initial: 2 }).start({ space: genes, objectives: 2, random: new Random(6) })
    const [first, second] = [searcher.ask() as Configuration, searcher.ask() as Configuration]
    searcher.tell({ configuration: first, costs: [1, 2] })
    searcher.tell({ configuration: second, costs: [1, 2] })
    expect(searcher.population).toEqual([{ configuration: first, costs: [1, 2] }])
    expect(differences(searcher.ask() as Configuration, first)).toBe(1)
  })
})

describe('a choice of false that reads as true', () => {
  it('would evaluate every architecture with a bias', () => {
    const space = defineSpace({ bias: categorical([false, true]) })
    expect(space.decode([1, 0])).toEqual({ bias: false })
    expect(() => space.validate({ bias: 'False' })).toThrow(TypeError)
  })
})
