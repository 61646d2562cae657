/** What the page on language modelling shows, as plain data: the loss on text in both ranges of eigenvalues. */
import type { Machine } from './run-data.ts'

/** Over seeds; the deviation is that of a sample, null for a single seed. */
export interface Spread {
  readonly mean: number
  readonly deviation: number | null
}

/** Bits per byte after a step. */
export interface RangeComparison {
  readonly step: number
  /** With eigenvalues in [0,1], and in [-1,1]. */
  readonly narrow: Spread
  readonly wide: Spread
  /** wide − narrow, seed by seed. */
  readonly difference: Spread
}

/** A published pair of perplexities. */
export interface PublishedPerplexity {
  /** Parameters, in words. */
  readonly size: string
  readonly narrow: number
  readonly wide: number
}

/** One model in both ranges. */
export interface LanguageSummary {
  readonly model: string
  readonly parameters: number
  readonly seeds: number
  /** After the last step. */
  readonly final: RangeComparison
  /** In order of `step`. */
  readonly curve: readonly RangeComparison[]
  readonly published: readonly PublishedPerplexity[]
}

/** Everything `languageModellingPage` draws. */
export interface LanguageModellingReport {
  readonly command: string
  readonly device: Machine
  /** How it was trained, in words. */
  readonly conditions: string
  readonly models: readonly LanguageSummary[]
}
