// Tasks by name: batches are as described, and the same for the same seed.

import { describe, expect, test } from 'vitest'
import { ignored } from '../../lib/data/batch.ts'
import { findTask, taskBatches, taskNames, testBatches } from '../../lib/data/tasks.ts'

describe.each(taskNames)('%s', (name) => {
  const task = findTask(name)

  test('ids and targets are in range, and every string asks something', () => {
    const batch = taskBatches(task, { batch: 16, seed: 3 })(7)
    const [sequences, tokens] = batch.shape
    expect([sequences, tokens]).toEqual([16, task.trainingLengths.maximum])
    expect(batch.ids.every((id) => id >= 0 && id < task.vocabulary)).toBe(true)
    expect(
      batch.targets.every((target) => target === ignored || (target >= 0 && target < task.classes)),
    ).toBe(true)
    for (let row = 0; row < sequences; row++)
      expect(
        batch.targets.subarray(row * tokens, (row + 1) * tokens).some((target) => target !== ignored),
      ).toBe(true)
  })

  test('batches are a pure function of seed and step', () => {
    const source = taskBatches(task, { batch: 4, seed: 3 })
    const first = source(7)
    source(8)
    expect(source(7)).toEqual(first)
    expect(source(8)).not.toEqual(first)
    expect(taskBatches(task, { batch: 4, seed: 4 })(7)).not.toEqual(first)
  })

  test('tests are always the same strings', () => {
    for (const length of task.testLengths) {
      const batches = testBatches(task, length)
      expect(batches).toEqual(testBatches(task, length))
      expect(batches[0]?.shape[1]).toBe(length)
    }
  })
})

test('parity is the number of ones, asked at the last bit', () => {
  const [batch] = testBatches(findTask('parity'), 40)
  if (!batch) throw new Error('no batch')
  for (let row = 0; row < batch.shape[0]; row++) {
    const ones = batch.ids
      .subarray(row * 40, (row + 1) * 40)
      .reduce((count, id) => count + (id === 2 ? 1 : 0), 0)
    expect(batch.targets[row * 40 + 39]).toBe(ones % 2)
  }
})

test('an unknown task names the known', () => {
  expect(() => findTask('chess')).toThrow('`task` must be one of parity, got "chess"')
  expect(() => findTask('toString')).toThrow(RangeError)
})
