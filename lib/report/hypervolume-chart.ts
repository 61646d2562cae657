/** Hypervolume of the trials so far: how fast the search found what it found. */
import { axisRange, sequenceAxis } from './axis.ts'
import { type ChartSpec, chartFrame, colour, type Hover, quantitative } from './chart-theme.ts'
import { appendUnit, columnDecimals, type FriendlyUnit, formatNumber, withUnit } from './units.ts'

/** A step curve over trials, in the product of the objectives' friendly units. */
export function hypervolumeChart(
  points: readonly { readonly trial: number; readonly value: number }[],
  unit: FriendlyUnit,
  height: number,
): ChartSpec {
  const finite = points.filter(({ value }) => Number.isFinite(value))
  const scaled = finite.map(({ trial, value }) => ({ trial, value: value * unit.factor }))
  const decimals = columnDecimals(scaled.map(({ value }) => value))
  const marks = scaled.map(({ trial, value }) => ({
    trial,
    value,
    hover: {
      heading: `After trial ${trial}`,
      rows: [['hypervolume', appendUnit(formatNumber(value, decimals), unit.label)]],
    } satisfies Hover,
  }))
  const yAxis = axisRange(marks.map(({ value }) => value))
  const trials = sequenceAxis(marks.map(({ trial }) => trial))
  const frame = chartFrame('Hypervolume over trials', height)
  const encoding = {
    x: { ...quantitative('trial', 'trial', trials), axis: { grid: false, format: 'd', tickMinStep: 1 } },
    y: quantitative('value', `${withUnit('hypervolume', unit.label)} · higher is better`, yAxis),
  }
  return {
    ...frame,
    data: { values: marks },
    layer: [
      {
        mark: {
          type: 'line',
          interpolate: 'step-after',
          strokeWidth: 2,
          color: colour('accent'),
          tooltip: null,
        },
        encoding,
      },
      {
        mark: { type: 'point', filled: true, size: 90, opacity: 0 },
        encoding: { ...encoding, tooltip: { field: 'trial', type: 'quantitative' } },
      },
    ],
  }
}
