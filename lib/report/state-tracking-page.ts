/** The page on state tracking: what was claimed and holds, and for every task the table and the curves. */
import { accuracyChart, trackedModels } from './accuracy-chart.ts'
import { type Html, html } from './html.ts'
import { type Chart, figure, machineSection, renderPage } from './page.ts'
import type { StateTrackingReport, TrackingRow, TrackingTask } from './state-tracking-data.ts'
import { formatNumber } from './units.ts'

const title = 'State tracking'

/** The page as one HTML text. `runtime` is what `readRuntime` gave. */
export function stateTrackingPage(report: StateTrackingReport, runtime: string): string {
  const { tasks, claims, device, command, conditions } = report
  const sections = tasks.map((task, i) => taskSection(task, i))
  return renderPage(
    {
      title,
      header: html`<h1>${title}</h1><p class="summary">${conditions}</p>`,
      body: html`${claimsSection(claims)}${sections.map(({ body }) => body)}${machineSection(device, command)}`,
      charts: sections.flatMap(({ charts }) => charts),
      footer: html`Written by parascan ${device.version}. This file needs no network.`,
      data: report,
    },
    runtime,
  )
}

function claimsSection(claims: StateTrackingReport['claims']): Html | undefined {
  if (claims.length === 0) return undefined
  const words = (holds: boolean | null): string =>
    holds === null ? 'not run' : holds ? 'holds' : 'does not hold'
  return html`<section><h2>What the papers claim</h2><div class="scroll"><table><tbody>${claims.map(
    ({ text, holds }) =>
      html`<tr><td class="nowrap${holds === true ? ' best' : ''}">${words(holds)}</td><td>${text}</td></tr>`,
  )}</tbody></table></div></section>`
}

function taskSection(task: TrackingTask, number: number): { body: Html; charts: Chart[] } {
  const panels = trackedModels(task).map((model, i) => ({
    model,
    chart: { id: `task-${number}-${i}`, spec: accuracyChart(task, model, 110) },
  }))
  const body = html`<section><h2>${task.name}</h2><p>${`${sentence(task.measure)}: of the best seed on strings of 40 to 256 tokens in the table, by length in the charts, where thin lines are the other seeds and the dotted line is the longest string of training.`} ${legend}</p>
${table(task)}
<div class="panels">${panels.map(({ model, chart }) => html`<div><h3>${model}</h3>${figure(chart)}</div>`)}</div></section>`
  return { body, charts: panels.map(({ chart }) => chart) }
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const legend = html`<span class="nowrap"><i class="line accent"></i>[-1,1]</span>, <span class="nowrap"><i class="line second"></i>[0,1]</span>, <span class="nowrap"><i class="line"></i>a model without a choice.</span>`

function table({ rows }: TrackingTask): Html {
  const head = ['best', 'median', 'deviation', 'solved to', 'paper', 'seeds']
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">model</th>${head.map((name) => html`<th class="number" scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) => html`<tr><td class="nowrap">${row.label}</td><td class="number">${bestWords(row)}</td>
<td class="number">${number(row.median)}</td><td class="number">${number(row.deviation)}</td>
<td class="number">${row.solvedTo ?? '–'}</td><td class="number">${number(row.published)}</td><td class="number">${row.trained}</td></tr>`,
  )}</tbody></table></div>`
}

function bestWords({ best, failed }: TrackingRow): Html | string {
  if (best !== null) return html`<b>${number(best)}</b>`
  return failed > 0 ? 'failed' : 'not run'
}

const number = (value: number | null): string => formatNumber(value ?? undefined, 3)
