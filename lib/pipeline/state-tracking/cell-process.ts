// The process of one cell.

import { serveOrder } from '../work-process.ts'
import type { CellOrder } from './run-cell.ts'
import { trainCell } from './train-cell.ts'

serveOrder(({ cell, recipe }: CellOrder, onProgress) => trainCell(cell, recipe, { onProgress }))
