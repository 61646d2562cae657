// Trains cells side by side until all are trained or the time is over.

import type { Cell, CellResult } from './cells.ts'
import { pendingCells } from './order.ts'
import type { StateTrackingRecipe } from './recipes.ts'
import type { CellRunner } from './run-cell.ts'
import { sameCell } from './summary.ts'

/** Milliseconds, of any timer of Node. */
const longestTimer = 2 ** 31 - 1

export interface ScheduleOptions {
  cells: readonly Cell[]
  /** Results there are; those of this run are added. */
  results: CellResult[]
  recipeOf: (task: string) => StateTrackingRecipe
  run: CellRunner
  /** Cells trained at once. */
  width: number
  /** Time to spend; a cell that the time ends is as if it had never begun. */
  seconds: number
  signal?: AbortSignal | undefined
  /** After every cell. */
  finished: (result: CellResult) => Promise<void>
  /** While cells train: the share of the time that is over, and which are under way with the shares of theirs. */
  onProgress: (share: number, running: ReadonlyMap<Cell, number>) => void
}

/** Resolves when there is nothing more to do in the time; rejects with the signal's reason if it aborts. */
export async function trainCells(options: ScheduleOptions): Promise<void> {
  const { cells, results, recipeOf, run, width, seconds, signal, finished, onProgress } = options
  const start = performance.now()
  const elapsed = (): number => (performance.now() - start) / 1000
  const timeOver = AbortSignal.timeout(Math.min(longestTimer, Math.floor(1000 * seconds)))
  const either = AbortSignal.any(signal ? [signal, timeOver] : [timeOver])
  const running = new Map<Cell, number>()
  const report = (): void => onProgress(Math.min(1, elapsed() / seconds), running)

  const next = (): Cell | undefined =>
    pendingCells(cells, results).find(
      (cell) =>
        ![...running.keys()].some((other) => sameCell(other, cell)) &&
        elapsed() + expectedSeconds(cell, results) <= seconds,
    )
  const worker = async (): Promise<void> => {
    for (let cell = next(); cell && !either.aborted; cell = next()) {
      const current = cell
      running.set(current, 0)
      const result = await run(current, recipeOf(current.task), {
        signal: either,
        onProgress: (share) => {
          running.set(current, share)
          report()
        },
      }).finally(() => running.delete(current))
      results.push(result)
      await finished(result)
      report()
    }
  }
  const outcomes = await Promise.allSettled(Array.from({ length: width }, worker))
  signal?.throwIfAborted()
  const failure = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failure && !timeOver.aborted) throw failure.reason
}

/** The longest that a cell of this task took so far; nothing where none was trained yet. */
function expectedSeconds({ task }: Cell, results: readonly CellResult[]): number {
  return Math.max(0, ...results.filter(({ cell }) => cell.task === task).map((result) => result.seconds))
}
