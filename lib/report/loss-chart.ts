/** Loss over training steps, one line a curve; long curves are thinned, keeping the mean of each stretch. */
import { axisRange, sequenceAxis } from './axis.ts'
import { type ChartSpec, chartFrame, type Hover, quantitative, seriesColours } from './chart-theme.ts'
import type { LossCurve } from './run-data.ts'
import { appendUnit, columnDecimals, formatNumber, withUnit } from './units.ts'

// More points than this are narrower than a pixel of the page.
const longest = 300

/** At most `limit` points, each the mean of its stretch, placed at the last step of it; the first point is kept. */
export function thinCurve(points: LossCurve['points'], limit: number): { step: number; loss: number }[] {
  const finite = points.filter(({ loss }) => Number.isFinite(loss))
  if (finite.length <= limit) return [...finite]
  const [first, ...rest] = finite
  const thinned = first === undefined ? [] : [first]
  for (let bucket = 0; bucket < limit - 1; bucket++) {
    const begin = Math.floor((bucket * rest.length) / (limit - 1))
    const end = Math.floor(((bucket + 1) * rest.length) / (limit - 1))
    const stretch = rest.slice(begin, end)
    const last = stretch.at(-1)
    if (last === undefined) continue
    thinned.push({ step: last.step, loss: stretch.reduce((sum, { loss }) => sum + loss, 0) / stretch.length })
  }
  return thinned
}

/** Whether there is anything to draw. */
export function hasLosses(curves: readonly LossCurve[]): boolean {
  return curves.some(({ points }) => points.some(({ loss }) => Number.isFinite(loss)))
}

/** One line a curve; validation curves are dashed with a dot at each measurement. */
export function lossChart(curves: readonly LossCurve[], unit: string, height: number): ChartSpec {
  const names = curves.map(({ name }) => name)
  const marks = curves.flatMap(({ name, kind, points }) => {
    const thinned = thinCurve(points, longest)
    const decimals = Math.max(3, columnDecimals(thinned.map(({ loss }) => loss)))
    return thinned.map(({ step, loss }) => ({
      name,
      kind,
      step,
      loss,
      hover: {
        heading: name,
        rows: [
          ['step', String(step)],
          ['loss', appendUnit(formatNumber(loss, decimals), unit)],
        ],
      } satisfies Hover,
    }))
  })
  const yAxis = axisRange(marks.map(({ loss }) => loss))
  const steps = sequenceAxis(marks.map(({ step }) => step))
  const frame = chartFrame('Loss over training steps', height)
  const encoding = {
    x: {
      ...quantitative('step', 'training step', steps),
      axis: { grid: false, format: ',d', tickMinStep: 1 },
    },
    y: quantitative('loss', withUnit('loss', unit), yAxis),
    color: {
      field: 'name',
      type: 'nominal' as const,
      scale: { domain: names, range: seriesColours(names.length) },
      legend: { symbolType: 'stroke' },
    },
  }
  return {
    ...frame,
    data: { values: marks },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 1.75, strokeJoin: 'round', tooltip: null },
        encoding: {
          ...encoding,
          strokeDash: {
            field: 'kind',
            type: 'nominal',
            scale: {
              domain: ['training', 'validation'],
              range: [
                [1, 0],
                [4, 3],
              ],
            },
            legend: null,
          },
        },
      },
      {
        transform: [{ filter: "datum.kind === 'validation'" }],
        mark: { type: 'point', filled: true, size: 30, opacity: 1, tooltip: null },
        encoding,
      },
      {
        // Wide, unseen targets: a line of less than two pixels is hard to point at.
        mark: { type: 'point', filled: true, size: 90, opacity: 0 },
        encoding: { ...encoding, tooltip: { field: 'name', type: 'nominal' } },
      },
    ],
  }
}
