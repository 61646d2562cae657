// Values of options: what is taken, and what is refused with the option's name.

import { describe, expect, test } from 'vitest'
import { list, number, oneOf, parseDuration, positiveNumber, wholeNumber } from '../../lib/cli/arguments.ts'
import { checked, UsageError } from '../../lib/cli/errors.ts'

describe('a duration', () => {
  test.each([
    ['20s', 20],
    ['2m', 120],
    ['2min', 120],
    ['1h30m', 5400],
    ['1.5m', 90],
    ['500ms', 0.5],
    ['1h1m1s', 3661],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration('--budget')(text)).toBeCloseTo(seconds, 9)
  })

  test.each(['', 'soon', '2', '0s', '-2m', '2x', '2m nonsense', 'm', '1e9s', 'Infinity', ' 2m', '2 m'])(
    '"%s" is none',
    (text) => {
      expect(() => parseDuration('--budget')(text)).toThrow(UsageError)
      expect(() => parseDuration('--budget')(text)).toThrow(`got "${text}"`)
    },
  )
})

describe('numbers', () => {
  test('whole numbers are digits from the least on', () => {
    expect(wholeNumber('--seed', 0)('0')).toBe(0)
    expect(wholeNumber('--steps')('500')).toBe(500)
    for (const text of ['', '-1', '1.5', '1e3', 'x', '0', '99999999999999999999'])
      expect(() => wholeNumber('--steps')(text)).toThrow('`--steps` must be a whole number from 1')
  })

  test('other numbers have a range said in words', () => {
    expect(positiveNumber('--learning-rate')('2e-3')).toBe(0.002)
    for (const text of ['', ' ', '0', '-1', 'NaN', 'Infinity', '1x'])
      expect(() => positiveNumber('--learning-rate')(text)).toThrow(
        '`--learning-rate` must be a positive number',
      )
    expect(() => number('--top-p', 'at most 1', (value) => value <= 1)('2')).toThrow(
      '`--top-p` must be at most 1, got "2"',
    )
  })
})

test('choices name each other', () => {
  expect(oneOf('--algorithm', ['nsga2', 'random'])('random')).toBe('random')
  expect(() => oneOf('--algorithm', ['nsga2', 'random'])('grid')).toThrow(
    '`--algorithm` must be one of nsga2, random, got "grid"',
  )
})

test('lists are values between commas', () => {
  expect(list('--threads', wholeNumber('--threads'))('1, 2')).toEqual([1, 2])
  for (const text of ['', ',', '1,,2', '1,'])
    expect(() => list('--threads', Number)(text)).toThrow(UsageError)
})

test('a check of the library names the option as it was typed', () => {
  const check = (): never => {
    throw new RangeError('`model` must be one of a, b, got "c"')
  }
  expect(() => checked('--model', check)).toThrow(new UsageError('`--model` must be one of a, b, got "c"'))
  expect(() =>
    checked('--model', () => {
      throw new Error('the disk is full')
    }),
  ).toThrow('the disk is full')
})
