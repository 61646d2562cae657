/**
 * The look shared by all charts. Specs name colours only through the signal `palette`, so that a page can turn from
 * light to dark without building its charts again.
 */
import type { TopLevelSpec } from 'vega-lite'
import type { AxisRange } from './axis.ts'

/** A complete Vega-Lite specification with its data inside. */
export type ChartSpec = TopLevelSpec

/** Colours of one scheme. The series are told apart by people with any of the common colour-vision deficiencies. */
export interface Palette {
  readonly ink: string
  readonly muted: string
  readonly faint: string
  readonly grid: string
  readonly paper: string
  readonly accent: string
  readonly second: string
  readonly series: readonly string[]
}

/** Series after Okabe and Ito (2008), darkened where white paper asks for it. */
export const lightPalette: Palette = {
  ink: '#1c1f23',
  muted: '#5d6570',
  faint: '#aab1ba',
  grid: '#e9ebee',
  paper: '#ffffff',
  accent: '#0067a8',
  second: '#c65300',
  series: ['#0067a8', '#d58a00', '#9aa1ab', '#c65300', '#00805e', '#b55d93', '#3ba0d8', '#4d545e'],
}

/** The same hues, lightened for dark paper. */
export const darkPalette: Palette = {
  ink: '#e6e8eb',
  muted: '#9aa3ae',
  faint: '#5d6671',
  grid: '#2a2f36',
  paper: '#15181c',
  accent: '#56b4e9',
  second: '#f0894a',
  series: ['#56b4e9', '#e6a11a', '#7b848f', '#f0894a', '#2fc39b', '#d993bd', '#8fd0f5', '#c3c8cf'],
}

/** A colour of the current palette, as Vega-Lite wants it. */
export function colour(name: Exclude<keyof Palette, 'series'>): { expr: string } {
  return { expr: `palette.${name}` }
}

/** The colours of `count` series, going round where there are more series than colours. */
export function seriesColours(count: number): { expr: string }[] {
  const colours = lightPalette.series.length
  return Array.from({ length: count }, (_, index) => ({ expr: `palette.series[${index % colours}]` }))
}

const font = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'

/** What every chart has in common; spread it into the specification. */
export function chartFrame(description: string, height: number) {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description,
    width: 'container' as const,
    height,
    background: 'transparent',
    padding: { left: 2, top: 4, right: 10, bottom: 2 },
    autosize: { type: 'fit-x' as const, contains: 'padding' as const },
    params: [{ name: 'palette', value: lightPalette }],
    config: {
      font,
      view: { stroke: null },
      axis: {
        labelColor: colour('muted'),
        titleColor: colour('muted'),
        gridColor: colour('grid'),
        domain: false,
        ticks: false,
        labelFontSize: 12,
        labelPadding: 6,
        titleFontSize: 12,
        titleFontWeight: 'normal' as const,
        titlePadding: 8,
      },
      axisX: { tickCount: { expr: 'max(3, width / 110)' } },
      axisY: {
        titleAngle: 0,
        titleAlign: 'left' as const,
        titleAnchor: 'end' as const,
        titleBaseline: 'bottom' as const,
        titleX: 0,
        titleY: -10,
        tickCount: { expr: 'max(3, height / 60)' },
      },
      legend: {
        orient: 'top' as const,
        direction: 'horizontal' as const,
        columns: { expr: 'max(1, floor(width / 190))' },
        title: null,
        labelColor: colour('muted'),
        labelFontSize: 12,
        labelLimit: 320,
        symbolSize: 70,
        symbolStrokeWidth: 2,
        offset: 30,
        rowPadding: 4,
        columnPadding: 20,
      },
    },
  }
}

/** A quantitative position channel on a chosen axis. */
export function quantitative(field: string, title: string, { type, domain, ticks }: AxisRange) {
  return {
    field,
    type: 'quantitative' as const,
    title,
    scale: { type, domain: [...domain], nice: false, ...(type === 'linear' ? { zero: false } : {}) },
    axis: ticks === undefined ? {} : { values: [...ticks], format: '~r' },
  }
}

/** What the page shows when the reader points at a mark: a heading and rows of name and value. */
export interface Hover {
  readonly heading: string
  readonly rows: readonly (readonly [name: string, value: string])[]
}
