// Scores of answers that are known beforehand.

import { expect, test } from 'vitest'
import { type Batch, ignored } from '../../lib/data/batch.ts'
import { countRight, rightPrefixes, scaledAccuracy, sequenceAccuracy } from '../../lib/train/metrics.ts'

const batch: Batch = {
  shape: [3, 4],
  ids: new Int32Array(12),
  targets: Int32Array.of(...[ignored, 1, 2, 3], ...[0, 1, 2, ignored], ...[0, 0, 0, 0]),
}
/** The first string is right, where it is asked; the second wrong at its third token, the third at its first. */
const predictions = Int32Array.of(...[9, 1, 2, 3], ...[0, 1, 0, 9], ...[1, 0, 0, 0])

test('scaled accuracy is 1 for all and 0 for guesses', () => {
  expect(scaledAccuracy(1, 1 / 5)).toBe(1)
  expect(scaledAccuracy(1 / 5, 1 / 5)).toBe(0)
  expect(scaledAccuracy(0.6, 1 / 5)).toBeCloseTo(0.5)
  expect(scaledAccuracy(0, 1 / 2)).toBe(-1)
})

test('sequence accuracy takes strings without a wrong answer among their first tokens', () => {
  expect(rightPrefixes(batch, predictions)).toEqual([4, 2, 0])
  expect([0, 1, 2, 3, 4].map((tokens) => sequenceAccuracy(batch, predictions, tokens))).toEqual([
    ...[1, 2 / 3, 2 / 3],
    ...[1 / 3, 1 / 3],
  ])
  expect(sequenceAccuracy(batch, predictions)).toBe(1 / 3)
})

test('right answers are counted one by one and by strings', () => {
  expect(countRight(batch, predictions)).toEqual({ asked: 10, right: 8, sequences: 3, sequencesRight: 1 })
})
