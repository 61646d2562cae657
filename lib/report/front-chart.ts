/**
 * The picture of a search: every trial, the front the search found with inherited weights, and the delivered networks
 * as measured by themselves, joined by the surface they attain.
 */
import { axisRange } from './axis.ts'
import { type ChartSpec, chartFrame, colour, type Hover } from './chart-theme.ts'
import { hoverRows, type ObjectiveScale } from './objective-scale.ts'
import type { FrontPoint, TrialPoint } from './run-data.ts'
import { attainedStaircase } from './staircase.ts'

/** The axes of one projection of the front, fitted to trials and front together. */
export interface FrontAxes {
  readonly x: ObjectiveScale
  readonly y: ObjectiveScale
  /** All objectives, for the hover. */
  readonly all: readonly ObjectiveScale[]
}

const kinds = ['trial, inherited weights', 'front among the trials', 'delivered network, measured'] as const

interface Mark {
  readonly kind: (typeof kinds)[number]
  readonly x: number
  readonly y: number
  readonly id: string
  readonly label: string
  readonly hover: Hover
}

const drawable = ({ x, y }: { x: number; y: number }) => Number.isFinite(x) && Number.isFinite(y)

/** The front over two objectives. The staircase is drawn only where these are all the objectives there are. */
export function frontChart(
  trials: readonly TrialPoint[],
  front: readonly FrontPoint[],
  axes: FrontAxes,
  height: number,
): ChartSpec {
  const { x, y, all } = axes
  const trialMarks = trials.map(({ number, architecture, values, front: best }): Mark => ({
    kind: best ? kinds[1] : kinds[0],
    x: x.scaled(values),
    y: y.scaled(values),
    id: '',
    label: `trial ${number}`,
    hover: { heading: `Trial ${number}`, rows: hoverRows(all, values, architecture) },
  }))
  const frontMarks = front.map(({ id, architecture, values }, index): Mark => ({
    kind: kinds[2],
    x: x.scaled(values),
    y: y.scaled(values),
    id,
    label: String(index + 1),
    hover: { heading: `${index + 1} · ${id}`, rows: hoverRows(all, values, architecture) },
  }))
  const trialsDrawn = trialMarks.filter(drawable)
  const frontDrawn = frontMarks.filter(drawable)
  const drawn = [...trialsDrawn, ...frontDrawn]
  const xAxis = axisRange(drawn.map((mark) => mark.x))
  const yAxis = axisRange(drawn.map((mark) => mark.y))
  const plane = {
    x: { direction: x.objective.direction, domain: xAxis.domain },
    y: { direction: y.objective.direction, domain: yAxis.domain },
  }
  const joined = all.length === 2
  const corners = (marks: readonly Mark[]) =>
    (joined ? attainedStaircase(marks, plane) : []).map((place, order) => ({ ...place, order }))
  const trialFront = trialsDrawn.filter(({ kind }) => kind === kinds[1])
  const better = (direction: string) => (direction === 'minimize' ? 'lower is better' : 'higher is better')

  const position = {
    x: {
      field: 'x',
      type: 'quantitative' as const,
      title: `${x.title} · ${better(x.objective.direction)}`,
      scale: { type: xAxis.type, domain: [...xAxis.domain], nice: false, zero: false },
    },
    y: {
      field: 'y',
      type: 'quantitative' as const,
      title: `${y.title} · ${better(y.objective.direction)}`,
      scale: { type: yAxis.type, domain: [...yAxis.domain], nice: false, zero: false },
    },
  }
  const kindScale = <Range>(range: Range[]) => ({ domain: [...kinds], range })
  const stairs = (values: object[], mark: object): object => ({
    data: { values },
    mark: { type: 'line', clip: true, interpolate: 'linear', strokeJoin: 'miter', tooltip: null, ...mark },
    encoding: { ...position, order: { field: 'order', type: 'quantitative' } },
  })
  const points = (values: readonly Mark[], mark: object, encoding: object = {}): object => ({
    data: { values },
    mark: { type: 'point', clip: false, opacity: 1, ...mark },
    encoding: {
      ...position,
      fill: {
        field: 'kind',
        type: 'nominal',
        scale: kindScale([colour('faint'), colour('paper'), colour('accent')]),
        legend: { symbolType: 'circle' },
      },
      stroke: {
        field: 'kind',
        type: 'nominal',
        scale: kindScale([colour('faint'), colour('second'), colour('accent')]),
      },
      description: { field: 'label', type: 'nominal' },
      tooltip: { field: 'label', type: 'nominal' },
      ...encoding,
    },
  })
  const frame = chartFrame(`Pareto front: ${y.objective.name} against ${x.objective.name}`, height)
  return {
    ...frame,
    params: [...frame.params, { name: 'pointed', value: '' }],
    layer: [
      points(
        trialsDrawn.filter(({ kind }) => kind === kinds[0]),
        { size: 22, strokeWidth: 0, fillOpacity: 0.75 },
      ),
      stairs(corners(trialFront), {
        stroke: colour('second'),
        strokeWidth: 1.25,
        strokeDash: [3, 3],
        opacity: 0.8,
      }),
      stairs(corners(frontDrawn), { stroke: colour('accent'), strokeWidth: 2, opacity: 0.9 }),
      points(trialFront, { size: 44, strokeWidth: 1.5 }),
      points(
        frontDrawn,
        { strokeWidth: 1.5 },
        { size: { condition: { test: 'datum.id === pointed', value: 420 }, value: 260 } },
      ),
      {
        data: { values: frontDrawn },
        mark: { type: 'text', fontSize: 11, fontWeight: 600, baseline: 'middle', dy: 0.5, color: colour('paper') },
        encoding: { ...position, text: { field: 'label', type: 'nominal' }, tooltip: { field: 'label' } },
      },
    ],
  } as ChartSpec
}
