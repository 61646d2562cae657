/** The heart of the search report: the front as charts and as a table whose rows are numbered like the points. */
import { frontChart } from './front-chart.ts'
import { type Html, html, relativeLink } from './html.ts'
import { type ObjectiveScale, objectiveScale } from './objective-scale.ts'
import { type Chart, figure } from './page.ts'
import type { FrontPoint, SearchReport } from './run-data.ts'

/** One scale an objective, fitted to trials and delivered networks together. */
export function objectiveScales({ objectives, trials, front }: SearchReport): ObjectiveScale[] {
  const records = [...trials, ...front].map(({ values }) => values)
  return objectives.map((objective) => objectiveScale(objective, records))
}

/** From left to right as the chart shows them: by the second objective, by the first where there is no other. */
export function sortFront(front: readonly FrontPoint[], scales: readonly ObjectiveScale[]): FrontPoint[] {
  const scale = scales[1] ?? scales[0]
  if (scale === undefined) return [...front]
  // A network without a value goes last: comparing with NaN would leave no order at all.
  const key = ({ values }: FrontPoint) => {
    const value = scale.scaled(values)
    return Number.isFinite(value) ? value : Number.MAX_VALUE
  }
  return [...front].sort((a, b) => key(a) - key(b))
}

/** The first objective against each of the others. */
export function frontCharts(
  { trials }: SearchReport,
  front: readonly FrontPoint[],
  scales: readonly ObjectiveScale[],
): Chart[] {
  const [y, ...others] = scales
  if (y === undefined) return []
  const measured = [...trials, ...front].some(({ values }) =>
    scales.every((scale) => Number.isFinite(scale.scaled(values))),
  )
  if (!measured) return []
  const height = others.length > 1 ? 320 : 420
  return others.map((x, index) => ({
    id: `front-${index + 1}`,
    spec: frontChart(trials, front, { x, y, all: scales }, height),
  }))
}

/** Objective values as delivered, beside them what the search saw where that differs. */
export function frontTable(front: readonly FrontPoint[], scales: readonly ObjectiveScale[]): Html {
  if (front.length === 0) return html`<p class="trouble">The search delivered no network.</p>`
  const columns = scales.map((scale) => ({
    scale,
    best: bestOf(front, scale),
    inherited: front.some(
      ({ values, supernetValues }) =>
        Number.isFinite(scale.scaled(supernetValues)) &&
        scale.format(values) !== scale.format(supernetValues),
    ),
  }))
  const head = columns.map(
    ({ scale, inherited }) =>
      html`<th class="number" scope="col">${scale.title}</th>${
        inherited ? html`<th class="number" scope="col">in the search</th>` : undefined
      }`,
  )
  const rows = front.map(
    ({ id, architecture, values, supernetValues, model }, index) =>
      html`<tr data-id="${id}"><td><span class="tag">${index + 1}</span></td>${columns.map(
        ({ scale, best, inherited }) =>
          html`<td class="number${scale.format(values) === best ? ' best' : ''}">${scale.format(values)}</td>${
            inherited ? html`<td class="number was">${scale.format(supernetValues)}</td>` : undefined
          }`,
      )}<td><code>${architecture.short}</code></td><td class="nowrap"><a href="${relativeLink(model)}">${model}</a></td></tr>`,
  )
  return html`<div class="scroll"><table><thead><tr><th scope="col"></th>${head}<th scope="col">architecture</th><th scope="col">model</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

/** Section with words, charts and table. */
export function frontSection(
  charts: readonly Chart[],
  front: readonly FrontPoint[],
  scales: readonly ObjectiveScale[],
): Html {
  const sources = scales.map(({ objective }) => `${objective.name}: ${objective.source}`).join(' · ')
  const words =
    scales.length === 1
      ? 'With one objective there is one best network.'
      : 'A network is on the front when no other is better in every objective. Numbered points are the delivered networks, trained further and measured by themselves; small ones are what the search saw. Point at one to see what it is made of.'
  return html`<section><h2>Pareto front</h2><p>${words}</p>${charts.map((chart) => figure(chart))}<p class="sources">${sources}</p>${frontTable(front, scales)}</section>`
}

/** The best value of a column, as written; undefined where there is none. */
export function bestOf(front: readonly FrontPoint[], scale: ObjectiveScale): string | undefined {
  const sign = scale.objective.direction === 'minimize' ? 1 : -1
  const best = front
    .filter(({ values }) => Number.isFinite(scale.scaled(values)))
    .sort((a, b) => sign * (scale.scaled(a.values) - scale.scaled(b.values)))[0]
  return best === undefined ? undefined : scale.format(best.values)
}
