import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  type Configuration,
  categorical,
  defineSpace,
  integer,
  real,
  Space,
  type SpaceDescription,
  when,
} from '../../lib/space/index.ts'
import { Random } from '../../lib/tensor/random.ts'
import { layered, mixed, spaces, tiny } from './spaces.ts'

const seeds = fc.integer({ min: 0 })

function expectClose(actual: Configuration, expected: Configuration): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected))
  for (const [name, value] of Object.entries(expected))
    if (typeof value === 'number') expect(actual[name]).toBeCloseTo(value, 10)
    else expect(actual[name]).toBe(value)
}

describe.each(spaces)('the space $name', ({ space, size }) => {
  it('samples valid configurations, the same for the same seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const configuration = space.sample(new Random(seed))
        expect(space.validate(configuration)).toEqual(configuration)
        expect(space.sample(new Random(seed))).toEqual(configuration)
      }),
    )
  })

  it('knows its size', () => {
    expect(space.size).toBe(size)
    if (size === undefined) expect(() => [...space]).toThrow(RangeError)
    else {
      const keys = new Set([...space].map((configuration) => space.key(space.validate(configuration))))
      expect(BigInt(keys.size)).toBe(size)
    }
  })

  it('decodes what it encodes, and makes a valid configuration of any numbers', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed)
        const configuration = space.sample(random)
        const numbers = space.encode(configuration)
        expect(numbers).toHaveLength(space.encodedWidth)
        expectClose(space.decode(numbers), configuration)
        const noise = numbers.map(() => random.uniform(-2, 3))
        const nearest = space.decode(noise)
        expect(space.validate(nearest)).toEqual(nearest)
      }),
    )
  })

  it('mutates into another valid configuration', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed)
        const configuration = space.sample(random)
        for (const probability of [undefined, 0, 1]) {
          const mutant = space.mutate(configuration, random, probability)
          expect(space.validate(mutant)).toEqual(mutant)
          if (size !== 1n) expect(space.key(mutant)).not.toBe(space.key(configuration))
        }
      }),
    )
  })

  it('crosses two configurations into a valid one, made of their values where these are no real numbers', () => {
    const reals = space.dimensions
      .filter(({ parameter }) => parameter.size === undefined)
      .map(({ name }) => name)
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed)
        const [a, b] = [space.sample(random), space.sample(random)]
        const child = space.crossover(a, b, random)
        expect(space.validate(child)).toEqual(child)
        expect(space.crossover(a, a, random)).toEqual(a)
        for (const [name, value] of Object.entries(child))
          if (!reals.includes(name) && (a[name] !== undefined || b[name] !== undefined))
            expect([a[name], b[name]]).toContain(value)
      }),
    )
  })

  it('lists valid neighbours, none of them twice or the configuration itself', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed)
        const configuration = space.sample(random)
        const keys = space.neighbours(configuration, random).map((next) => space.key(space.validate(next)))
        expect(new Set([...keys, space.key(configuration)]).size).toBe(keys.length + 1)
      }),
    )
  })

  it('comes back from its description', () => {
    const again = Space.fromDescription(JSON.parse(JSON.stringify(space.describe())) as SpaceDescription)
    expect(again.describe()).toEqual(space.describe())
    expect(again.sample(new Random(5))).toEqual(space.sample(new Random(5)))
  })
})

describe('the crossover of real numbers', () => {
  const line = defineSpace({ x: real({ low: -1, high: 3 }) })
  const children = (a: number, b: number) => {
    const random = new Random(3)
    return Array.from({ length: 4000 }, () => line.crossover({ x: a }, { x: b }, random).x)
  }

  it('leaves half the children as the first parent, and the others near either, evenly', () => {
    const moved = children(0.5, 1).filter((x) => x !== 0.5)
    expect(moved.length / 4000).toBeCloseTo(0.5, 1)
    expect(moved.filter((x) => x < 0.75).length / moved.length).toBeCloseTo(0.5, 1)
    // With an index of 15, nine of ten children lie within a seventh of the gap from their parent.
    const distances = moved.map((x) => Math.min(Math.abs(x - 0.5), Math.abs(x - 1)) / 0.5)
    expect(distances.filter((distance) => distance < 1 / 7).length / moved.length).toBeGreaterThan(0.9)
  })

  it('stays between the bounds, also from a parent on one', () => {
    for (const x of [...children(-1, -0.9), ...children(2.9, 3)]) {
      expect(x).toBeGreaterThanOrEqual(-1)
      expect(x).toBeLessThanOrEqual(3)
    }
  })
})

describe('a configuration', () => {
  it('has the type its definition says', () => {
    const configuration = tiny.sample(new Random(1))
    expectTypeOf(configuration.a).toEqualTypeOf<'x' | 'y'>()
    expectTypeOf(configuration.b).toEqualTypeOf<number | undefined>()
    expectTypeOf(layered.sample(new Random(1)).bias).toEqualTypeOf<boolean>()
  })

  it('has the same key whatever the order of its values', () => {
    const [first, second] = [tiny.validate({ a: 'y', b: 1 }), tiny.validate({ b: 1, a: 'y' })]
    expect(tiny.key(first)).toBe(tiny.key(second))
    expect(tiny.key(first)).not.toBe(tiny.key(tiny.validate({ a: 'y', b: 2 })))
  })

  it('tells inactive parameters apart from every active one in its encoding', () => {
    expect(tiny.encode({ a: 'x' })).toEqual([1, 0, -1])
    expect(tiny.encode({ a: 'y', b: 1 })).toEqual([0, 1, 0.5])
    const space = defineSpace({ a: categorical([1, 2]), b: when({ a: [2] }, categorical(['p', 'q'])) })
    expect(space.encode({ a: 1 })).toEqual([1, 0, 0, 0])
  })

  it.each([
    [{ a: 'z' }, RangeError, '`a` must be one of "x", "y", got "z"'],
    [{ a: 3 }, TypeError, '`a` must be one of "x", "y", got 3'],
    [{}, RangeError, '`a` must be given'],
    [{ a: 'y' }, RangeError, '`b` must be given'],
    [{ a: 'y', b: 7 }, RangeError, '`b` must be a whole number from 0 to 2, got 7'],
    [{ a: 'y', b: '1' }, TypeError, '`b` must be a number, got "1"'],
    [{ a: 'x', b: 1 }, RangeError, '`b` must be absent unless a is "y", got 1'],
    [{ a: 'x', c: 1 }, RangeError, '`c` is no parameter of this space'],
    [null, TypeError, '`configuration` must be an object, got null'],
  ])('%j is refused', (candidate, kind, message) => {
    expect(() => tiny.validate(candidate)).toThrow(kind)
    expect(() => tiny.validate(candidate)).toThrow(message)
  })
})

describe('parameters', () => {
  it('draw logarithmic whole numbers evenly over the decades', () => {
    const random = new Random(6)
    const parameter = integer({ low: 1, high: 1000, log: true })
    const small = Array.from({ length: 3000 }, () => parameter.sample(random)).filter((value) => value <= 31)
    expect(small.length / 3000).toBeCloseTo(0.54, 1) // ln(31.5 / 0.5) / ln(1000.5 / 0.5)
  })

  it('mutate real values nearby and within their bounds', () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: 0, max: 1, noNaN: true }), (seed, value) => {
        const mutant = real({ low: 0, high: 1 }).mutate(value, new Random(seed))
        expect(mutant).toBeGreaterThanOrEqual(0)
        expect(mutant).toBeLessThanOrEqual(1)
      }),
    )
    const random = new Random(7)
    const moves = Array.from({ length: 1000 }, () => real({ low: 0, high: 1 }).mutate(0.5, random) - 0.5)
    expect(moves.filter((move) => Math.abs(move) < 0.1).length).toBeGreaterThan(850)
    expect(moves.filter((move) => move > 0).length).toBeGreaterThan(400)
  })

  it('mutate whole numbers into every other value', () => {
    const random = new Random(8)
    const parameter = integer({ low: 0, high: 6, step: 2 })
    const seen = new Set(Array.from({ length: 200 }, () => parameter.mutate(4, random)))
    expect([...seen].sort()).toEqual([0, 2, 6])
  })

  it.each([
    [
      () => integer({ low: 0, high: 5, step: 2 }),
      '`high` must be a whole number of steps of 2 from 0, got 5',
    ],
    [() => integer({ low: 3, high: 1 }), '`high` must be at least `low` = 3, got 1'],
    [() => integer({ low: 0, high: 8, log: true }), '`low` must be at least 1 on a logarithmic scale, got 0'],
    [() => integer({ low: 0.5, high: 1 }), '`low` must be a whole number, got 0.5'],
    [() => real({ low: 0, high: Number.POSITIVE_INFINITY }), '`high` must be finite, got Infinity'],
    [() => real({ low: 0, high: 1, log: true }), '`low` must be positive on a logarithmic scale, got 0'],
    [() => categorical([]), '`choices` must be an array with at least one value'],
    [() => categorical(['a', 'a']), '`choices` must differ, got "a" twice'],
    [() => defineSpace({}), 'a space must have at least one parameter'],
    [() => defineSpace({ '1': categorical([1]) }), 'must start with a letter'],
    [
      () => defineSpace({ b: when({ a: [1] }, categorical([1])), a: categorical([1]) }),
      'the condition of `b` must name parameters defined before it, got "a"',
    ],
    [
      () => defineSpace({ a: categorical([1]), b: when({ a: [2] }, categorical([1])) }),
      '`a` in the condition of `b` must be one of 1, got 2',
    ],
    [
      () => defineSpace({ a: real({ low: 0, high: 1 }), b: when({ a: [0] }, categorical([1])) }),
      'must not name the real parameter `a`',
    ],
  ])('a definition that makes no sense is refused: %#', (make, message) => {
    expect(make).toThrow(message)
  })

  it('count a deep conditional space without listing it', () => {
    const layers = 24
    const definition = Object.fromEntries([
      ['depth', integer({ low: 1, high: layers })],
      ...Array.from({ length: layers }, (_, i) => [
        `mixer${i}`,
        when(
          { depth: Array.from({ length: layers - i }, (_, d) => i + 1 + d) },
          categorical(['a', 'b', 'c']),
        ),
      ]),
      ...Array.from({ length: layers }, (_, i) => [
        `heads${i}`,
        when({ [`mixer${i}`]: ['b'] }, categorical([1, 2])),
      ]),
    ])
    const expected = Array.from({ length: layers }, (_, i) => 4n ** BigInt(i + 1)).reduce((a, b) => a + b)
    expect(defineSpace(definition).size).toBe(expected)
  })

  it('keep the seeded samples they had', () => {
    expect(layered.sample(new Random(42))).toMatchInlineSnapshot(`
      {
        "bias": false,
        "depth": 3,
        "first": "mamba",
        "second": "deltanet",
        "secondHeads": 2,
        "third": "mamba",
        "width": 128,
      }
    `)
    expect(mixed.sample(new Random(42))).toMatchInlineSnapshot(`
      {
        "batch": 5,
        "momentum": 0.07249938011169434,
        "optimizer": "sgd",
        "rate": 0.0007487658312505415,
      }
    `)
  })
})
