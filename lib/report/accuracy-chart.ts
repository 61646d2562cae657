/** Accuracy against length, a panel a model with a line a range of eigenvalues; beyond the dotted line nothing was trained. */
import { type ChartSpec, chartFrame, colour, type Hover, quantitative } from './chart-theme.ts'
import type { TrackingRow, TrackingTask } from './state-tracking-data.ts'
import { formatNumber } from './units.ts'

const kinds = ['[-1,1]', '[0,1]', 'no choice'] as const

/** Names of the lines in a legend. */
const rangeScale = {
  domain: [...kinds],
  range: [colour('accent'), colour('second'), colour('muted')],
}

/** The models of a task that have a curve, in the order of its rows. */
export function trackedModels({ rows }: TrackingTask): string[] {
  return [...new Set(rows.filter(({ curves }) => curves.length > 0).map(({ model }) => model))]
}

/** One panel that fills its container. */
export function accuracyChart(task: TrackingTask, model: string, height: number): ChartSpec {
  return {
    ...chartFrame(`${task.measure} of ${model} on ${task.name}`, height),
    ...panel(task, model, false),
  }
}

/** All panels side by side in one picture of a fixed width, with a legend. */
export function accuracyPicture(task: TrackingTask): ChartSpec {
  const { width: _, height: __, autosize: ___, ...frame } = chartFrame(`${task.measure} on ${task.name}`, 0)
  return {
    ...frame,
    padding: 12,
    columns: 4,
    spacing: { row: 24, column: 20 },
    concat: trackedModels(task).map((model) => ({
      title: { text: model, anchor: 'start', fontSize: 12, fontWeight: 'normal', color: colour('ink') },
      width: 140,
      height: 84,
      ...panel(task, model, true),
    })),
  } as ChartSpec
}

function panel({ measure, rows, trainedTo }: TrackingTask, model: string, legend: boolean) {
  const own = rows.filter((row) => row.model === model)
  const marks = own.flatMap((row) =>
    row.curves.flatMap((curve, seed) => curveMarks(row, curve, seed, measure)),
  )
  const lengths = rows.flatMap(({ curves }) => curves.flatMap((curve) => curve.map(({ length }) => length)))
  const domain: [number, number] = [Math.min(...lengths), Math.max(...lengths)]
  const ticks = [4, 16, 40, 256, 2048].filter((tick) => tick <= domain[1])
  const x = quantitative('length', '', { type: 'log', domain, ticks })
  const encoding = {
    x: {
      ...x,
      axis: {
        // All of them, in panels however narrow.
        ...{ values: ticks, tickCount: ticks.length, format: '~r', grid: false, labelOverlap: false },
      },
    },
    y: {
      field: 'accuracy',
      type: 'quantitative' as const,
      title: '',
      scale: { domain: [-0.2, 1.05], nice: false },
      axis: { values: [0, 0.5, 1] },
    },
    detail: { field: 'seed', type: 'nominal' as const },
    color: {
      field: 'range',
      type: 'nominal' as const,
      scale: rangeScale,
      legend: legend ? { symbolType: 'stroke', columns: 3, offset: 8 } : null,
    },
  }
  return {
    layer: [
      {
        data: { values: [{ length: trainedTo }] },
        mark: { type: 'rule' as const, strokeDash: [2, 3], color: colour('faint'), tooltip: null },
        encoding: { x: encoding.x },
      },
      {
        data: { values: marks },
        mark: { type: 'line' as const, strokeJoin: 'round' as const, clip: true, tooltip: null },
        encoding: {
          ...encoding,
          strokeWidth: { condition: { test: 'datum.seed === 0', value: 2 }, value: 1 },
          opacity: { condition: { test: 'datum.seed === 0', value: 1 }, value: 0.4 },
        },
      },
      ...(legend
        ? []
        : [
            {
              // Wide, unseen targets: a thin line is hard to point at.
              data: { values: marks.filter(({ seed }) => seed === 0) },
              mark: { type: 'point' as const, filled: true, size: 90, opacity: 0 },
              encoding: { ...encoding, tooltip: { field: 'range', type: 'nominal' as const } },
            },
          ]),
    ],
  }
}

function curveMarks(row: TrackingRow, curve: TrackingRow['curves'][number], seed: number, measure: string) {
  return curve.map(({ length, accuracy }) => ({
    seed,
    range: row.eigenvalues ?? 'no choice',
    length,
    accuracy: Math.max(-0.2, accuracy),
    hover: {
      heading: row.label,
      rows: [
        ['length', String(length)],
        [measure, formatNumber(accuracy, 3)],
      ],
    } satisfies Hover,
  }))
}
