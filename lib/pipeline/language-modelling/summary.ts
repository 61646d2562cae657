// The curves of all seeds as means with their spread, and what the wider range costs: the mean over seeds of the
// differences at equal weights at the start and equal batches.

import type { MixerKind } from '../../nn/mixers.ts'
import type { LanguageSummary, RangeComparison, Spread } from '../../report/language-modelling-data.ts'
import type { LanguageCellResult } from './cells.ts'
import { publishedPerplexities } from './published.ts'

/** @param results of one model, of every seed in both ranges */
export function summarize(model: MixerKind, results: readonly LanguageCellResult[]): LanguageSummary {
  const own = results.filter(({ cell }) => cell.model === model)
  const seeds = [...new Set(own.map(({ cell }) => cell.seed))]
  const curvesOf = (range: string) =>
    seeds.map((seed) => {
      const result = own.find(({ cell }) => cell.eigenvalues === range && cell.seed === seed)
      if (!result) throw new Error(`there is no ${model} ${range} of seed ${seed}`)
      return result.curve
    })
  const [narrow, wide] = [curvesOf('[0,1]'), curvesOf('[-1,1]')]
  const curve = (narrow[0] ?? []).map(({ step }, i): RangeComparison => {
    const at = (curves: typeof narrow): number[] => curves.map((one) => one[i]?.bitsPerByte ?? Number.NaN)
    const [narrowBits, wideBits] = [at(narrow), at(wide)]
    const difference = wideBits.map((bits, seed) => bits - (narrowBits[seed] as number))
    return { step, narrow: spread(narrowBits), wide: spread(wideBits), difference: spread(difference) }
  })
  return {
    model,
    parameters: own[0]?.parameters ?? 0,
    seeds: seeds.length,
    final: curve.at(-1) as RangeComparison,
    curve,
    published: publishedPerplexities[model] ?? [],
  }
}

export function spread(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : null }
}
