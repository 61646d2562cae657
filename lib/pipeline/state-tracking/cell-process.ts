// The process of one cell: takes the cell and its recipe from the parent, and sends back progress and the result. It ends
// when the parent is gone.

import type { Cell, TrainedCell } from './cells.ts'
import type { StateTrackingRecipe } from './recipes.ts'
import { trainCell } from './train-cell.ts'

export interface CellOrder {
  cell: Cell
  recipe: StateTrackingRecipe
}

export type CellMessage = { share: number } | { trained: TrainedCell } | { reason: string }

const send = (message: CellMessage): Promise<void> =>
  new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()))

/** Progress is told at most this often, in milliseconds. */
const progressInterval = 500

process.on('disconnect', () => process.exit())
// Ctrl-C reaches every process of the terminal; the parent decides what becomes of this one.
process.on('SIGINT', () => undefined)
process.once('message', async ({ cell, recipe }: CellOrder) => {
  let told = 0
  const onProgress = (share: number): void => {
    if (performance.now() - told < progressInterval) return
    told = performance.now()
    void send({ share })
  }
  try {
    await send({ trained: await trainCell(cell, recipe, { onProgress }) })
  } catch (error) {
    await send({ reason: error instanceof Error ? error.message : String(error) })
  }
  process.exit()
})
