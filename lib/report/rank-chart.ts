/** Loss with inherited weights against loss stand-alone: does the supernet put the networks in the right order? */
import { axisRange } from './axis.ts'
import { type ChartSpec, chartFrame, colour, type Hover, quantitative } from './chart-theme.ts'
import type { Objective, RankCorrelation } from './run-data.ts'
import { appendUnit, columnDecimals, formatNumber, friendlyUnit, withUnit } from './units.ts'

/** One point a network; the dashed line is where both agree. */
export function rankChart(correlation: RankCorrelation, objective: Objective, height: number): ChartSpec {
  const values = correlation.points.flatMap(({ supernet, standAlone }) => [supernet, standAlone])
  const { factor, label } = friendlyUnit(values, objective.unit)
  const decimals = columnDecimals(values.map((value) => value * factor))
  const text = (value: number) => appendUnit(formatNumber(value, decimals), label)
  const marks = correlation.points
    .map(({ id, architecture, supernet, standAlone }) => ({
      id,
      supernet: supernet * factor,
      standAlone: standAlone * factor,
      hover: {
        heading: id,
        rows: [
          ['with inherited weights', text(supernet * factor)],
          ['stand-alone', text(standAlone * factor)],
          ['architecture', architecture.short],
        ],
      } satisfies Hover,
    }))
    .filter(({ supernet, standAlone }) => Number.isFinite(supernet) && Number.isFinite(standAlone))
  const xAxis = axisRange(marks.map(({ supernet }) => supernet))
  const yAxis = axisRange(marks.map(({ standAlone }) => standAlone))
  // Only the part of the diagonal that lies in both domains; none where they do not meet.
  const low = Math.max(xAxis.domain[0], yAxis.domain[0])
  const high = Math.min(xAxis.domain[1], yAxis.domain[1])
  const diagonal = low < high ? [low, high].map((value) => ({ supernet: value, standAlone: value })) : []
  const encoding = {
    x: quantitative('supernet', withUnit(`${objective.name} with inherited weights`, label), xAxis),
    y: quantitative('standAlone', withUnit(`${objective.name} stand-alone`, label), yAxis),
  }
  const frame = chartFrame(
    `Stand-alone ${objective.name} against ${objective.name} with inherited weights`,
    height,
  )
  return {
    ...frame,
    params: [...frame.params, { name: 'pointed', value: '' }],
    layer: [
      {
        data: { values: diagonal },
        mark: { type: 'line', strokeDash: [3, 3], strokeWidth: 1.25, color: colour('faint'), tooltip: null },
        encoding,
      },
      {
        data: { values: marks },
        mark: { type: 'point', filled: true, opacity: 0.9, color: colour('accent') },
        encoding: {
          ...encoding,
          size: { condition: { test: 'datum.id === pointed', value: 170 }, value: 80 },
          tooltip: { field: 'id', type: 'nominal' },
        },
      },
    ],
  }
}
