// What negative eigenvalues cost on text (Grazzi et al. 2025, table 4): networks of equal weights at the start, equal
// batches and equal steps, in both ranges.

import { readText } from '../../data/text.ts'
import { type Device, describeDevice } from '../../hardware/device.ts'
import { checkMixerKind, type MixerKind, mixerKinds, withoutEigenvalues } from '../../nn/mixers.ts'
import type { LanguageSummary } from '../../report/language-modelling-data.ts'
import { readRuntime } from '../../report/runtime.ts'
import { type WorkOptions, workInProcess } from '../work-process.ts'
import { LanguageFolder } from './cell-folder.ts'
import { cellName, type LanguageCell, type LanguageCellResult } from './cells.ts'
import { defaultSteps, languageRecipe } from './recipe.ts'
import { summarize } from './summary.ts'
import { type LanguageCellOrder, trainLanguageCell } from './train-cell.ts'
import { type LanguageModellingProgress, trainCells } from './train-cells.ts'
import { writeReport } from './write-report.ts'

export interface LanguageModellingOptions {
  /** Path of the text; any file of bytes will do. */
  text: string
  /** Folder of the run; the same options go on with a run that was stopped there, and more seeds or models add to it. */
  out: string
  /** Names among {@link languageModellingModels}; `deltanet` and `mamba` by default. */
  models?: readonly string[]
  /** Training steps of every network, 800 by default. */
  steps?: number
  /** Seeds of every model in both ranges, 3 by default. */
  seeds?: number
  /** The first seed. */
  seed?: number
  /** Processes that train side by side; 0 trains in this one. One a usable core by default. */
  processes?: number
  /** The command line, for the report. */
  command?: string
  signal?: AbortSignal | undefined
  onProgress?: (progress: LanguageModellingProgress) => void
}

/** The content of `language-modelling.json`. */
export interface LanguageModelling {
  version: 1
  text: { path: string; bytes: number; sha256: string }
  device: Device
  steps: number
  models: MixerKind[]
  seeds: number[]
  /** One for every model. */
  summaries: LanguageSummary[]
  cells: LanguageCellResult[]
}

/** The models that have a choice of eigenvalues. */
export const languageModellingModels: readonly MixerKind[] = mixerKinds.filter(
  (kind) => !(kind in withoutEigenvalues),
)

/** The models that are compared by default, those of the paper. */
export const defaultLanguageModels = ['deltanet', 'mamba'] as const satisfies readonly MixerKind[]

/**
 * Trains language models on a text in both ranges of eigenvalues and compares their loss on validation windows. Leaves in
 * `out`: a file for every cell, `language-modelling.json`, `language-modelling.html` and `language-modelling.svg`.
 *
 * Stopped by the signal, or killed, it loses at most a hundred steps of the cells under way and goes on when called again.
 *
 * @throws RangeError for options that make no sense; Error with a code for a text or a folder that will not do; Error that
 * names the cell where a training fails; the signal's reason
 */
export async function reproduceLanguageModelling(
  options: LanguageModellingOptions,
): Promise<LanguageModelling> {
  const { text, out, steps = defaultSteps, seeds: count = 3, seed = 0, signal } = options
  for (const [name, value, least] of [
    ['steps', steps, 1],
    ['seeds', count, 1],
    ['seed', seed, 0],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new RangeError(`\`${name}\` must be a whole number from ${least}, got ${value}`)
  const models = checkLanguageModels(options.models ?? defaultLanguageModels)
  const seeds = Array.from({ length: count }, (_, i) => seed + i)
  const recipeOf = ({ model }: LanguageCell) => languageRecipe(model, steps)
  const runtime = await readRuntime() // what the report needs, asked for before the work depends on it
  const { bytes, sha256 } = await readText(text, { ...languageRecipe(models[0] as MixerKind, steps), seed })
  const device = describeDevice()
  const processes = options.processes ?? device.usableCores

  const folder = await LanguageFolder.open(out)
  const cells = seeds.flatMap((one) =>
    models.flatMap((model) =>
      (['[0,1]', '[-1,1]'] as const).map((eigenvalues): LanguageCell => ({ model, eigenvalues, seed: one })),
    ),
  )
  const found = await folder.results(sha256, recipeOf)
  const results = new Map(found.map((result) => [cellName(result.cell), result]))
  const run = processes === 0 ? trainLanguageCell : trainInProcess
  await trainCells(
    cells.filter((cell) => !results.has(cellName(cell))),
    {
      width: Math.max(1, processes),
      signal,
      total: cells.length,
      onProgress: options.onProgress,
      train: async (cell, work) => {
        const order = { cell, recipe: recipeOf(cell), text, checkpoint: folder.checkpoint(cell) }
        const result = await run(order, work)
        await folder.add(result)
        results.set(cellName(cell), result)
      },
    },
  )

  const trained = cells.map((cell) => results.get(cellName(cell)) as LanguageCellResult)
  const state: LanguageModelling = {
    version: 1,
    text: { path: text, bytes, sha256 },
    ...{ device, steps, models, seeds },
    summaries: models.map((model) => summarize(model, trained)),
    cells: trained,
  }
  const command = options.command ?? `parascan reproduce language-modelling ${text} --out ${out}`
  await writeReport(state, folder, command, runtime)
  return state
}

/** @throws RangeError if there is no name, or one that is none of {@link languageModellingModels} */
export function checkLanguageModels(names: readonly string[]): MixerKind[] {
  if (names.length === 0) throw new RangeError('`models` must not be empty')
  const unknown = names.find((name) => !(languageModellingModels as readonly string[]).includes(name))
  if (unknown !== undefined)
    throw new RangeError(`\`models\` must be among ${languageModellingModels.join(', ')}, got "${unknown}"`)
  return [...new Set(names.map(checkMixerKind))]
}

const trainInProcess = (order: LanguageCellOrder, options: WorkOptions): Promise<LanguageCellResult> =>
  workInProcess('pipeline/language-modelling/cell-process.js', order, options)
