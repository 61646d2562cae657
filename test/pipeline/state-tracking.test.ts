// The reproduction of state tracking: which cell is next, how strings grow, what is kept and shown. Networks are tiny here;
// that they learn is the business of test/train/eigenvalue-range.test.ts.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findTask } from '../../lib/data/tasks/families.ts'
import { mixerKinds } from '../../lib/nn/mixers.ts'
import { CellFolder } from '../../lib/pipeline/state-tracking/cell-folder.ts'
import type { Cell, CellResult, TrainedCell } from '../../lib/pipeline/state-tracking/cells.ts'
import { judge } from '../../lib/pipeline/state-tracking/claims.ts'
import { Curriculum } from '../../lib/pipeline/state-tracking/curriculum.ts'
import { cellsOf, pendingCells } from '../../lib/pipeline/state-tracking/order.ts'
import { stateTrackingRecipe } from '../../lib/pipeline/state-tracking/recipes.ts'
import { reproduceStateTracking, stateTrackingTasks } from '../../lib/pipeline/state-tracking/reproduce.ts'
import { trainCells } from '../../lib/pipeline/state-tracking/schedule.ts'
import { summarize } from '../../lib/pipeline/state-tracking/summary.ts'
import { trainCell } from '../../lib/pipeline/state-tracking/train-cell.ts'
import { stateTrackingVariants, variantsOf } from '../../lib/pipeline/state-tracking/variants.ts'

const recipeOf = (task: string) => stateTrackingRecipe(findTask(task), 'small')
const tiny = { ...recipeOf('parity'), hidden: 8, heads: 1, steps: 4, batch: 2, checkEvery: 0 }

/** A trained cell that is right for strings up to `solved` tokens, and has this score. */
function trained(cell: Cell, score: number, solved = 0): TrainedCell {
  const scores = (share: number) => ({ accuracy: share, scaledAccuracy: share, sequenceAccuracy: share })
  return {
    ...{ status: 'trained', cell, recipe: recipeOf(cell.task), steps: 10, learned: score === 1 },
    ...{ parameters: 100, trainingLoss: 0.1, score: scores(score), seconds: 2 },
    curve: [32, 64, 128, 256].map((length) => ({ length, ...scores(length <= solved ? 1 : 0) })),
  }
}
const cell = (variant: string, task: string, seed = 0): Cell => ({ variant, task, seed })

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parascan-tracking-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('variants are every kind of layer but KDA, in both ranges where it has two', () => {
  const kinds = new Set(stateTrackingVariants.map(({ kind }) => kind))
  expect(mixerKinds.filter((kind) => !kinds.has(kind))).toEqual(['kda'])
  expect(variantsOf(['deltaproduct']).map(({ label }) => label)).toEqual(
    [2, 3, 4].flatMap((n) => [`deltaproduct-${n} [0,1]`, `deltaproduct-${n} [-1,1]`]),
  )
  expect(variantsOf(['attention']).map(({ label }) => label)).toEqual(['attention'])
  expect(() => variantsOf(['lstm'])).toThrow('`models` must be among deltanet, gated-deltanet')
})

describe('strings', () => {
  const { first = 0, learned = 0 } = tiny.curriculum ?? {}

  test('grow when they are learned', () => {
    const curriculum = new Curriculum({ ...tiny, steps: 1000 })
    for (let step = 0; step < 30; step++) curriculum.learn(1)
    expect(curriculum.longest(30)).toBe(first)
    for (let step = 0; step < 100; step++) curriculum.learn(learned / 10)
    expect(curriculum.longest(130)).toBeGreaterThan(first + 5)
    expect(curriculum.longest(130)).toBeLessThan(tiny.maximum)
  })

  test('grow from half of the steps on whether they are learned or not', () => {
    const curriculum = new Curriculum({ ...tiny, steps: 1000 })
    expect(curriculum.longest(500)).toBe(first)
    expect(curriculum.longest(625)).toBeGreaterThan(first)
    expect(curriculum.longest(750)).toBe(tiny.maximum)
  })

  test('are of all lengths from the first step on by the recipe of the paper', () => {
    const paper = stateTrackingRecipe(findTask('parity'), 'paper')
    expect(new Curriculum(paper).longest(0)).toBe(40)
  })
})

test.each(stateTrackingVariants.map(({ label }) => label))(
  '%s is trained and scored, the same each time',
  async (variant) => {
    for (const task of ['parity', 'S3', 'modular-arithmetic']) {
      const recipe = { ...recipeOf(task), hidden: 8, heads: 1, steps: 2, batch: 2, checkEvery: 0 }
      const short = { ...(await trainCell(cell(variant, task), recipe, { strings: 2 })), seconds: 0 }
      expect(short).toMatchObject({ status: 'trained', steps: 2, learned: false })
      expect(short.curve.map(({ length }) => length)).toContain(256)
      if (task === 'S3')
        expect({ ...(await trainCell(cell(variant, task), recipe, { strings: 2 })), seconds: 0 }).toEqual(
          short,
        )
    }
  },
)

describe('the order', () => {
  const variants = ['gla [-1,1]', 'deltanet [0,1]', 'deltanet [-1,1]']
  const cells = cellsOf(variants, ['parity'], [0, 1])

  test('begins with what claims hang on, all seeds of it', () => {
    const order = pendingCells(cells, [])
    expect(order.map(({ variant, seed }) => `${variant} ${seed}`)).toEqual([
      ...['deltanet [0,1] 0', 'deltanet [-1,1] 0', 'deltanet [0,1] 1', 'deltanet [-1,1] 1'],
      ...['gla [-1,1] 0', 'gla [-1,1] 1'],
    ])
  })

  test('leaves further seeds of what is learned to the end', () => {
    const order = pendingCells(cells, [trained(cell('deltanet [-1,1]', 'parity'), 1)])
    expect(order.at(-1)).toEqual(cell('deltanet [-1,1]', 'parity', 1))
    expect(order).toHaveLength(5)
  })

  test('claims are about tasks and variants there are', () => {
    const summaries = stateTrackingTasks.flatMap((task) =>
      stateTrackingVariants.map(({ label }) => summarize(label, task, [])),
    )
    expect(judge(summaries)).toHaveLength(5)
  })
})

describe('summaries', () => {
  const results: CellResult[] = [
    trained(cell('deltanet [-1,1]', 'parity', 0), 0.5, 32),
    trained(cell('deltanet [-1,1]', 'parity', 1), 1, 256),
    trained(cell('deltanet [-1,1]', 'parity', 2), 0.75, 64),
    trained(cell('deltanet [0,1]', 'parity', 0), 0.05),
    { ...trained(cell('gla [-1,1]', 'parity'), 0), status: 'failed', reason: 'no reason' },
  ]

  test('show the best seed, the median and its deviation, beside the published number', () => {
    expect(summarize('deltanet [-1,1]', 'parity', results)).toEqual({
      ...{ variant: 'deltanet [-1,1]', task: 'parity', metric: 'scaledAccuracy', best: 1, median: 0.75 },
      ...{ deviation: 0.25, solvedTo: 256, published: 1, trained: 3, failed: 0 },
    })
    expect(summarize('gla [-1,1]', 'parity', results)).toMatchObject({ best: null, failed: 1 })
  })

  test('say which claims hold, and which are not run', () => {
    const parity = (label: string) => summarize(label, 'parity', results)
    const [claim] = judge(['deltanet [-1,1]', 'deltanet [0,1]'].map(parity))
    expect(claim?.holds).toBe(true)
    const swapped = ['deltanet [-1,1]', 'deltanet [0,1]'].map((label, i) => ({
      ...parity(label),
      best: i,
    }))
    expect(judge(swapped)[0]?.holds).toBe(false)
    expect(judge(['mamba [-1,1]', 'mamba [0,1]'].map(parity))[0]?.holds).toBeNull()
  })
})

test('cells train side by side until the time is over; what it ends is not there', async () => {
  const results: CellResult[] = []
  let [running, most] = [0, 0]
  const all = cellsOf(['deltanet [0,1]', 'gla [-1,1]'], ['parity'], [0, 1, 2])
  await trainCells({
    ...{
      cells: all,
      results,
      recipeOf,
      width: 2,
      seconds: 0.6,
      finished: async () => {},
      onProgress: () => {},
    },
    run: (one, _, { signal }) =>
      new Promise((resolve, reject) => {
        most = Math.max(most, ++running)
        signal?.addEventListener('abort', () => reject(signal.reason))
        const milliseconds = one.variant === 'gla [-1,1]' ? 1e6 : 10
        setTimeout(() => resolve({ ...trained(one, 0), seconds: 0.01 }), milliseconds).unref()
        running--
      }),
  })
  expect(most).toBeGreaterThan(0)
  expect(results.map((result) => result.cell.variant)).toEqual(Array(3).fill('deltanet [0,1]'))
})

describe('a run', () => {
  const options = { models: ['deltanet'], tasks: ['parity'], seeds: 1, processes: 0 }

  test('shows what earlier calls trained, and what is not run as such', async () => {
    const out = join(folder, 'run')
    const cells = await CellFolder.open(out)
    await cells.add(trained(cell('deltanet [-1,1]', 'parity'), 1, 256))
    const state = await reproduceStateTracking({ ...options, out, budgetSeconds: 1e-3 })
    expect(state.summaries.map(({ variant, best }) => [variant, best])).toEqual([
      ['deltanet [0,1]', null],
      ['deltanet [-1,1]', 1],
    ])
    expect(JSON.parse(await readFile(join(out, 'state-tracking.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(state)),
    )
    const page = await readFile(join(out, 'state-tracking.html'), 'utf8')
    expect(page).toContain('<td class="number">not run</td>')
    const picture = await readFile(join(out, 'parity.svg'), 'utf8')
    expect(picture).toMatch(/^<svg[^>]*><title>scaled accuracy on parity<\/title><style>svg\{background/)
    expect(picture).toContain('deltanet')
  })

  test('that is stopped keeps its folder, and rejects', async () => {
    const out = join(folder, 'stopped')
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(reproduceStateTracking({ ...options, out, signal })).rejects.toThrow('enough')
    expect(await readFile(join(out, 'state-tracking.html'), 'utf8')).toContain('not run')
  })

  test('refuses cells of another recipe', async () => {
    const out = join(folder, 'other')
    const cells = await CellFolder.open(out)
    await cells.add({ ...trained(cell('deltanet [-1,1]', 'parity'), 1), recipe: tiny })
    await expect(reproduceStateTracking({ ...options, out })).rejects.toThrow('was trained by another recipe')
  })

  test('refuses options that make no sense, and a folder that is a file', async () => {
    const out = join(folder, 'nothing')
    const refused = (more: object) => expect(reproduceStateTracking({ ...options, out, ...more })).rejects
    await refused({ seeds: 0 }).toThrow('`seeds` must be a whole number from 1, got 0')
    await refused({ budgetSeconds: -1 }).toThrow('`budgetSeconds` must be positive, got -1')
    await refused({ tasks: ['beauty'] }).toThrow('`task` must be like one of parity')
    await writeFile(out, '')
    await refused({}).toThrow('cannot be written to')
  })
})
