// What a comparison leaves for people and programs: the document, the picture and the page.

import { basename } from 'node:path'
import { chartSvg } from '../../report/chart-svg.ts'
import { languageModellingPage } from '../../report/language-modelling-page.ts'
import { rangePicture } from '../../report/range-chart.ts'
import { reportMachine } from '../report-machine.ts'
import { writeWhole } from '../run-folder.ts'
import type { LanguageFolder } from './cell-folder.ts'
import type { LanguageModelling } from './reproduce.ts'

/** Writes everything, the page last: where it is, everything is. */
export async function writeReport(
  state: LanguageModelling,
  folder: LanguageFolder,
  command: string,
  runtime: string,
): Promise<void> {
  const { summaries: models } = state
  await writeWhole(folder.document, `${JSON.stringify(state, null, 2)}\n`)
  await writeWhole(folder.chart, await chartSvg(rangePicture(models), runtime))
  const conditions = languageConditions(state)
  const report = { command, device: reportMachine(state.device), conditions, models }
  await writeWhole(folder.page, languageModellingPage(report, runtime))
}

/** How it was trained, in words. */
export function languageConditions({ text, steps, seeds, cells, device }: LanguageModelling): string {
  const tokens = Math.max(...cells.map(({ recipe }) => recipe.batch * recipe.tokens))
  return (
    `Language models of bytes trained on ${basename(text.path)} (${text.bytes.toLocaleString('en')} bytes) with eigenvalues ` +
    `in [0,1] and in [-1,1]: ${steps.toLocaleString('en')} steps of ${tokens.toLocaleString('en')} bytes, ` +
    `${seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds[0]} to ${seeds.at(-1)}`}, on ${device.cpu}.`
  )
}
