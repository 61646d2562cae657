/** The table of what the wider range of eigenvalues costs, as words: each model as trained here, then as published. */
import type { LanguageSummary, PublishedPerplexity, Spread } from './language-modelling-data.ts'
import { formatNumber, formatQuantity } from './units.ts'

/** Titles; all but the first three columns hold numbers. */
export const comparisonColumns = [
  'model',
  'parameters',
  'measure',
  '[0,1]',
  '[-1,1]',
  'difference',
  'change of loss',
] as const

/** A row of words for every model and every published pair of it. */
export function comparisonRows(models: readonly LanguageSummary[]): { ours: boolean; words: string[] }[] {
  return models.flatMap((summary) => [
    { ours: true, words: ourRow(summary) },
    ...summary.published.map((pair) => ({ ours: false, words: publishedRow(summary.model, pair) })),
  ])
}

function ourRow({ model, parameters, final: { narrow, wide, difference } }: LanguageSummary): string[] {
  return [
    model,
    formatQuantity(parameters, 'parameters').replace(/\s|parameters/g, ''),
    'bits per byte',
    spreadWords(narrow),
    spreadWords(wide),
    spreadWords(difference, signed),
    percent(wide.mean / narrow.mean),
  ]
}

function publishedRow(model: string, { size, narrow, wide }: PublishedPerplexity): string[] {
  return [
    `${model}, paper`,
    size,
    'perplexity',
    formatNumber(narrow, 2),
    formatNumber(wide, 2),
    signed(wide - narrow, 2),
    // The loss is the logarithm of the perplexity.
    percent(Math.log(wide) / Math.log(narrow)),
  ]
}

const signed = (value: number, decimals: number): string =>
  (value > 0 ? '+' : '') + formatNumber(value, decimals)

const percent = (ratio: number): string => `${signed(100 * (ratio - 1), 2)} %`

/** Mean and deviation, as `format` writes the mean. */
function spreadWords(
  { mean, deviation }: Spread,
  format: (value: number, decimals: number) => string = formatNumber,
): string {
  return format(mean, 3) + (deviation === null ? '' : ` ± ${formatNumber(deviation, 3)}`)
}
