// What a run leaves for people and programs: the document, the page and a picture for every task.

import { findTask } from '../../data/tasks/families.ts'
import { accuracyPicture, trackedModels } from '../../report/accuracy-chart.ts'
import { chartSvg } from '../../report/chart-svg.ts'
import type { StateTrackingReport, TrackingRow, TrackingTask } from '../../report/state-tracking-data.ts'
import { stateTrackingPage } from '../../report/state-tracking-page.ts'
import { formatDuration } from '../../report/units.ts'
import { reportMachine } from '../report-machine.ts'
import { writeWhole } from '../run-folder.ts'
import type { CellFolder } from './cell-folder.ts'
import { variantOf } from './cells.ts'
import { stateTrackingRecipe } from './recipes.ts'
import type { StateTracking } from './reproduce.ts'
import type { Summary } from './summary.ts'

/** Writes everything, the page last: where it is, everything is. */
export async function writeReport(
  state: StateTracking,
  folder: CellFolder,
  command: string,
  runtime: string,
): Promise<void> {
  await writeWhole(folder.document, `${JSON.stringify(state, null, 2)}\n`)
  const report = reportOf(state, command)
  for (const task of report.tasks)
    if (trackedModels(task).length > 0)
      await writeWhole(folder.chart(task.name), await chartSvg(accuracyPicture(task), runtime))
  await writeWhole(folder.page, stateTrackingPage(report, runtime))
}

function reportOf(state: StateTracking, command: string): StateTrackingReport {
  return {
    command,
    device: reportMachine(state.device),
    conditions: conditionsOf(state),
    claims: state.claims,
    tasks: state.tasks.map((task) => taskOf(task, state)),
  }
}

/** How it was trained, in words. */
export function conditionsOf({ size, cells, seeds, cellSeconds, device, processes }: StateTracking): string {
  const recipe = size === 'paper' ? "the paper's own size" : 'a size for two cores'
  return (
    `Linear RNNs of ${recipe}, trained on strings of up to 40 tokens and asked about longer ones. ` +
    `${cells.length} networks, seeds ${seeds[0]} to ${seeds.at(-1)}, ${formatDuration(cellSeconds)} of training in all, ` +
    `${processes === 0 ? 'one' : processes} at a time on ${device.cpu}.`
  ).replaceAll('\u00a0', ' ')
}

function taskOf(name: string, state: StateTracking): TrackingTask {
  const { metric } = findTask(name)
  return {
    name,
    measure: metric === 'sequenceAccuracy' ? 'whole strings right' : 'scaled accuracy',
    trainedTo: stateTrackingRecipe(findTask(name), state.size).maximum,
    rows: state.summaries.filter(({ task }) => task === name).map((summary) => rowOf(summary, state)),
  }
}

function rowOf(summary: Summary, { cells }: StateTracking): TrackingRow {
  const { variant, task, metric, best, median, deviation, solvedTo, published, trained, failed } = summary
  const { label, model, eigenvalues } = variantOf(variant)
  const curves = cells
    .filter((result) => result.status === 'trained')
    .filter(({ cell }) => cell.variant === variant && cell.task === task)
    .sort((a, b) => b.score[metric] - a.score[metric])
    .map(({ curve }) => curve.map((scores) => ({ length: scores.length, accuracy: scores[metric] })))
  return { label, model, eigenvalues, best, median, deviation, solvedTo, published, trained, failed, curves }
}
