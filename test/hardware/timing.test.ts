// Repeated measurements in one number.

import { describe, expect, test } from 'vitest'
import { summarise, undisturbed } from '../../lib/hardware/timing.ts'

describe('a run undisturbed', () => {
  test('takes the least median of five consecutive runs', () => {
    expect(undisturbed([9, 9, 9, 9, 9, 3, 4, 2, 9, 9, 8, 8, 8, 8, 8])).toBe(4)
  })

  test('is not what one lucky reading says', () => {
    expect(undisturbed([5, 5, 5, 5, 0, 6, 6, 6, 6, 0])).toBe(5)
  })

  test('of fewer than five runs takes their median, and leaves out a rest', () => {
    expect(undisturbed([3, 1, 2])).toBe(2)
    expect(undisturbed([5, 5, 5, 5, 5, 1, 1])).toBe(5)
  })
})

test('a summary has the median and the tenths at either end', () => {
  const runs = Array.from({ length: 11 }, (_, i) => 10 - i)
  expect(summarise(runs)).toEqual({ median: 5, low: 1, high: 9, runs: 11 })
})

test('no runs have neither', () => {
  expect(() => summarise([])).toThrow(RangeError)
  expect(() => undisturbed([])).toThrow(RangeError)
})
