// The state-tracking tables of the papers, trained again on this machine (Grazzi et al. 2025; Siems et al. 2025).

import { findTask } from '../../data/tasks/families.ts'
import { type Device, describeDevice } from '../../hardware/device.ts'
import { readRuntime } from '../../report/runtime.ts'
import { CellFolder } from './cell-folder.ts'
import type { Cell, CellResult } from './cells.ts'
import { type JudgedClaim, judge } from './claims.ts'
import { cellsOf } from './order.ts'
import { type RecipeSize, type StateTrackingRecipe, stateTrackingRecipe } from './recipes.ts'
import { runHere, runInProcess } from './run-cell.ts'
import { trainCells } from './schedule.ts'
import { type Summary, sameCell, summarize } from './summary.ts'
import { stateTrackingModels, variantsOf } from './variants.ts'
import { writeReport } from './write-report.ts'

export interface StateTrackingOptions {
  /** Folder of the run; the same options go on with a run that was stopped there, and a larger budget fills more cells. */
  out: string
  /** Names among {@link stateTrackingModels}; all by default. */
  models?: readonly string[]
  /** Names of tasks; {@link stateTrackingTasks} by default. */
  tasks?: readonly string[]
  /** Seeds of every cell, 3 by default; the table shows the best. */
  seeds?: number
  /** The first seed. */
  seed?: number
  /** Seconds that this call may take, 20 minutes by default. */
  budgetSeconds?: number
  size?: RecipeSize
  /** Processes that train side by side; 0 trains in this one. One a usable core by default. */
  processes?: number
  /** The command line, for the report. */
  command?: string
  signal?: AbortSignal | undefined
  onProgress?: (progress: StateTrackingProgress) => void
}

export interface StateTrackingProgress {
  /** Of the cells, or of the budget where that is over sooner, in [0, 1]. */
  share: number
  /** What is under way, in words. */
  detail: string
  /** The cell that has just been finished, if that is the news. */
  finished?: CellResult
}

/** The content of `state-tracking.json`. */
export interface StateTracking {
  version: 1
  size: RecipeSize
  device: Device
  /** Threads of a cell and cells at once. */
  processes: number
  models: string[]
  tasks: string[]
  seeds: number[]
  /** Of this call. */
  budgetSeconds: number
  /** Of training and scoring, over all cells and calls. */
  cellSeconds: number
  claims: JudgedClaim[]
  /** One for every variant and task. */
  summaries: Summary[]
  cells: CellResult[]
}

/** The tasks that are tried by default. */
export const stateTrackingTasks = ['parity', 'S3', 'S5_only_swaps', 'modular-arithmetic'] as const

/**
 * Trains every model in both ranges of eigenvalues on strings of 3 to 40 tokens and scores it on 40 to 256. Leaves in
 * `out`: a file for every cell, `state-tracking.json`, `state-tracking.html` and a picture for every task.
 *
 * Stopped by the signal, or killed, it loses the cells under way and goes on when called again.
 *
 * @throws RangeError for options that make no sense; Error with a code for a folder that will not do; the signal's reason
 */
export async function reproduceStateTracking(options: StateTrackingOptions): Promise<StateTracking> {
  const { out, seeds: count = 3, seed = 0, budgetSeconds = 1200, size = 'small', signal } = options
  for (const [name, value, least] of [
    ['seeds', count, 1],
    ['seed', seed, 0],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new RangeError(`\`${name}\` must be a whole number from ${least}, got ${value}`)
  if (!(budgetSeconds > 0)) throw new RangeError(`\`budgetSeconds\` must be positive, got ${budgetSeconds}`)
  const models = [...(options.models ?? stateTrackingModels)]
  const variants = variantsOf(models).map(({ label }) => label)
  const tasks = [...(options.tasks ?? stateTrackingTasks)]
  const seeds = Array.from({ length: count }, (_, i) => seed + i)
  const recipeOf = (task: string): StateTrackingRecipe => stateTrackingRecipe(findTask(task), size)
  tasks.forEach(recipeOf)
  const runtime = await readRuntime() // what the report needs, asked for before the work depends on it
  const device = describeDevice()
  const processes = options.processes ?? device.usableCores

  const folder = await CellFolder.open(out)
  const cells = cellsOf(variants, tasks, seeds)
  const wanted = ({ cell }: CellResult): boolean => cells.some((other) => sameCell(other, cell))
  const results = (await folder.results(recipeOf)).filter(wanted)

  const tell = (timeShare: number, running: ReadonlyMap<Cell, number>, finished?: CellResult): void => {
    const share = Math.max(timeShare, results.length / cells.length)
    options.onProgress?.({
      share,
      detail: progressWords(results.length, cells.length, running),
      ...(finished && { finished }),
    })
  }
  let timeShare = 0
  const write = async (): Promise<StateTracking> => {
    const summaries = tasks.flatMap((task) => variants.map((variant) => summarize(variant, task, results)))
    const state: StateTracking = {
      version: 1,
      size,
      device,
      processes,
      models,
      tasks,
      seeds,
      budgetSeconds,
      cellSeconds: results.reduce((sum, { seconds }) => sum + seconds, 0),
      claims: judge(summaries),
      summaries,
      cells: results,
    }
    await writeReport(
      state,
      folder,
      options.command ?? `parascan reproduce state-tracking --out ${out}`,
      runtime,
    )
    return state
  }
  try {
    await trainCells({
      cells,
      results,
      recipeOf,
      run: processes === 0 ? runHere : runInProcess,
      width: Math.max(1, processes),
      seconds: budgetSeconds,
      signal,
      finished: async (result) => {
        await folder.add(result)
        tell(timeShare, new Map(), result)
      },
      onProgress: (share, running) => {
        timeShare = share
        tell(share, running)
      },
    })
  } catch (error) {
    if (signal?.aborted) await write()
    throw error
  }
  return await write()
}

function progressWords(done: number, of: number, running: ReadonlyMap<Cell, number>): string {
  const parts = Array.from(
    running,
    ([{ variant, task }, share]) => `${variant} on ${task} ${Math.floor(100 * share)} %`,
  )
  return [`${done} of ${of} cells`, ...parts].join(', ')
}
