/** The report of a search: what was searched, the front, how the search went there and how far to trust it. */
import { bestOf, frontCharts, frontSection, objectiveScales, sortFront } from './front-section.ts'
import { html } from './html.ts'
import { hypervolumeChart } from './hypervolume-chart.ts'
import { lossChart } from './loss-chart.ts'
import type { ObjectiveScale } from './objective-scale.ts'
import { type Chart, facts, figure, machineSection, renderPage } from './page.ts'
import { rankChart } from './rank-chart.ts'
import type { FrontPoint, RankCorrelation, SearchReport } from './run-data.ts'
import { columnDecimals, type FriendlyUnit, formatDuration, formatNumber, formatQuantity } from './units.ts'

/** The page as one HTML text. `runtime` is what `readRuntime` gave. */
export function searchPage(report: SearchReport, runtime: string): string {
  const scales = objectiveScales(report)
  const front = sortFront(report.front, scales)
  const fronts = frontCharts(report, front, scales)
  const volumeUnit = productUnit(scales)
  const hypervolume: Chart = {
    id: 'hypervolume',
    spec: hypervolumeChart(report.hypervolume, volumeUnit, 280),
  }
  const { unit, curves } = report.supernet
  const losses: Chart = { id: 'loss', spec: lossChart(curves, unit, 320) }
  const rank = rankFigure(report)
  const progress = html`<section><h2>Progress of the search</h2><p>${volumeWords(report, scales)}</p>${figure(hypervolume)}</section>`
  const trust =
    rank === undefined
      ? undefined
      : html`<section><h2>Supernet against stand-alone</h2><p>${rankWords(rank.correlation)}</p>${figure(rank.chart)}</section>`
  const training = html`<section><h2>Training of the supernet</h2><p>${lossWords}</p>${figure(losses)}</section>`
  return renderPage(
    {
      title: report.title,
      header: html`<h1>${report.title}</h1><p class="summary">${summary(report)}</p>${keyFacts(report, front, scales, volumeUnit)}`,
      body: html`${frontSection(fronts, front, scales)}${
        trust === undefined ? progress : html`<div class="pair">${progress}${trust}</div>`
      }${training}${machineSection(report.device, report.command)}`,
      charts: [...fronts, hypervolume, ...(rank === undefined ? [] : [rank.chart]), losses],
      footer: html`Written by parascan ${report.device.version}. This file needs no network; the models lie beside it.`,
      data: report,
    },
    runtime,
  )
}

const lossWords =
  'All sub-networks share the weights of the largest one. The narrower the gap between the curves, the more fairly the search can compare.'

function summary({ text, trials, device, elapsedSeconds, budgetSeconds, seed }: SearchReport): string {
  const { cpu, gpu, instructionSet, threads } = device
  const units = gpu ?? `${cpu} (${instructionSet}, ${threads} ${threads === 1 ? 'thread' : 'threads'})`
  const networks =
    trials.length === 1 ? 'one linear recurrent network' : `${trials.length} linear recurrent networks`
  return (
    `${networks} tried on ${text.path} (${formatQuantity(text.bytes, 'B')}) in ${formatDuration(elapsedSeconds)} ` +
    `of a budget of ${formatDuration(budgetSeconds)}, on ${units}, seed\u00a0${seed}.`
  )
}

function keyFacts(
  { trials, hypervolume, rankCorrelation }: SearchReport,
  front: readonly FrontPoint[],
  scales: readonly ObjectiveScale[],
  volumeUnit: FriendlyUnit,
) {
  const volumes = hypervolume.map(({ value }) => value * volumeUnit.factor)
  return facts([
    { name: 'Networks delivered', value: String(front.length), note: `of ${trials.length} tried` },
    ...scales.slice(0, 2).map((scale) => ({
      name: `${scale.objective.direction === 'minimize' ? 'Lowest' : 'Highest'} ${scale.objective.name}`,
      value: bestOf(front, scale) ?? '–',
      note: scale.unit,
    })),
    {
      name: 'Hypervolume',
      value: formatNumber(volumes.at(-1), columnDecimals(volumes.slice(-1))),
      note: volumeUnit.label,
    },
    ...(rankCorrelation === undefined
      ? []
      : [{ name: 'Rank correlation', value: formatNumber(rankCorrelation.kendall, 2), note: 'Kendall τ' }]),
  ])
}

/** The product of the objectives' units. */
function productUnit(scales: readonly ObjectiveScale[]): FriendlyUnit {
  return {
    factor: scales.reduce((product, { factor }) => product * factor, 1),
    label: scales
      .map(({ unit }) => unit)
      .filter((unit) => unit !== '')
      .join(' · '),
  }
}

function volumeWords({ reference }: SearchReport, scales: readonly ObjectiveScale[]): string {
  const corner = scales
    .map((scale) => `${scale.objective.name} ${scale.formatWithUnit(reference)}`)
    .join(', ')
  return `Hypervolume is what the trials so far dominate, up to the reference point ${corner}.`
}

function rankWords({ objective, kendall, points }: RankCorrelation): string {
  const verdict =
    kendall >= 0.7 ? 'orders them well' : kendall >= 0.4 ? 'orders them roughly' : 'hardly tells their order'
  return (
    `Inherited ${objective} ${verdict}: Kendall τ = ${formatNumber(kendall, 2)} over ${points.length} networks. ` +
    'On the dashed line both agree.'
  )
}

function rankFigure({ rankCorrelation, objectives }: SearchReport) {
  const objective = objectives.find(({ name }) => name === rankCorrelation?.objective)
  if (rankCorrelation === undefined || objective === undefined) return undefined
  const chart: Chart = { id: 'rank', spec: rankChart(rankCorrelation, objective, 280) }
  return { correlation: rankCorrelation, chart }
}
