/** The page on language modelling: what negative eigenvalues cost on text, as a table and as curves. */
import { type Html, html } from './html.ts'
import type { LanguageModellingReport, LanguageSummary } from './language-modelling-data.ts'
import { comparisonColumns, comparisonRows } from './language-modelling-table.ts'
import { type Chart, figure, machineSection, renderPage } from './page.ts'
import { differenceChart, lossRangeChart } from './range-chart.ts'

const title = 'Language modelling in two ranges of eigenvalues'

/** The page as one HTML text. `runtime` is what `readRuntime` gave. */
export function languageModellingPage(report: LanguageModellingReport, runtime: string): string {
  const { models, device, command, conditions } = report
  const loss = models.map(
    ({ model }, i): Chart => ({ id: `loss-${i}`, spec: lossRangeChart(models, model, 200) }),
  )
  const difference = models.map(
    ({ model }, i): Chart => ({ id: `difference-${i}`, spec: differenceChart(models, model, 140) }),
  )
  return renderPage(
    {
      title,
      header: html`<h1>${title}</h1><p class="summary">${conditions}</p>`,
      body: html`${tableSection(models)}
<section><h2>Bits per byte</h2><p>On validation windows, over training steps: means over seeds, with their deviation as bands. <span class="nowrap"><i class="line accent"></i>[-1,1]</span>, <span class="nowrap"><i class="line second"></i>[0,1].</span></p>${panels(models, loss)}</section>
<section><h2>What [-1,1] costs</h2><p>Bits per byte in [-1,1] less those in [0,1], seed by seed: above the line the wider range is worse.</p>${panels(models, difference)}</section>
${machineSection(device, command)}`,
      charts: [...loss, ...difference],
      footer: html`Written by parascan ${device.version}. This file needs no network.`,
      data: report,
    },
    runtime,
  )
}

function tableSection(models: readonly LanguageSummary[]): Html {
  const published = models.some((summary) => summary.published.length > 0)
  return html`<section><h2>After the last step</h2><p>Mean ± deviation over seeds. Both ranges of a seed begin with the same weights and see the same batches; the difference is taken seed by seed.${
    published
      ? ' The paper (Grazzi et al. 2025, table 4) gives the perplexity on Wikitext after training on 100 billion tokens of FineWeb, and finds no cost; its loss is the logarithm of that.'
      : ''
  }</p><div class="scroll"><table>
<thead><tr>${comparisonColumns.map((name, i) => html`<th${kind(i)} scope="col">${name}</th>`)}</tr></thead>
<tbody>${comparisonRows(models).map(
    ({ ours, words }) =>
      html`<tr>${words.map((word, i) => html`<td${kind(i)}>${ours ? word : html`<span class="was">${word}</span>`}</td>`)}</tr>`,
  )}</tbody></table></div></section>`
}

const kind = (column: number): Html => html` class="${column < 3 ? 'nowrap' : 'number'}"`

function panels(models: readonly LanguageSummary[], charts: readonly Chart[]): Html {
  return html`<div class="panels wide">${charts.map(
    (chart, i) => html`<div><h3>${models[i]?.model}</h3>${figure(chart)}</div>`,
  )}</div>`
}
