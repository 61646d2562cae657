/**
 * The picture of a search: every trial, the front the search found with inherited weights, and the delivered networks
 * as measured by themselves, joined by the surface they attain.
 */
import { axisFraction, axisRange } from './axis.ts'
import { type ChartSpec, chartFrame, colour, type Hover, quantitative } from './chart-theme.ts'
import { placeLabels } from './label-placement.ts'
import { hoverRows, type ObjectiveScale } from './objective-scale.ts'
import type { FrontPoint, TrialPoint } from './run-data.ts'
import { attainedStaircase, nonDominated } from './staircase.ts'

/** The axes of one projection of the front. */
export interface FrontAxes {
  readonly x: ObjectiveScale
  readonly y: ObjectiveScale
  /** All objectives, for the hover. */
  readonly all: readonly ObjectiveScale[]
}

const trialKind = 'trial, inherited weights'
const trialFrontKind = 'front among the trials'
const deliveredKind = 'delivered network, measured'
const kinds = [trialKind, trialFrontKind, deliveredKind]

// Labels are placed for a page and for a phone; between the two the narrower choice is the safe one.
const pageWidth = 900
const phoneWidth = 280

interface Mark {
  readonly kind: string
  readonly x: number
  readonly y: number
  readonly id: string
  readonly label: string
  readonly hover: Hover
}

/** The front over two objectives. The staircase is drawn only where these are all the objectives there are. */
export function frontChart(
  trials: readonly TrialPoint[],
  front: readonly FrontPoint[],
  axes: FrontAxes,
  height: number,
): ChartSpec {
  const { x, y, all } = axes
  const trialMarks = drawable(
    trials.map(({ number, architecture, values, front: best }) => ({
      kind: best ? trialFrontKind : trialKind,
      x: x.scaled(values),
      y: y.scaled(values),
      id: '',
      label: `trial ${number}`,
      hover: { heading: `Trial ${number}`, rows: hoverRows(all, values, architecture) },
    })),
  )
  const delivered = drawable(
    front.map(({ id, architecture, values }, index) => ({
      kind: deliveredKind,
      x: x.scaled(values),
      y: y.scaled(values),
      id,
      label: String(index + 1),
      hover: { heading: `${index + 1} · ${id}`, rows: hoverRows(all, values, architecture) },
    })),
  )
  const drawn = [...trialMarks, ...delivered]
  const xAxis = axisRange(drawn.map((mark) => mark.x))
  const yAxis = axisRange(drawn.map((mark) => mark.y))
  const trialFront = trialMarks.filter(({ kind }) => kind === trialFrontKind)
  const plane = {
    x: { direction: x.objective.direction, domain: xAxis.domain },
    y: { direction: y.objective.direction, domain: yAxis.domain },
  }
  const stairs = (marks: readonly Mark[]) =>
    (all.length === 2 ? attainedStaircase(marks, plane) : []).map((place, order) => ({ ...place, order }))
  // Labels of the attained points stand towards the ideal corner, which is empty; those of the others away from it.
  const attained = new Set(nonDominated(delivered, plane))
  const right = x.objective.direction === 'minimize' ? -9 : 9
  const down = y.objective.direction === 'minimize' ? 10 : -10
  const places = delivered.map((mark) => ({
    across: axisFraction(xAxis, mark.x),
    up: axisFraction(yAxis, mark.y),
    dx: attained.has(mark) ? right : -right,
    dy: attained.has(mark) ? down : -down,
  }))
  const onPage = placeLabels(places, { width: pageWidth, height })
  const onPhone = placeLabels(places, { width: phoneWidth, height })
  const labels = delivered.map(({ x, y, label }, index) => ({
    x,
    y,
    label,
    dx: places[index]?.dx,
    dy: places[index]?.dy,
    onPage: onPage[index] === true ? 1 : 0,
    onPhone: onPhone[index] === true ? 1 : 0,
  }))

  const position = {
    x: quantitative('x', axisTitle(x), xAxis),
    y: quantitative('y', axisTitle(y), yAxis),
  }
  const stairsPosition = { ...position, order: { field: 'order', type: 'quantitative' as const } }
  const line = { type: 'line' as const, clip: true, strokeJoin: 'miter' as const, tooltip: null }
  const legend = { symbolType: 'circle', symbolSize: 80 }
  const pointEncoding = {
    ...position,
    fill: {
      field: 'kind',
      type: 'nominal' as const,
      scale: { domain: kinds, range: [colour('faint'), colour('paper'), colour('accent')] },
      legend,
    },
    stroke: {
      field: 'kind',
      type: 'nominal' as const,
      scale: { domain: kinds, range: [colour('faint'), colour('second'), colour('accent')] },
      legend,
    },
    tooltip: { field: 'label', type: 'nominal' as const },
  }
  const frame = chartFrame(`Pareto front: ${y.objective.name} against ${x.objective.name}`, height)
  return {
    ...frame,
    params: [...frame.params, { name: 'pointed', value: '' }],
    layer: [
      {
        data: { values: trialMarks.filter(({ kind }) => kind === trialKind) },
        mark: { type: 'point', size: 24, strokeWidth: 0, opacity: 1, fillOpacity: 0.75 },
        encoding: pointEncoding,
      },
      {
        data: { values: stairs(trialFront) },
        mark: { ...line, stroke: colour('second'), strokeWidth: 1.25, strokeDash: [3, 3], opacity: 0.8 },
        encoding: stairsPosition,
      },
      {
        data: { values: stairs(delivered) },
        mark: { ...line, stroke: colour('accent'), strokeWidth: 2, opacity: 0.9 },
        encoding: stairsPosition,
      },
      {
        data: { values: trialFront },
        mark: { type: 'point', size: 40, strokeWidth: 1.5, opacity: 1 },
        encoding: pointEncoding,
      },
      {
        data: { values: delivered },
        // A rim of paper keeps neighbours apart.
        mark: { type: 'point', strokeWidth: 1.5, opacity: 1 },
        encoding: {
          ...pointEncoding,
          stroke: { value: colour('paper') },
          size: { condition: { test: 'datum.id === pointed', value: 300 }, value: 110 },
        },
      },
      {
        data: { values: labels },
        mark: {
          type: 'text',
          fontSize: 11,
          fontWeight: 600,
          baseline: 'middle',
          dx: { expr: 'datum.dx' },
          dy: { expr: 'datum.dy' },
          color: colour('accent'),
          opacity: { expr: `width < ${pageWidth} ? datum.onPhone : datum.onPage` },
          tooltip: null,
        },
        encoding: { ...position, text: { field: 'label', type: 'nominal' } },
      },
    ],
  }
}

function drawable(marks: readonly Mark[]): Mark[] {
  return marks.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))
}

function axisTitle({ title, objective }: ObjectiveScale): string {
  return `${title} · ${objective.direction === 'minimize' ? 'lower' : 'higher'} is better`
}
