// Sampling from logits: what can be drawn, how often, and what is refused.

import { describe, expect, test } from 'vitest'
import { type SamplingOptions, sample } from '../../lib/nn/sampling.ts'
import { Random } from '../../lib/tensor/random.ts'

const logits = Float32Array.from([0.1, 0.5, 0.3, 0.1].map(Math.log))

function shares(options: SamplingOptions, draws = 4000): number[] {
  const random = new Random(1)
  const counts = [0, 0, 0, 0]
  for (let i = 0; i < draws; i++) (counts[sample(logits, random, options)] as number)++
  return counts.map((count) => count / draws)
}

function expectShares(options: SamplingOptions, expected: readonly number[]): void {
  const seen = shares(options)
  for (const [i, share] of expected.entries())
    if (share === 0) expect(seen[i]).toBe(0)
    else expect(Math.abs((seen[i] as number) - share)).toBeLessThan(0.03) // four deviations of 4000 draws
}

describe('what is drawn', () => {
  test('every token as often as its probability', () => expectShares({}, [0.1, 0.5, 0.3, 0.1]))

  test('at a lower temperature the likeliest more often', () => {
    const powers = [0.01, 0.25, 0.09, 0.01].map((power) => power / 0.36)
    expectShares({ temperature: 0.5 }, powers)
  })

  test('at temperature 0 the likeliest alone', () => expectShares({ temperature: 0 }, [0, 1, 0, 0]))

  test('the k likeliest, ties to the first', () => {
    expectShares({ topK: 2 }, [0, 5 / 8, 3 / 8, 0])
    expectShares({ topK: 3 }, [1 / 9, 5 / 9, 3 / 9, 0])
    expectShares({ topK: 1 }, [0, 1, 0, 0])
  })

  test('the nucleus: the fewest that reach the probability', () => {
    expectShares({ topP: 0.5 }, [0, 1, 0, 0])
    expectShares({ topP: 0.6 }, [0, 5 / 8, 3 / 8, 0])
    expectShares({ topP: 1e-9 }, [0, 1, 0, 0])
  })

  test('never what is impossible, nor what is not a number', () => {
    const odd = Float32Array.from([Number.NEGATIVE_INFINITY, 1, Number.NaN, Number.NEGATIVE_INFINITY])
    const random = new Random(0)
    for (let i = 0; i < 50; i++) expect(sample(odd, random)).toBe(1)
  })
})

test('what makes no sense is refused', () => {
  const random = new Random(0)
  for (const temperature of [-1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => sample(logits, random, { temperature })).toThrow('`temperature` must be a number from 0')
  for (const topK of [0, 1.5]) expect(() => sample(logits, random, { topK })).toThrow('`topK`')
  for (const topP of [0, 1.1]) expect(() => sample(logits, random, { topP })).toThrow('`topP`')
  expect(() => sample(new Float32Array(4).fill(Number.NaN), random)).toThrow('must hold a finite number')
})
