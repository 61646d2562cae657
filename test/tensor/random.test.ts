import { describe, expect, it } from 'vitest'
import { addon } from '../../lib/native/load.ts'
import { type Block, philox } from '../../lib/tensor/philox.ts'
import { Random } from '../../lib/tensor/random.ts'

const hex = (block: Block) => block.map((word) => word.toString(16).padStart(8, '0')).join(' ')

describe('philox', () => {
  // kat_vectors of Random123.
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    ],
  ] as [Block, [number, number], string][])(
    'counter %j under key %j gives the published words',
    (c, k, words) => {
      expect(hex(philox(c, k))).toBe(words)
    },
  )
})

describe('a random sequence', () => {
  it('starts with the upper 24 bits of the first blocks', () => {
    const random = new Random(0)
    expect([random.uniform(), random.uniform(), random.uniform(), random.uniform()]).toEqual(
      [0x6627e8, 0xe169c5, 0xbc57ac, 0x9b00db].map((bits) => bits / 2 ** 24),
    )
    expect(random.uniform()).toBe((philox([1, 0, 0, 0], [0, 0])[0] >>> 8) / 2 ** 24)
  })

  it.each([0, 1, 2 ** 40 + 7])('is what the engine fills tensors with under the seed %d', (seed) => {
    const handle = addon.uniform([1001], seed, 0, 0, 1)
    const filled = addon.dataSync(handle)
    addon.dispose(handle)
    const random = new Random(seed)
    expect(Array.from(filled)).toEqual(Array.from(filled, () => random.uniform()))
  })

  it('goes on from its state as if nothing had happened', () => {
    const random = new Random(0xfedcba9876543210n)
    for (let i = 0; i < 7; i++) random.uniform()
    const again = Random.fromState(JSON.parse(JSON.stringify(random.state)))
    expect([again.uniform(), again.normal(), again.integer(0, 1000)]).toEqual([
      random.uniform(),
      random.normal(),
      random.integer(0, 1000),
    ])
  })

  it('draws whole numbers evenly and within their bounds', () => {
    const random = new Random(1)
    const counts = new Array(7).fill(0)
    for (let i = 0; i < 70_000; i++) counts[random.integer(-3, 4) + 3]++
    // Five standard deviations of a count with mean 10 000.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(470)
    const wide = Array.from({ length: 2000 }, () => random.integer(0, 2 ** 52))
    expect(Math.max(...wide)).toBeGreaterThan(2 ** 51)
    expect(wide.every((value) => Number.isSafeInteger(value) && value < 2 ** 52)).toBe(true)
    expect(wide.some((value) => value % 2 === 1)).toBe(true)
  })

  it('draws normal numbers with the moments of the distribution', () => {
    const random = new Random(2)
    const values = Array.from({ length: 50_000 }, () => random.normal(3, 2))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    expect(mean).toBeCloseTo(3, 1)
    expect(Math.sqrt(variance)).toBeCloseTo(2, 1)
  })

  it('shuffles a copy, into every order alike', () => {
    const random = new Random(3)
    const items = ['a', 'b', 'c']
    const counts = new Map<string, number>()
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffle(items).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(items).toEqual(['a', 'b', 'c'])
    expect(counts.size).toBe(6)
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })

  it('forks by label alone, whatever was drawn before', () => {
    const fresh = new Random(4)
    const used = new Random(4)
    used.uniform()
    expect(used.fork('data').uniform()).toBe(fresh.fork('data').uniform())
    const seeds = new Set(['data', 'search', 'Search', '', 'a', 'b'].map((label) => fresh.fork(label).seed))
    expect(seeds.size).toBe(6)
    expect(seeds.has(fresh.seed)).toBe(false)
  })

  it('refuses seeds and bounds that make no sense', () => {
    expect(() => new Random(-1)).toThrow('`seed` must be a whole number from 0 to 2^53 - 1, got -1')
    expect(() => new Random(0.5)).toThrow(RangeError)
    expect(() => new Random('1' as unknown as number)).toThrow(TypeError)
    expect(() => new Random(0).integer(3, 3)).toThrow('low < high, got 3 and 3')
    expect(() => new Random(0).choice([])).toThrow('`items` must not be empty')
  })
})
