/**
 * The roofline of Williams, Waterman and Patterson (2009) with measured roofs: what a kernel reaches against what its
 * arithmetic intensity allows, for one number of threads.
 */
import { logAxis } from './axis.ts'
import type { BenchRow, Peak } from './bench-data.ts'
import { type ChartSpec, chartFrame, colour, type Hover, quantitative, seriesColours } from './chart-theme.ts'
import { formatNumber, formatQuantity } from './units.ts'

const shapes = ['circle', 'square', 'diamond'] as const
const dashes = [
  [1, 0],
  [7, 3],
  [3, 3],
  [1, 3],
  [9, 3, 2, 3],
  [12, 2],
]
const giga = 1e-9

/** Rows of `peak.threads` threads under the roofs of `peak`. */
export function rooflineChart(peak: Peak, rows: readonly BenchRow[], height: number): ChartSpec {
  const marks = rows
    .filter(
      ({ threads, flops, bytes, seconds }) =>
        threads === peak.threads && flops > 0 && bytes > 0 && seconds > 0,
    )
    .map((row) => ({
      family: row.family,
      form: row.form,
      intensity: row.flops / row.bytes,
      rate: (row.flops / row.seconds) * giga,
      hover: {
        heading: row.op,
        rows: [
          ['shape', row.shape],
          ['threads', String(row.threads)],
          ['time', formatQuantity(row.seconds, 's')],
          ['rate', formatQuantity(row.flops / row.seconds, 'FLOP/s')],
          ['intensity', formatQuantity(row.flops / row.bytes, 'FLOP/byte')],
          ['share of limit', `${formatNumber(100 * row.share, 0)} % (${row.limit})`],
        ],
      } satisfies Hover,
    }))
  const compute = peak.flopsPerSecond
  const slowest = peak.bandwidths.reduce(
    (least, { bytesPerSecond }) => Math.min(least, bytesPerSecond),
    Infinity,
  )
  // The knee of the slowest roof is always in view, with flat roof to its right.
  const knee = Number.isFinite(slowest) ? compute / slowest : 1
  const intensities = [...marks.map(({ intensity }) => intensity), knee / 8, knee * 8]
  const left = Math.min(...intensities) / 1.5
  const right = Math.max(...intensities) * 1.5
  const roofs = peak.bandwidths.flatMap(({ level, bytesPerSecond }) => {
    const roof = `${level} ${formatQuantity(bytesPerSecond, 'B/s')}`
    const corner = Math.min(Math.max(compute / bytesPerSecond, left), right)
    return [left, corner].map((intensity) => ({
      roof,
      intensity,
      rate: Math.min(compute, intensity * bytesPerSecond) * giga,
    }))
  })
  const flat = `compute ${formatQuantity(compute, 'FLOP/s')}`
  const fastest = Math.max(...peak.bandwidths.map(({ bytesPerSecond }) => bytesPerSecond), compute / right)
  const ceiling = [Math.max(left, compute / fastest), right].map((intensity) => ({
    roof: flat,
    intensity,
    rate: compute * giga,
  }))
  const roofNames = [
    flat,
    ...peak.bandwidths.map(
      ({ level, bytesPerSecond }) => `${level} ${formatQuantity(bytesPerSecond, 'B/s')}`,
    ),
  ]
  const families = [...new Set(marks.map(({ family }) => family))]
  const forms = [...new Set(marks.map(({ form }) => form))]
  const low = Math.min(...marks.map(({ rate }) => rate), ...roofs.map(({ rate }) => rate))
  const frame = chartFrame(`Roofline with ${peak.threads} threads`, height)
  const encoding = {
    x: quantitative('intensity', 'arithmetic intensity (FLOP/byte)', logAxis(left, right)),
    y: quantitative('rate', 'rate (GFLOP/s)', logAxis(low / 1.3, compute * giga * 1.3)),
  }
  return {
    ...frame,
    layer: [
      {
        data: { values: [...ceiling, ...roofs] },
        mark: { type: 'line', strokeWidth: 1.5, clip: true, color: colour('muted'), tooltip: null },
        encoding: {
          ...encoding,
          strokeDash: {
            field: 'roof',
            type: 'nominal',
            scale: {
              domain: roofNames,
              range: roofNames.map((_, index) => dashes[index % dashes.length] ?? [1, 0]),
            },
            legend: {
              orient: 'bottom',
              symbolType: 'stroke',
              symbolStrokeColor: colour('muted'),
              symbolSize: 300,
            },
          },
        },
      },
      {
        data: { values: marks },
        mark: { type: 'point', filled: true, size: 55, opacity: 0.8 },
        encoding: {
          ...encoding,
          color: {
            field: 'family',
            type: 'nominal',
            scale: { domain: families, range: seriesColours(families.length) },
            legend: { symbolType: 'circle' },
          },
          shape: {
            field: 'form',
            type: 'nominal',
            scale: {
              domain: forms,
              range: forms.map((_, index) => shapes[index % shapes.length] ?? 'circle'),
            },
            // Inside, where no kernel is: low rates at high intensities.
            legend: {
              orient: 'bottom-right',
              direction: 'vertical',
              columns: 1,
              offset: 8,
              symbolFillColor: colour('muted'),
              symbolStrokeColor: colour('muted'),
            },
          },
          tooltip: { field: 'family', type: 'nominal' },
        },
      },
    ],
  }
}
