// Where cells are trained: in this process one after the other, or in processes of their own.

import { workInProcess } from '../work-process.ts'
import type { Cell, CellResult, TrainedCell } from './cells.ts'
import type { StateTrackingRecipe } from './recipes.ts'
import { type TrainCellOptions, trainCell } from './train-cell.ts'

export interface CellOrder {
  cell: Cell
  recipe: StateTrackingRecipe
}

/** Resolves to a failed cell for whatever goes wrong but the signal's abort, which rejects with its reason. */
export type CellRunner = (
  cell: Cell,
  recipe: StateTrackingRecipe,
  options: TrainCellOptions,
) => Promise<CellResult>

const tolerant =
  (run: (...args: Parameters<CellRunner>) => Promise<TrainedCell>): CellRunner =>
  async (cell, recipe, options) => {
    const start = performance.now()
    try {
      return await run(cell, recipe, options)
    } catch (error) {
      options.signal?.throwIfAborted()
      const reason = error instanceof Error ? error.message : String(error)
      return { status: 'failed', cell, recipe, reason, seconds: (performance.now() - start) / 1000 }
    }
  }

export const runHere = tolerant(trainCell)

export const runInProcess = tolerant((cell, recipe, options) =>
  workInProcess<CellOrder, TrainedCell>('pipeline/state-tracking/cell-process.js', { cell, recipe }, options),
)
