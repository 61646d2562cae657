/** The page of a benchmark: every kernel as a row, and one roofline a number of threads. */
import type { BenchReport, BenchRow } from './bench-data.ts'
import { type Html, html } from './html.ts'
import { type Chart, facts, figure, machineSection, renderPage } from './page.ts'
import { rooflineChart } from './roofline-chart.ts'
import { columnDecimals, formatNumber, formatQuantity, friendlyUnit, withUnit } from './units.ts'

/** The page as one HTML text. `runtime` is what `readRuntime` gave. */
export function benchPage(report: BenchReport, runtime: string): string {
  const { title, command, device, peaks, rows } = report
  const charts = peaks.map((peak): Chart & { readonly threads: number } => ({
    id: `roofline-${peak.threads}`,
    threads: peak.threads,
    spec: rooflineChart(peak, rows, 420),
  }))
  const rooflines = charts.map(
    (chart) => html`<section><h2>Roofline, ${countThreads(chart.threads)}</h2>${figure(chart)}</section>`,
  )
  const { cpu, instructionSet } = device
  return renderPage(
    {
      title,
      header: html`<h1>${title}</h1><p class="summary">${`${rows.length} kernels timed on ${cpu} (${instructionSet}), each against the limit measured in the same run.`}</p>${facts(
        peaks.map(({ threads, flopsPerSecond, bandwidths }) => ({
          name: `Peak, ${countThreads(threads)}`,
          value: formatQuantity(flopsPerSecond, 'FLOP/s'),
          ...(bandwidths.at(-1) === undefined
            ? {}
            : {
                note: `${bandwidths.at(-1)?.level} ${formatQuantity(bandwidths.at(-1)?.bytesPerSecond, 'B/s')}`,
              }),
        })),
      )}`,
      body: html`${rooflines}<section><h2>Kernels</h2><p>Time is the median. Share is what a kernel reaches of its limit on this machine: arithmetic where it computes more than it moves, otherwise the bandwidth of the level of memory that holds its data.</p>${table(rows)}</section>${machineSection(device, command)}`,
      charts: charts.map(({ id, spec }) => ({ id, spec })),
      footer: html`Written by parascan ${device.version}. This file needs no network.`,
      data: report,
    },
    runtime,
  )
}

function countThreads(threads: number): string {
  return `${threads} ${threads === 1 ? 'thread' : 'threads'}`
}

function table(rows: readonly BenchRow[]): Html {
  const compared = rows.find((row) => row.comparison)?.comparison?.name
  const rate = column(
    rows.map(({ flops, seconds }) => flops / seconds),
    'FLOP/s',
  )
  const tokens = column(
    rows.map(({ tokens, seconds }) => tokens / seconds),
    'tokens/s',
  )
  const traffic = column(
    rows.map(({ bytes, seconds }) => bytes / seconds),
    'B/s',
  )
  const head = [
    ['op', ''],
    ['shape', ''],
    ['threads', 'number'],
    ['time', 'number'],
    [tokens.label, 'number'],
    [withUnit('rate', rate.label), 'number'],
    [withUnit('traffic', traffic.label), 'number'],
    ['share of limit', ''],
    ['limit', ''],
    ...(compared ? ([[`vs. ${compared}`, 'number']] as const) : []),
  ] as const
  const body = rows.map(
    ({ op, shape, threads, seconds, share, limit, comparison }, index) => html`<tr>
<td>${op}</td><td class="nowrap"><code>${shape}</code></td><td class="number">${threads}</td>
<td class="number">${formatQuantity(seconds, 's')}</td>
<td class="number">${tokens.texts[index]}</td><td class="number">${rate.texts[index]}</td><td class="number">${traffic.texts[index]}</td>
<td class="nowrap">${meter(share)}${formatNumber(100 * share, 0)}\u00a0%</td><td class="nowrap">${limit}</td>
${compared ? html`<td class="number">${comparison ? `${formatNumber(comparison.seconds / seconds, 2)}×` : ''}</td>` : ''}
</tr>`,
  )
  return html`<div class="scroll"><table>
<thead><tr>${head.map(([name, kind]) => html`<th class="${kind}" scope="col">${name}</th>`)}</tr></thead>
<tbody>${body}</tbody>
</table></div>`
}

/** One unit and one number of decimals for a column; two decimals are all that a repeated measurement keeps. */
function column(values: readonly number[], unit: string): { label: string; texts: string[] } {
  const { factor, label } = friendlyUnit(values, unit)
  const scaled = values.map((value) => value * factor)
  const decimals = Math.min(2, columnDecimals(scaled))
  return { label, texts: scaled.map((value) => formatNumber(value, decimals)) }
}

function meter(share: number): Html {
  const percent = Math.min(100, Math.max(0, Number.isFinite(share) ? share * 100 : 0))
  return html`<span class="meter"><i style="width:${percent.toFixed(0)}%"></i></span>`
}
