// Tasks by name: batches are as described, right by a second opinion, and the same for the same seed.

import { describe, expect, test } from 'vitest'
import { ignored } from '../../lib/data/batch.ts'
import { taskBatches, testBatches } from '../../lib/data/tasks/batches.ts'
import { findTask, taskFamilies } from '../../lib/data/tasks/families.ts'
import { stringsOf } from '../../lib/data/tasks/strings.ts'
import type { StringsOptions } from '../../lib/data/tasks/task.ts'
import { Random } from '../../lib/tensor/random.ts'

/** Names of every family and variant. */
const names = [
  'parity',
  ...['counting_mod_2', 'counting_mod_3', 'counting_mod_60'],
  ...['modular-arithmetic', 'modular-arithmetic_mod_2', 'modular-arithmetic_mod_13'],
  ...['modular-arithmetic_brackets', 'modular-arithmetic_brackets_no_multiplication'],
  ...['modular-arithmetic_brackets_mod_7', 'flip-flop', 'pieces', 'pieces_2', 'pieces_5'],
  ...['S2', 'S3', 'S5', 'S6', 'A4', 'A5', 'Z2', 'Z60', 'S3_x_Z2', 'Z2_x_A4_x_Z3'],
  ...['S5_only_swaps', 'S5_limit_to_3', 'S5_4_tokens', 'Z60_2_tokens', 'S4_x_Z2_only_swaps_3_tokens'],
]

const draw = (name: string, options: Partial<StringsOptions>, seed = 5) =>
  stringsOf(findTask(name).batch({ count: 1, minimum: 5, maximum: 12, ...options }, new Random(seed)))

test('every family is tried, and its example is one of its names', () => {
  for (const { parse, example } of taskFamilies) {
    expect(parse(example)?.name).toBe(example)
    expect(names.some((name) => parse(name))).toBe(true)
  }
})

describe.each(names)('%s', (name) => {
  const task = findTask(name)
  const { minimum, maximum } = task.trainingLengths

  test('is named as it was asked for', () => {
    expect(task.name).toBe(name)
  })

  test('ids and targets are in range, and every string asks something', () => {
    const batch = taskBatches(task, { batch: 16, seed: 3 })(7)
    expect(batch.shape[0]).toBe(16)
    expect(batch.shape[1]).toBeGreaterThanOrEqual(maximum)
    expect(batch.ids).toHaveLength(batch.shape[0] * batch.shape[1])
    expect(batch.ids.every((id) => id >= 0 && id < task.vocabulary)).toBe(true)
    const inRange = (target: number) => target === ignored || (target >= 0 && target < task.classes)
    expect(batch.targets.every(inRange)).toBe(true)
    for (const { ids } of stringsOf(batch)) expect(ids.length).toBeGreaterThanOrEqual(Math.min(3, minimum))
  })

  test('thousands of strings agree with the slow way to answer', () => {
    const options = { count: 1000, minimum: 5, maximum: 14 }
    for (const { ids, targets } of stringsOf(task.batch(options, new Random(11)))) {
      const answers = task.answers(ids)
      const differences = targets.filter((target, t) => target !== ignored && target !== answers[t])
      expect(differences, task.print(ids, targets)).toHaveLength(0)
      if (!task.prefixes) expect(Array.from(targets), task.print(ids, targets)).toEqual(answers)
    }
    const [long] = stringsOf(task.batch({ count: 1, minimum: 200, maximum: 200 }, new Random(12)))
    expect(long?.targets.at(-1)).toBe(task.answers(long?.ids ?? []).at(-1))
  })

  test('every prefix can be asked of a task whose prefixes have answers, of no other', () => {
    const options = { count: 50, minimum: 5, maximum: 14, asked: 'every' } as const
    if (!task.prefixes) return expect(() => task.batch(options, new Random(1))).toThrow('`asked` must be')
    for (const { ids, targets } of stringsOf(task.batch(options, new Random(1))))
      expect(Array.from(targets)).toEqual(task.answers(ids))
  })

  test('batches are a pure function of seed and step', () => {
    const source = taskBatches(task, { batch: 4, seed: 3 })
    const first = source(7)
    source(8)
    expect(source(7)).toEqual(first)
    expect(source(8)).not.toEqual(first)
    expect(taskBatches(task, { batch: 4, seed: 4 })(7)).not.toEqual(first)
  })

  test('a curriculum begins with short strings and ends with those of training', () => {
    const source = taskBatches(task, { batch: 4, seed: 3, curriculum: 10 })
    expect(source(0).shape[1]).toBeLessThan(source(5).shape[1])
    expect(source(10)).toEqual(taskBatches(task, { batch: 4, seed: 3 })(10))
  })

  test('tests are always the same strings', () => {
    const [length = 0] = task.testLengths
    const batches = testBatches(task, length)
    expect(batches).toEqual(testBatches(task, length))
    expect(batches[0]?.shape[1]).toBeGreaterThanOrEqual(length)
  })

  test('lengths that make no sense are refused', () => {
    const batch = (options: Partial<StringsOptions>) => () => draw(name, options)
    expect(batch({ count: 0 })).toThrow('`count` must be a whole number from 1, got 0')
    expect(batch({ minimum: 2.5 })).toThrow('`minimum` must be')
    expect(batch({ minimum: 9, maximum: 8 })).toThrow('`maximum` must be at least 9')
  })
})

/** How often every class is the last answer of strings of one length. */
function lastAnswers(name: string, length: number, count: number): number[] {
  const frequencies = new Array<number>(findTask(name).classes).fill(0)
  for (const { targets } of draw(name, { count, minimum: length, maximum: length }))
    frequencies[targets.at(-1) as number] = 1 + (frequencies[targets.at(-1) as number] ?? 0)
  return frequencies
}

test.each([
  'parity',
  'counting_mod_3',
  'S3',
  'A4',
  'Z60',
  'S3_x_Z2',
  'S5',
  'S3_4_tokens',
  'S4_limit_to_2',
  'flip-flop',
  'pieces_5',
  'modular-arithmetic_brackets_no_multiplication',
])('answers of %s are near uniform', (name) => {
  const { classes, chance } = findTask(name)
  expect(chance).toBe(1 / classes)
  const count = 100 * classes
  // χ² of uniform answers has mean classes − 1 and variance 2 (classes − 1); six deviations are never seen.
  const squares = lastAnswers(name, 60, count).reduce((sum, seen) => sum + (seen - 100) ** 2 / 100, 0)
  expect(squares).toBeLessThan(classes - 1 + 6 * Math.sqrt(2 * (classes - 1)))
})

test('swaps alone reach the even permutations after an even number of them', () => {
  const seen = lastAnswers('S4_only_swaps', 40, 1000)
  expect(seen.filter((count) => count > 0)).toHaveLength(12)
})

test('lengths are spread over what was asked for, in steps the task has', () => {
  const lengths = (name: string) =>
    [...new Set(draw(name, { count: 500 }).map(({ ids }) => ids.length))].sort((a, b) => a - b)
  expect(lengths('parity')).toEqual([5, 6, 7, 8, 9, 10, 11, 12])
  expect(lengths('modular-arithmetic')).toEqual([5, 7, 9, 11])
  expect(lengths('modular-arithmetic_brackets')).toEqual([4, 5, 6, 7, 8, 9, 10, 11])
  expect(lengths('pieces')).toEqual([6, 8, 10, 12])
  expect(lengths('S3')).toEqual([6, 7, 8, 9, 10, 11, 12, 13])
  expect(draw('modular-arithmetic', { minimum: 10, maximum: 10 })[0]?.ids).toHaveLength(9)
})

test('strings of a known task print as people write them', () => {
  const print = (name: string, ids: number[], targets: number[]) => findTask(name).print(ids, targets)
  expect(print('parity', [2, 1, 2, 2], [-1, -1, -1, 1])).toBe('1 0 1 1 → 1')
  expect(print('modular-arithmetic', [8, 1, 9, 3, 7, 4, 0], [-1, -1, -1, -1, -1, -1, 1])).toBe(
    '3 + 4 * 2 = 1',
  )
  expect(
    print('modular-arithmetic_brackets', [8, 8, 6, 3, 9, 7, 4, 9, 10, 0], [...new Array(9).fill(-1), 3]),
  ).toBe('( ( - 3 ) * 4 ) = 3')
  expect(print('flip-flop', [3, 2, 4, 1, 5], [-1, -1, -1, -1, 1])).toBe('w 1 i 0 r → 1')
  expect(print('pieces', [1, 3, 5, 2, 9, 3], [-1, -1, -1, -1, -1, 0])).toBe('ac eb ?c → A')
  expect(print('S3', [7, 2, 3], [-1, 2, 4])).toBe('^ (1 2) (1 2 3) → (1 2) (1 3 2)')
  expect(print('Z60_2_tokens', [61, 59, 60, 2, 60], [-1, 0, 59, 59, 1])).toBe('^ 59 _ 2 _ → 0 59 59 1')
})

describe('names', () => {
  test('an unknown task is told the known, with an example of each family', () => {
    for (const name of [
      'chess',
      'toString',
      '',
      'Parity',
      'S5_only',
      'S05x',
      'counting',
      'S5_x_',
      'pieces_',
    ]) {
      expect(() => findTask(name)).toThrow(RangeError)
      expect(() => findTask(name)).toThrow(`\`task\` must be like one of parity, counting_mod_3, modular-`)
      expect(() => findTask(name)).toThrow(`got "${name}"`)
    }
  })

  test.each([
    ['S7', '`task` must name groups of 2 elements or more, and 720 all together at most, got 5040 in "S7"'],
    ['S99999', '720 all together at most, got more in "S99999"'],
    ['S5_x_S4', 'got 2880'],
    ['Z1', 'got fewer than 2 in "Z1"'],
    ['A2', 'got fewer than 2'],
    ['Z0_x_S3', 'got fewer than 2'],
    ['counting_mod_1', '`task` must have a modulus from 2 to 1000, got 1 in "counting_mod_1"'],
    ['pieces_27', '`task` must have squares from 2 to 26, got 27'],
    ['modular-arithmetic_brackets_mod_0', 'a modulus from 2'],
    ['modular-arithmetic_mod_5000', 'a modulus from 2 to 1000, got 5000'],
    ['Z60_only_swaps', '`task` must name a group with swaps to have `_only_swaps`, got "Z60_only_swaps"'],
    ['A5_limit_to_2', '`task` must leave more elements than the identity'],
    ['S5_limit_to_1', 'a limit from 2 to'],
    ['S5_0_tokens', 'tokens a transition from 1 to 16, got 0'],
  ])('%s is refused', (name, message) => {
    expect(() => findTask(name)).toThrow(RangeError)
    expect(() => findTask(name)).toThrow(message)
  })
})
