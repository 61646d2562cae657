// The comparison of two ranges of eigenvalues on text: what is compared, kept and shown. Networks see few steps here.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LanguageCell, LanguageCellResult } from '../../lib/pipeline/language-modelling/cells.ts'
import { languageRecipe } from '../../lib/pipeline/language-modelling/recipe.ts'
import {
  languageModellingModels,
  reproduceLanguageModelling,
} from '../../lib/pipeline/language-modelling/reproduce.ts'
import { summarize } from '../../lib/pipeline/language-modelling/summary.ts'
import { trainCells } from '../../lib/pipeline/language-modelling/train-cells.ts'
import { comparisonRows } from '../../lib/report/language-modelling-table.ts'

let folder = ''
let text = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parascan-language-'))
  text = join(folder, 'text.txt')
  await writeFile(text, 'to be or not to be, that is the question. '.repeat(100))
})
afterAll(() => rm(folder, { recursive: true }))

test('models are those that have a choice of eigenvalues', () => {
  expect(languageModellingModels).toEqual(
    expect.arrayContaining(['deltanet', 'gated-deltanet', 'deltaproduct', 'kda', 'mamba', 'mamba2', 'gla']),
  )
  for (const model of ['attention', 'mlstm', 'rwkv7']) expect(languageModellingModels).not.toContain(model)
})

describe('the summary', () => {
  const result = (eigenvalues: '[0,1]' | '[-1,1]', seed: number, bits: number): LanguageCellResult => ({
    cell: { model: 'deltanet', eigenvalues, seed },
    ...{ recipe: languageRecipe('deltanet', 20), sha256: '', parameters: 398_336, trainingLoss: 1 },
    curve: [
      { step: 10, bitsPerByte: 2 * bits },
      { step: 20, bitsPerByte: bits },
    ],
  })
  const results = [
    ...[result('[0,1]', 0, 2), result('[-1,1]', 0, 2.25)],
    ...[result('[-1,1]', 1, 4.25), result('[0,1]', 1, 4)],
  ]

  test('takes the difference seed by seed', () => {
    const { final, curve, seeds } = summarize('deltanet', results)
    expect(final).toEqual({
      step: 20,
      narrow: { mean: 3, deviation: Math.SQRT2 },
      wide: { mean: 3.25, deviation: Math.SQRT2 },
      difference: { mean: 0.25, deviation: 0 },
    })
    expect({ seeds, steps: curve.map(({ step }) => step) }).toEqual({ seeds: 2, steps: [10, 20] })
  })

  test('has no deviation for a single seed', () => {
    const { final } = summarize('deltanet', results.slice(0, 2))
    expect(final.difference).toEqual({ mean: 0.25, deviation: null })
  })

  test('stands beside the published perplexities', () => {
    expect(comparisonRows([summarize('deltanet', results)]).map(({ words }) => words.join(' | '))).toEqual([
      'deltanet | 398k | bits per byte | 3.000 ± 1.414 | 3.250 ± 1.414 | +0.250 ± 0.000 | +8.33 %',
      'deltanet, paper | 340M | perplexity | 24.68 | 24.54 | −0.14 | −0.18 %',
      'deltanet, paper | 1.3B | perplexity | 18.54 | 18.57 | +0.03 | +0.06 %',
    ])
  })
})

test('the first cell that fails stops the others and is named', async () => {
  const cells = [0, 1, 2].map((seed): LanguageCell => ({ model: 'mamba', eigenvalues: '[0,1]', seed }))
  const stopped: number[] = []
  const training = trainCells(cells, {
    ...{ width: 2, total: 3, signal: undefined, onProgress: undefined },
    train: ({ seed }, { signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          stopped.push(seed)
          reject(signal.reason)
        })
        if (seed === 1) reject(new Error('no reason'))
      }),
  })
  await expect(training).rejects.toThrow('mamba [0,1], seed 1 failed: no reason')
  expect(stopped).toContain(0)
  expect(stopped).not.toContain(2)
})

describe('a run', () => {
  const options = { models: ['deltanet'], steps: 3, seeds: 1, processes: 0 }

  test('that is stopped goes on, and ends like one that was not', async () => {
    const [whole, parts] = [join(folder, 'whole'), join(folder, 'parts')]
    const expected = await reproduceLanguageModelling({ ...options, text, out: whole })

    const controller = new AbortController()
    const stopped = reproduceLanguageModelling({
      ...{ ...options, text, out: parts, signal: controller.signal },
      onProgress: ({ share }) => {
        if (share > 0.5) controller.abort(new Error('enough'))
      },
    })
    await expect(stopped).rejects.toThrow('enough')
    expect(await readdir(join(parts, 'cells'))).toContain('deltanet_0..1_0.json')
    expect(await readdir(parts)).not.toContain('language-modelling.html')

    const state = await reproduceLanguageModelling({ ...options, text, out: parts })
    expect(state.cells).toEqual(expected.cells)
    expect(state.cells.map(({ curve }) => curve.map(({ step }) => step))).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
    expect((await readdir(join(parts, 'cells'))).filter((name) => name.endsWith('.safetensors'))).toEqual([])

    const document = await readFile(join(parts, 'language-modelling.json'), 'utf8')
    expect(JSON.parse(document)).toEqual(JSON.parse(JSON.stringify(state)))
    const page = await readFile(join(parts, 'language-modelling.html'), 'utf8')
    for (const words of ['3 steps of 1,024 bytes, seed 0', 'deltanet, paper', '24.54'])
      expect(page).toContain(words)
    expect(await readFile(join(parts, 'language-modelling.svg'), 'utf8')).toMatch(/^<svg/)

    const refused = (more: object) =>
      expect(reproduceLanguageModelling({ ...options, text, out: parts, ...more })).rejects
    await refused({ steps: 4 }).toThrow('was trained for 3 steps, not 4; choose another --out')
    const other = join(folder, 'other.txt')
    await writeFile(other, 'another text\n'.repeat(300))
    await refused({ text: other }).toThrow('was trained on another text; choose another --out')
  })

  test('refuses options that make no sense, and texts that are not there', async () => {
    const out = join(folder, 'nothing')
    const refused = (more: object) =>
      expect(reproduceLanguageModelling({ ...options, text, out, ...more })).rejects
    await refused({ seeds: 0 }).toThrow('`seeds` must be a whole number from 1, got 0')
    await refused({ models: ['attention'] }).toThrow('`models` must be among deltanet')
    await refused({ text: join(folder, 'none.txt') }).toThrow('none.txt does not exist')
  })
})
