// What a task is: strings of tokens with a question about each, drawn by the batch, and how answers to it are judged.

import type { Random } from '../../tensor/random.ts'
import type { Batch } from '../batch.ts'

/** What strings a batch holds. */
export interface StringsOptions {
  count: number
  /**
   * Shortest and longest length, in tokens, not counting the one that begins a string of a group. Where no string of the
   * task has such a length, it is the next shorter one that has.
   */
  minimum: number
  maximum: number
  /**
   * Where the answer is asked: by the definition of the task, unless said otherwise, or at `every` prefix that has one,
   * of a task whose prefixes do.
   */
  asked?: 'definition' | 'every' | undefined
}

/** Which number tells how good a network is: see `scaledAccuracy` and `sequenceAccuracy`. */
export type TaskMetric = 'scaledAccuracy' | 'sequenceAccuracy'

export interface Task {
  /** As people type it after `task:`. */
  readonly name: string
  /** Ids are in [0, vocabulary). */
  readonly vocabulary: number
  /** Targets are in [0, classes). */
  readonly classes: number
  /** Accuracy of a guess. */
  readonly chance: number
  readonly metric: TaskMetric
  /** Shortest and longest string of training, and the longest that a curriculum begins with. */
  readonly trainingLengths: { readonly minimum: number; readonly maximum: number; readonly first: number }
  /** Lengths that scores are reported at. */
  readonly testLengths: readonly number[]
  /** Whether prefixes of a string have answers of their own, so that `asked: 'every'` can be had. */
  readonly prefixes: boolean
  /**
   * Strings with their targets, a row each, which ends at the last target that counts; padding follows.
   *
   * @throws RangeError for lengths that no string has, and for `asked: 'every'` of a task whose prefixes have no answers
   */
  batch(options: StringsOptions, random: Random): Batch
  /** A string as people write it: its ids and targets, without padding. */
  print(ids: ArrayLike<number>, targets: ArrayLike<number>): string
  /** What is tested at a length of `testLengths`, where these are no strings of {@link Task.batch}. */
  test?(length: number): Batch[]
}

/** A task that knows its answers in two ways. */
export interface CheckedTask extends Task {
  /**
   * The right class at every token of a string, `ignored` where there is no question, found independently of `batch` and
   * as slowly as it takes: by reading the string as people would.
   */
  answers(ids: ArrayLike<number>): number[]
}

/** Tasks of one kind, which differ in what their names say. */
export interface TaskFamily {
  /** The names it knows, `modular-arithmetic[_mod_m]`. */
  readonly form: string
  readonly example: string
  /**
   * @returns undefined for the name of another family
   * @throws RangeError for a number in the name that makes no sense
   */
  parse(name: string): CheckedTask | undefined
}
