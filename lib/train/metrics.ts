// How answers to a task are judged: one by one, against chance, and by whole strings.

import { type Batch, ignored } from '../data/batch.ts'

export interface Scores {
  /** Share of the answers that are right. */
  accuracy: number
  /** See {@link scaledAccuracy}. */
  scaledAccuracy: number
  /** See {@link sequenceAccuracy}. */
  sequenceAccuracy: number
}

/**
 * (accuracy − chance) / (1 − chance): 1 when all is right, 0 for guesses, below for worse (Grazzi et al. 2025, section
 * 5.1).
 */
export const scaledAccuracy = (accuracy: number, chance: number): number => (accuracy - chance) / (1 - chance)

/**
 * Share of the strings whose first `tokens` tokens hold no wrong answer; of whole strings without `tokens` (Grazzi et al.
 * 2025, appendix E.2).
 *
 * @param predictions a class at every token, row-major as the batch is
 */
export function sequenceAccuracy(
  batch: Batch,
  predictions: ArrayLike<number>,
  tokens: number = batch.shape[1],
): number {
  const right = rightPrefixes(batch, predictions)
  return right.filter((prefix) => prefix >= tokens).length / right.length
}

/** For every string the number of tokens before its first wrong answer, all tokens of the batch if there is none. */
export function rightPrefixes({ shape, targets }: Batch, predictions: ArrayLike<number>): number[] {
  const [count, width] = shape
  return Array.from({ length: count }, (_, row) => {
    const start = row * width
    const wrong = targets
      .subarray(start, start + width)
      .findIndex((target, t) => target !== ignored && predictions[start + t] !== target)
    return wrong < 0 ? width : wrong
  })
}

/** How many answers are asked for and how many are right, and the same of whole strings. */
export interface AnswerCounts {
  asked: number
  right: number
  sequences: number
  sequencesRight: number
}

/** Counts the right answers of a batch. */
export function countRight(batch: Batch, predictions: ArrayLike<number>): AnswerCounts {
  const [sequences, width] = batch.shape
  let asked = 0
  let right = 0
  batch.targets.forEach((target, i) => {
    if (target === ignored) return
    asked++
    if (predictions[i] === target) right++
  })
  const sequencesRight = rightPrefixes(batch, predictions).filter((prefix) => prefix === width).length
  return { asked, right, sequences, sequencesRight }
}
