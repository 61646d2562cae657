// The process of one cell.

import { serveOrder } from '../work-process.ts'
import { type LanguageCellOrder, trainLanguageCell } from './train-cell.ts'

serveOrder((order: LanguageCellOrder, onProgress) => trainLanguageCell(order, { onProgress }))
