/** `parascan/report`: pages that stand by themselves, from plain data. */
export type { BenchReport, BenchRow, Peak } from './bench-data.ts'
export { benchPage } from './bench-page.ts'
export type {
  LanguageModellingReport,
  LanguageSummary,
  PublishedPerplexity,
  RangeComparison,
  Spread,
} from './language-modelling-data.ts'
export { languageModellingPage } from './language-modelling-page.ts'
export type {
  Architecture,
  FrontPoint,
  LossCurve,
  Machine,
  Objective,
  RankCorrelation,
  SearchReport,
  TrialPoint,
  Values,
} from './run-data.ts'
export { readRuntime } from './runtime.ts'
export { searchPage } from './search-page.ts'
export type { StateTrackingReport, TrackingPoint, TrackingRow, TrackingTask } from './state-tracking-data.ts'
export { stateTrackingPage } from './state-tracking-page.ts'
