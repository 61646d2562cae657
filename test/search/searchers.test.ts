// The obligations of lib/search/searcher.ts, for every algorithm on every kind of space.

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  localSearch,
  moAsha,
  moead,
  nsga2,
  nsga3,
  randomSearch,
  regularizedEvolution,
  type Searcher,
  smsEmoa,
} from '../../lib/search/index.ts'
import type { Configuration, Space } from '../../lib/space/index.ts'
import { Random } from '../../lib/tensor/random.ts'
import { layered, ordered, spaces } from '../space/spaces.ts'
import { algorithms } from './algorithms.ts'

/** Two conflicting costs that any configuration has: the mean of its encoding, and how far it is from one. */
function costsOf(space: Space, configuration: Configuration): number[] {
  const numbers = space.encode(configuration)
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length
  return [mean, numbers.reduce((sum, value) => sum + (1 - value) ** 2, 0)]
}

/** Drives a searcher with several open trials, random order of outcomes and failures; gives the keys it asked. */
function drive(searcher: Searcher, space: Space, asks: number, seed: number): (string | undefined)[] {
  const random = new Random(seed)
  const open: Configuration[] = []
  const keys: (string | undefined)[] = []
  while (keys.length < asks) {
    if (open.length > 0 && (open.length > 4 || random.uniform() < 0.5)) {
      const [configuration] = open.splice(random.integer(0, open.length), 1) as [Configuration]
      if (random.uniform() < 0.1) searcher.tell({ configuration, failed: true })
      else searcher.tell({ configuration, costs: costsOf(space, configuration) })
      continue
    }
    const configuration = searcher.ask()
    if (configuration) open.push(configuration)
    keys.push(configuration && space.key(space.validate(configuration)))
  }
  return keys
}

describe.each(algorithms)('$name', ({ algorithm, blind, costly }) => {
  const asks = costly ? 25 : 60
  describe.each(spaces)('on the space $name', ({ space, size }) => {
    const start = (seed: number) => algorithm.start({ space, objectives: 2, random: new Random(seed) })

    it('proposes valid configurations, none twice, and undefined when there is none left', () => {
      fc.assert(
        fc.property(fc.nat(), (seed) => {
          const keys = drive(start(seed), space, asks, seed)
          const count = size === undefined || size > BigInt(asks) ? asks : Number(size)
          expect(new Set(keys.slice(0, count)).size).toBe(count)
          expect(keys.slice(0, count)).not.toContain(undefined)
          expect(keys.slice(count).every((key) => key === undefined)).toBe(true)
        }),
        { numRuns: costly ? 1 : 20 },
      )
    })

    it('is a function of the seed and of the calls', () => {
      fc.assert(
        fc.property(fc.nat(), fc.nat(), (seed, order) => {
          const run = () => drive(start(seed), space, costly ? 15 : 40, order)
          expect(run()).toEqual(run())
        }),
        { numRuns: costly ? 1 : 10 },
      )
    })

    it('answers when nothing is ever told', () => {
      const searcher = start(1)
      const asked = Array.from({ length: 20 }, () => searcher.ask())
      expect(asked.filter((configuration) => configuration !== undefined)).toHaveLength(
        size === undefined || size > 20n ? 20 : Number(size),
      )
    })

    it('goes on when everything fails', () => {
      const searcher = start(2)
      for (let i = 0; i < 20; i++) {
        const configuration = searcher.ask()
        if (configuration) searcher.tell({ configuration, failed: true })
      }
    })

    it('takes outcomes it did not ask for, and does not ask for them', () => {
      const searcher = start(3)
      const known = Array.from({ length: 12 }, (_, i) => space.sample(new Random(100 + i)))
      for (const configuration of known)
        searcher.tell({ configuration, costs: costsOf(space, configuration) })
      const keys = new Set(known.map((configuration) => space.key(configuration)))
      for (let i = 0; i < 20; i++) {
        const configuration = searcher.ask()
        if (configuration) expect(keys.has(space.key(configuration))).toBe(false)
      }
    })
  })

  it('goes through a whole space', () => {
    const space: Space = costly ? ordered : layered
    const searcher = algorithm.start({ space, objectives: 2, random: new Random(4) })
    const keys = drive(searcher, space, Number(space.size) + 1, 4)
    expect(keys.pop()).toBeUndefined()
    expect(new Set(keys).size).toBe(Number(space.size))
  })

  it.skipIf(blind)('turns to what meets the constraints, though all else costs less', () => {
    const searcher = algorithm.start({ space: layered, objectives: 2, constraints: 1, random: new Random(5) })
    const kept = Array.from({ length: 2 * asks }, () => {
      const configuration = searcher.ask() as ReturnType<typeof layered.sample>
      const broken = configuration.width - 64 // a quarter of the space breaks nothing
      const costs = costsOf(layered, configuration).map((cost) => (broken > 0 ? cost - 1000 : cost))
      searcher.tell({ configuration, costs, constraints: [broken, -1] })
      return broken === 0
    })
    expect(kept.slice(asks).filter(Boolean).length).toBeGreaterThan(asks / 3) // draws would keep a quarter
  })

  it.skipIf(costly)('does not depend on the units of the objectives', () => {
    const keys = [1, 2 ** 30].map((unit) => {
      const searcher = algorithm.start({ space: layered, objectives: 2, random: new Random(6) })
      return Array.from({ length: 80 }, () => {
        const configuration = searcher.ask() as ReturnType<typeof layered.sample>
        const [first = 0, second = 0] = costsOf(layered, configuration)
        searcher.tell({ configuration, costs: [first * unit, second / unit] })
        return layered.key(configuration)
      })
    })
    expect(keys[1]).toEqual(keys[0])
  })

  it('describes itself in plain values', () => {
    expect(JSON.parse(JSON.stringify(algorithm.description))).toEqual(algorithm.description)
    expect(algorithm.description.name).not.toBe('')
  })
})

describe('a golden run', () => {
  const digest = (keys: readonly (string | undefined)[]) =>
    createHash('sha256').update(keys.join('\n')).digest('hex').slice(0, 16)

  // A change here changes what users get for their seeds: it belongs in the changelog.
  it('gives the trials it always gave', () => {
    const golden = [
      randomSearch(),
      nsga2({ population: 10 }),
      nsga3({ population: 10 }),
      moead({ directions: 10, neighbours: 4 }),
      smsEmoa({ population: 10 }),
      regularizedEvolution({ population: 20, sample: 5 }),
      localSearch(),
    ]
    const runs = golden.map((algorithm) =>
      drive(algorithm.start({ space: layered, objectives: 2, random: new Random(7) }), layered, 120, 7),
    )
    expect(runs.map((keys) => [keys[0], keys[119], digest(keys)])).toMatchInlineSnapshot(`
      [
        [
          "[1,"deltanet",1,null,null,null,192,true]",
          "[1,"deltanet",1,null,null,null,64,false]",
          "a606af7447af7450",
        ],
        [
          "[1,"deltanet",1,null,null,null,192,true]",
          "[1,"deltanet",2,null,null,null,192,true]",
          "bddc76fee2e236a2",
        ],
        [
          "[1,"deltanet",1,null,null,null,192,true]",
          "[3,"mamba",null,"attention",1,"mamba",192,true]",
          "637e2b783fd35992",
        ],
        [
          "[1,"deltanet",1,null,null,null,192,true]",
          "[3,"mamba",null,"deltanet",2,"mamba",128,true]",
          "89dc0f85d083a487",
        ],
        [
          "[1,"deltanet",1,null,null,null,192,true]",
          "[3,"mamba",null,"attention",2,"deltanet",128,true]",
          "f87763d86b36dd26",
        ],
        [
          "[1,"deltanet",1,null,null,null,192,true]",
          "[3,"deltanet",2,"attention",2,"mamba",256,false]",
          "a8aab4b928c69c8d",
        ],
        [
          "[1,"deltanet",1,null,null,null,192,true]",
          "[2,"mamba",null,"attention",2,null,256,false]",
          "5f9134b2841bca19",
        ],
      ]
    `)
  })
})

describe('options', () => {
  it.each([
    [() => nsga2({ population: 1 }), '`population` must be a whole number from 2 on, got 1'],
    [() => nsga2({ population: 2.5 }), '`population` must be a whole number from 2 on, got 2.5'],
    [() => nsga2({ mutation: 1.5 }), '`mutation` must lie in [0, 1], got 1.5'],
    [() => nsga2({ crossover: -1 }), '`crossover` must lie in [0, 1], got -1'],
    [() => nsga3({ population: 1 }), '`population` must be a whole number from 2 on, got 1'],
    [() => smsEmoa({ mutation: 2 }), '`mutation` must lie in [0, 1], got 2'],
    [() => moead({ directions: 1 }), '`directions` must be a whole number from 2 on, got 1'],
    [() => moead({ neighbourMating: 2 }), '`neighbourMating` must lie in [0, 1], got 2'],
    [() => regularizedEvolution({ sample: 0 }), '`sample` must be a whole number from 1 on, got 0'],
    [() => localSearch({ initial: 0 }), '`initial` must be a whole number from 1 on, got 0'],
    [() => moAsha({ full: 0 }), '`full` must be a positive number, got 0'],
    [() => moAsha({ full: 9, reduction: 1 }), '`reduction` must be a whole number from 2 on, got 1'],
  ])('that make no sense are refused: %#', (make, message) => {
    expect(make).toThrow(message)
  })
})
