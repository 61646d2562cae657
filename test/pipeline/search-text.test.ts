// The main job on a small budget: what it leaves behind is whole, true to its numbers, and survives being stopped.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readText } from '../../lib/data/text.ts'
import type { SupernetConfig } from '../../lib/nn/architecture.ts'
import type { LanguageModel } from '../../lib/nn/language-model.ts'
import { loadModel } from '../../lib/nn/model-file.ts'
import { architectureSpace, toArchitecture } from '../../lib/pipeline/architecture-space.ts'
import type { Front } from '../../lib/pipeline/results.ts'
import { type SearchTextOptions, searchText, validationText } from '../../lib/pipeline/search-text.ts'
import { readJournal } from '../../lib/search/journal.ts'
import { nonDominatedSort } from '../../lib/search/pareto.ts'
import { Random } from '../../lib/tensor/random.ts'
import { evaluateLoss } from '../../lib/train/evaluate.ts'

const supernet: SupernetConfig = {
  vocabulary: 256,
  hidden: [8, 16],
  depth: [1, 2],
  mixers: ['deltanet', 'deltaproduct', 'mamba'],
  heads: [1, 2],
  keyDim: 4,
  valueDim: [4, 8],
  householders: [2],
  expand: [1, 2],
  states: 4,
  mlpRatio: [0, 1],
  eigenvalues: ['[0,1]', '[-1,1]'],
  convolution: 2,
}

let folder: string
let options: SearchTextOptions
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parascan-search-'))
  const text = join(folder, 'text.txt')
  await writeFile(text, 'export interface Point { readonly x: number; readonly y: number }\n'.repeat(400))
  options = { text, out: join(folder, 'run'), budgetSeconds: 4, supernet }
})
afterAll(() => rm(folder, { recursive: true }))

const frontOf = async (out: string): Promise<Front> =>
  JSON.parse(await readFile(join(out, 'front.json'), 'utf8'))

describe('a search', () => {
  let front: Front
  beforeAll(async () => {
    front = await searchText(options)
  })

  test('returns what it writes', async () => {
    expect(await frontOf(options.out)).toEqual(JSON.parse(JSON.stringify(front)))
    const study = await readJournal(join(options.out, 'study.jsonl'))
    expect(front.trials).toBe(study?.records.filter((record) => record.type === 'told').length)
    expect(front.trials).toBeGreaterThanOrEqual(12)
    expect(front.hypervolume).toBeGreaterThan(0)
  })

  test('finds points of which none dominates another', () => {
    expect(front.points.length).toBeGreaterThan(0)
    const ranks = nonDominatedSort(
      front.points.map(({ values }) => [values.loss as number, values.latency as number]),
    )
    expect(ranks.every((rank) => rank === 0)).toBe(true)
  })

  test('saves models whose losses are those it reports', async () => {
    const { validation } = await readText(options.text, validationText)
    for (const point of front.points) {
      const model = (await loadModel(join(options.out, point.model))) as LanguageModel
      expect(await evaluateLoss(model, validation)).toBeCloseTo(point.values.loss as number, 5)
      expect(model.config.layers).toHaveLength(point.architecture.layers.length)
      model.parameters.dispose()
    }
  })

  test('writes a report that needs nothing but itself', async () => {
    const report = await readFile(join(options.out, 'report.html'), 'utf8')
    expect(report).toContain(front.points[0]?.architecture.description.replaceAll('×', '×'))
    expect(report).not.toMatch(/(src|href)="https?:/)
  })

  test('that is complete is not done again', async () => {
    const journal = await readFile(join(options.out, 'study.jsonl'))
    const again = await searchText(options)
    expect(again.points.map((point) => point.model).sort()).toEqual(
      expect.arrayContaining([expect.any(String)]),
    )
    expect(await readFile(join(options.out, 'study.jsonl'))).toEqual(journal)
  })

  test.each([
    [{ seed: 5 }, /holds a search with seed 0, not 5; choose another --out/],
    [
      { objectives: ['loss', 'parameters'] },
      /holds a search with objectives loss,latency, not loss,parameters/,
    ],
    [{ objectives: ['loss', 'beauty'] }, /`objectives` must be among loss, latency, .*, got "beauty"/],
    [{ budgetSeconds: 0 }, /`budgetSeconds` must be positive, got 0/],
    [{ text: 'nowhere.txt' }, /nowhere.txt does not exist/],
  ])('with %j is refused', async (change, message) => {
    await expect(searchText({ ...options, ...change })).rejects.toThrow(message)
  })
})

test('a search that was aborted again and again ends like any other', async () => {
  const out = join(folder, 'aborted')
  let share = 0.15
  const phases = new Set<string>()
  for (;;) {
    const controller = new AbortController()
    const stopAt = share
    try {
      await searchText({
        ...options,
        out,
        signal: controller.signal,
        onProgress: (progress) => {
          phases.add(progress.phase)
          if (progress.share >= stopAt) controller.abort(new Error('stop here'))
        },
      })
      break
    } catch (error) {
      expect((error as Error).message).toBe('stop here')
      share += 0.2
    }
  }
  expect(phases).toEqual(new Set(['supernet', 'trials', 'finalists']))
  expect((await frontOf(out)).points.length).toBeGreaterThan(0)
})

test('every configuration of the space is an architecture that can be built', () => {
  const space = architectureSpace(supernet)
  const random = new Random(1)
  for (let i = 0; i < 200; i++) {
    const configuration = space.sample(random)
    const architecture = toArchitecture(configuration)
    expect(architecture.layers).toHaveLength(configuration.depth as number)
    for (const layer of architecture.layers) expect(layer.mixer).toBeTypeOf('string')
  }
})
