// Tasks from files: what is read, how it is split and numbered, and which lines are refused.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { taskBatches, testBatches } from '../../lib/data/tasks/batches.ts'
import { findTask } from '../../lib/data/tasks/families.ts'
import { readTask } from '../../lib/data/tasks/file.ts'
import { stringsOf } from '../../lib/data/tasks/strings.ts'
import { Random } from '../../lib/tensor/random.ts'
import { parascan } from '../cli/terminal.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parascan-task-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function fileOf(lines: readonly unknown[], name = 'task.jsonl'): Promise<string> {
  const path = join(folder, name)
  await writeFile(
    path,
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
  )
  return path
}

/** Parity as people would write it down. */
const parityLines = stringsOf(
  findTask('parity').batch({ count: 200, minimum: 2, maximum: 12 }, new Random(1)),
).map(({ ids, targets }) => ({
  input: Array.from(ids, (id) => id - 1),
  target: targets.at(-1) === 1 ? 'odd' : 'even',
}))

test('lines become strings with their targets, in either spelling', async () => {
  const path = await fileOf([
    { input: 'b a 10 9', target: 'yes', split: 'train' },
    '',
    { input: ['a', 10], target: [null, 'no'] },
    { input: [9, 'b'], target: ['no', 'yes'], split: 'test' },
  ])
  const task = await readTask(path)
  expect(task.symbols).toEqual({ tokens: ['9', '10', 'a', 'b'], labels: ['no', 'yes'] })
  expect(task).toMatchObject({ vocabulary: 5, classes: 2, chance: 0.5, testLengths: [2] })
  expect(task.trainingLengths).toEqual({ minimum: 2, maximum: 4, first: 3 })
  expect(testBatches(task, 2)).toEqual([
    { shape: [1, 2], ids: Int32Array.of(1, 4), targets: Int32Array.of(0, 1) },
  ])
  const drawn = stringsOf(task.batch({ count: 40, minimum: 1, maximum: 4 }, new Random(1)))
  expect(new Set(drawn.map(({ ids, targets }) => task.print(ids, targets)))).toEqual(
    new Set(['b a 10 9 → yes', 'a 10 → no']),
  )
  expect(stringsOf(task.batch({ count: 1, minimum: 3, maximum: 3 }, new Random(1)))[0]?.ids).toHaveLength(2)
})

test('a tenth of the lines is for testing, the same every time, and in no training batch', async () => {
  const lines = Array.from({ length: 100 }, (_, i) => ({
    input: [i, 'x'.repeat(1 + (i % 3))],
    target: i % 2,
  }))
  const path = await fileOf(lines)
  const [task, again] = [await readTask(path), await readTask(path)]
  const tested = task.testLengths.flatMap((length) => testBatches(task, length))
  expect(again.testLengths.flatMap((length) => testBatches(again, length))).toEqual(tested)
  const firsts = (strings: { ids: Int32Array }[]) => strings.map(({ ids }) => ids[0])
  const held = firsts(tested.flatMap(stringsOf))
  expect(new Set(held).size).toBe(10)
  const source = taskBatches(task, { batch: 64, seed: 0 })
  expect(source(3)).toEqual(source(3))
  for (let step = 0; step < 20; step++)
    for (const first of firsts(stringsOf(source(step)))) expect(held).not.toContain(first)
})

test('strings are numbered as a network has it', async () => {
  const path = await fileOf([
    { input: 'b a', target: 1 },
    { input: 'a', target: 0 },
  ])
  const symbols = { tokens: ['a', 'c', 'b'], labels: ['2', '1', '0'] }
  expect((await readTask(path, { symbols })).symbols).toBe(symbols)
  await expect(readTask(path, { symbols: { ...symbols, tokens: ['a'] } })).rejects.toThrow(
    `${path}:1: the token "b" is not one that the network knows`,
  )
  await expect(readTask(path, { symbols: { ...symbols, labels: ['1', '2'] } })).rejects.toThrow(
    `${path}:2: the label "0" is not`,
  )
})

const good = { input: 'a b', target: 1 }
test.each([
  ['{"input": ', ':2 is not JSON'],
  [[1, 2], ':2 must be an object with `input` and `target`'],
  [{ target: 1 }, ':2: `input` must be tokens'],
  [{ input: '  ', target: 1 }, ':2: `input` must be tokens'],
  [{ input: ['a', null], target: 1 }, ':2: `input` must be tokens'],
  [{ input: 'a b' }, ':2: `target` must be a label'],
  [{ input: 'a b', target: [1] }, ':2: `target` must hold as many labels as `input` has tokens, 2, got 1'],
  [{ input: 'a b', target: [null, null] }, ':2: `target` asks nothing'],
  [{ input: 'a', target: 1, split: 'dev' }, ':2: `split` must be "train" or "test", got "dev"'],
  [{ input: 'a', target: 1 }, ' must have two labels or more'],
  [{ input: 'a', target: 0, split: 'train' }, ' must have lines to train on and lines to test with'],
])('a bad line is told with its number: %j', async (line, message) => {
  const path = await fileOf([good, line])
  await expect(readTask(path)).rejects.toThrow(path + message)
})

test('a file must be there, with two lines', async () => {
  const missing = join(folder, 'missing.jsonl')
  await expect(readTask(missing)).rejects.toThrow(`${missing} does not exist`)
  await expect(readTask(await fileOf([good]))).rejects.toThrow('must hold two lines or more')
})

test('a network is trained on a file, and evaluated on it alike', async () => {
  const path = await fileOf(parityLines, 'parity.jsonl')
  const model = join(folder, 'model.safetensors')
  const options = ['--model', 'deltanet', '--eigenvalues', '[-1,1]', '--hidden', '16', '--heads', '2']
  const words = ['train', `task:${path}`, ...options, '--batch', '8', '--steps', '4', '--out', model]
  const trained = await parascan([...words, '--json'])
  expect(trained.status, trained.err).toBe(0)
  const { score } = JSON.parse(trained.out)
  const evaluated = await parascan(['evaluate', model, `task:${path}`, '--json'])
  expect(JSON.parse(evaluated.out)).toEqual({ model, input: `task:${path}`, ...score })
  // Another file whose tokens alone would be numbered otherwise.
  const other = await fileOf(
    [
      { input: '1 1', target: 'even' },
      { input: '1', target: 'odd' },
    ],
    'other.jsonl',
  )
  expect((await parascan(['evaluate', model, `task:${other}`])).status).toBe(0)
  const strange = await fileOf(
    [
      { input: '2', target: 'even' },
      { input: '1', target: 'odd' },
    ],
    'strange.jsonl',
  )
  const { status, err } = await parascan(['evaluate', model, `task:${strange}`])
  expect({ status, err }).toEqual({
    status: 1,
    err: `parascan: ${strange}:1: the token "2" is not one that the network knows\n`,
  })
})
