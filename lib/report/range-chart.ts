/**
 * Validation loss over steps in both ranges of eigenvalues, and the difference between them: means over seeds as lines,
 * their deviation as bands.
 */
import { axisRange } from './axis.ts'
import { type ChartSpec, chartFrame, colour, type Hover, quantitative } from './chart-theme.ts'
import type { LanguageSummary, RangeComparison, Spread } from './language-modelling-data.ts'
import { formatNumber } from './units.ts'

interface Line {
  readonly name: string
  readonly colour: 'accent' | 'second' | 'ink'
  readonly of: (comparison: RangeComparison) => Spread
}

const losses: readonly Line[] = [
  { name: '[-1,1]', colour: 'accent', of: ({ wide }) => wide },
  { name: '[0,1]', colour: 'second', of: ({ narrow }) => narrow },
]
const difference: Line = { name: '[-1,1] − [0,1]', colour: 'ink', of: ({ difference }) => difference }

/** Bits per byte over steps, one line a range. */
export function lossRangeChart(models: readonly LanguageSummary[], model: string, height: number): ChartSpec {
  return {
    ...chartFrame(`Bits per byte of ${model} over training steps`, height),
    ...panel(models, model, losses),
  }
}

/** What the wider range costs, in bits per byte over steps. */
export function differenceChart(
  models: readonly LanguageSummary[],
  model: string,
  height: number,
): ChartSpec {
  return {
    ...chartFrame(`Difference in bits per byte of ${model} over training steps`, height),
    ...panel(models, model, [difference]),
  }
}

/** All of it in one picture of a fixed width: a column a model, the losses above the differences. */
export function rangePicture(models: readonly LanguageSummary[]): ChartSpec {
  const {
    width: _,
    height: __,
    autosize: ___,
    ...frame
  } = chartFrame('Bits per byte over training steps in two ranges of eigenvalues', 0)
  const row = (lines: readonly Line[], title: (model: string) => string) =>
    models.map(({ model }) => ({
      title: {
        text: title(model),
        anchor: 'start',
        frame: 'group',
        fontSize: 12,
        fontWeight: 'normal',
        color: colour('ink'),
      },
      width: 300,
      height: 130,
      ...panel(models, model, lines, true),
    }))
  return {
    ...frame,
    padding: 12,
    columns: models.length,
    bounds: 'flush',
    spacing: { row: 72, column: 52 },
    resolve: { scale: { color: 'independent' } },
    concat: [
      ...row(losses, (model) => `${model}: bits per byte`),
      ...row([difference], (model) => `${model}: what [-1,1] costs, in bits per byte`),
    ],
  } as ChartSpec
}

/** The vertical axis is the same for all models. */
function panel(models: readonly LanguageSummary[], model: string, lines: readonly Line[], picture = false) {
  const marks = models.flatMap((summary) =>
    lines.flatMap((line) => summary.curve.map((comparison) => lineMark(summary, line, comparison))),
  )
  const own = marks.filter((mark) => mark.model === model)
  const zero = lines.includes(difference) ? [0] : []
  const domain = axisRange([...marks.flatMap(({ low, high }) => [low, high]), ...zero])
  const last = Math.max(...own.map(({ step }) => step))
  const x = {
    ...quantitative('step', picture ? '' : 'training step', { type: 'linear', domain: [0, last] }),
    axis: { grid: false, format: ',d', tickMinStep: 1 },
  }
  const y = quantitative('mean', '', domain)
  const colours = {
    field: 'line',
    type: 'nominal' as const,
    scale: { domain: lines.map(({ name }) => name), range: lines.map((line) => colour(line.colour)) },
    legend:
      picture && lines.length > 1 ? { symbolType: 'stroke', symbolOpacity: 1, columns: 2, offset: 8 } : null,
  }
  return {
    data: { values: own },
    layer: [
      ...zero.map((value) => ({
        data: { values: [{ value }] },
        mark: { type: 'rule' as const, color: colour('faint'), tooltip: null },
        encoding: { y: { field: 'value', type: 'quantitative' as const } },
      })),
      {
        mark: { type: 'area' as const, opacity: 0.18, tooltip: null },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color: colours },
      },
      {
        mark: { type: 'line' as const, strokeWidth: 1.75, strokeJoin: 'round' as const, tooltip: null },
        encoding: { x, y, color: colours },
      },
      ...(picture
        ? []
        : [
            {
              // Wide, unseen targets: a thin line is hard to point at.
              mark: { type: 'point' as const, filled: true, size: 90, opacity: 0 },
              encoding: { x, y, color: colours, tooltip: { field: 'line', type: 'nominal' as const } },
            },
          ]),
    ],
  }
}

function lineMark({ model, seeds }: LanguageSummary, { name, of }: Line, comparison: RangeComparison) {
  const { mean, deviation } = of(comparison)
  const { step } = comparison
  return {
    ...{ model, step, mean, line: name },
    low: mean - (deviation ?? 0),
    high: mean + (deviation ?? 0),
    hover: {
      heading: `${model} ${name}`,
      rows: [
        ['step', String(step)],
        ['bits per byte', formatNumber(mean, 4)],
        ['deviation', formatNumber(deviation ?? undefined, 4)],
        ['seeds', String(seeds)],
      ],
    } satisfies Hover,
  }
}
