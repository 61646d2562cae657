// Which cell is next: what claims hang on first, then one seed of everything, then further seeds, those of what was not
// learned before those of what was.

import type { Cell, CellResult } from './cells.ts'
import { claims } from './claims.ts'
import { sameCell } from './summary.ts'

/** The cells in their order: seed by seed, task by task. */
export function cellsOf(
  variants: readonly string[],
  tasks: readonly string[],
  seeds: readonly number[],
): Cell[] {
  return seeds.flatMap((seed) =>
    tasks.flatMap((task) => variants.map((variant) => ({ variant, task, seed }))),
  )
}

/** The cells without a result, the next one first. */
export function pendingCells(cells: readonly Cell[], results: readonly CellResult[]): Cell[] {
  const first = Math.min(...cells.map(({ seed }) => seed))
  const rank = (cell: Cell): number => {
    const earlier = results.filter(
      ({ cell: { variant, task } }) => variant === cell.variant && task === cell.task,
    )
    if (earlier.some((result) => result.status === 'trained' && result.learned)) return 3
    const claimed = claims.some(({ task, variants }) => task === cell.task && variants.includes(cell.variant))
    if (claimed) return 0
    return cell.seed === first ? 1 : 2
  }
  return cells
    .filter((cell) => !results.some((result) => sameCell(result.cell, cell)))
    .map((cell) => ({ cell, rank: rank(cell) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ cell }) => cell)
}
