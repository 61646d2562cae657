/** The report of a search: what was searched, the front, how the search went there and how far to trust it. */
import { bestOf, frontCharts, frontSection, objectiveScales, sortFront } from './front-section.ts'
import { type Html, html } from './html.ts'
import { hypervolumeChart } from './hypervolume-chart.ts'
import { hasLosses, lossChart } from './loss-chart.ts'
import type { ObjectiveScale } from './objective-scale.ts'
import { type Chart, facts, figure, machineSection, renderPage } from './page.ts'
import { rankChart } from './rank-chart.ts'
import type { FrontPoint, RankCorrelation, SearchReport } from './run-data.ts'
import {
  type FriendlyUnit,
  formatDuration,
  formatNumber,
  formatQuantity,
  formatSignificant,
} from './units.ts'

/** The page as one HTML text. `runtime` is what `readRuntime` gave. What has no data has no section. */
export function searchPage(report: SearchReport, runtime: string): string {
  const { title, device, command } = report
  const scales = objectiveScales(report)
  const front = sortFront(report.front, scales)
  const volumeUnit = productUnit(scales)
  const fronts = frontCharts(report, front, scales)
  const progress = progressSection(report, volumeUnit)
  const trust = trustSection(report)
  const training = trainingSection(report)
  const sections = [progress, trust, training].filter((part) => part !== undefined)
  const pair = progress !== undefined && trust !== undefined
  return renderPage(
    {
      title,
      header: html`<h1>${title}</h1><p class="summary">${summary(report)}</p>${keyFacts(report, front, scales, volumeUnit)}`,
      body: html`${frontSection(fronts, front, scales)}
${pair ? html`<div class="pair">${progress.body}${trust.body}</div>` : [progress?.body, trust?.body]}
${training?.body}${machineSection(device, command)}`,
      charts: [...fronts, ...sections.map(({ chart }) => chart)],
      footer: html`Written by parascan ${device.version}. This file needs no network; the models lie beside it.`,
      data: report,
    },
    runtime,
  )
}

interface Section {
  readonly chart: Chart
  readonly body: Html
}

function section(heading: string, words: string, chart: Chart): Section {
  return { chart, body: html`<section><h2>${heading}</h2><p>${words}</p>${figure(chart)}</section>` }
}

function progressSection(report: SearchReport, unit: FriendlyUnit): Section | undefined {
  const { hypervolume } = report
  if (!hypervolume.some(({ value }) => Number.isFinite(value))) return undefined
  const chart = { id: 'hypervolume', spec: hypervolumeChart(hypervolume, unit, 280) }
  return section('Progress of the search', volumeWords(report), chart)
}

function trustSection({ rankCorrelation, objectives }: SearchReport): Section | undefined {
  const objective = objectives.find(({ name }) => name === rankCorrelation?.objective)
  if (rankCorrelation === undefined || objective === undefined) return undefined
  const chart = { id: 'rank', spec: rankChart(rankCorrelation, objective, 280) }
  return section('Supernet against stand-alone', rankWords(rankCorrelation), chart)
}

function trainingSection({ supernet: { unit, curves } }: SearchReport): Section | undefined {
  if (!hasLosses(curves)) return undefined
  return section('Training of the supernet', lossWords, { id: 'loss', spec: lossChart(curves, unit, 320) })
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
  const last = hypervolume.at(-1)
  return facts([
    { name: 'Networks delivered', value: String(front.length), note: `of ${trials.length} tried` },
    ...scales.slice(0, 2).map((scale) => ({
      name: `${scale.objective.direction === 'minimize' ? 'Lowest' : 'Highest'} ${scale.objective.name}`,
      value: bestOf(front, scale) ?? '–',
      note: scale.unit,
    })),
    {
      name: 'Hypervolume',
      value: formatSignificant(last === undefined ? undefined : last.value * volumeUnit.factor),
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

function volumeWords({ reference, objectives }: SearchReport): string {
  const corner = objectives.map(({ name, unit }) => `${name} ${formatQuantity(reference[name], unit)}`)
  return `Hypervolume is what the trials so far dominate, up to the reference point ${corner.join(', ')}.`
}

function rankWords({ objective, kendall, points }: RankCorrelation): string {
  const verdict =
    kendall >= 0.7 ? 'orders them well' : kendall >= 0.4 ? 'orders them roughly' : 'hardly tells their order'
  return (
    `Inherited ${objective} ${verdict}: Kendall τ = ${formatNumber(kendall, 2)} over ${points.length} networks. ` +
    'On the dashed line both agree.'
  )
}
