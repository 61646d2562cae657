// What `parascan/search` offers: studies, their storages, search algorithms and measures of fronts.

export { attainment, attainmentSurface } from './attainment.ts'
export type { Constraint } from './constraint.ts'
export { type EhviOptions, ehvi } from './ehvi.ts'
export { feasibleFirstSort, feasibleFront, violation, type Worth } from './feasibility.ts'
export {
  additiveEpsilon,
  generationalDistance,
  generationalDistancePlus,
  invertedGenerationalDistance,
  invertedGenerationalDistancePlus,
} from './front-distance.ts'
export {
  estimateHypervolume,
  exclusiveVolumes,
  type HypervolumeEstimateOptions,
  hypervolume,
} from './hypervolume.ts'
export { hypervolumeHistory } from './hypervolume-history.ts'
export { journal, readJournal } from './journal.ts'
export { type LocalSearchOptions, localSearch } from './local-search.ts'
export { type LsBoOptions, lsBo } from './ls-bo.ts'
export { memoryStorage } from './memory-storage.ts'
export { type MoAshaOptions, moAsha } from './mo-asha.ts'
export { type MoeadOptions, moead } from './moead.ts'
export { type Nsga2Options, nsga2 } from './nsga2.ts'
export { type Nsga3Options, nsga3 } from './nsga3.ts'
export type { Objective, Values } from './objective.ts'
export { crowdingDistance, nonDominatedSort } from './pareto.ts'
export type { Points } from './points.ts'
export { randomSearch } from './random-search.ts'
export { kendallTau } from './rank-correlation.ts'
export { type RegularizedEvolutionOptions, regularizedEvolution } from './regularized-evolution.ts'
export { type RsBoOptions, rsBo } from './rs-bo.ts'
export type {
  Algorithm,
  Decision,
  Evaluation,
  Intermediate,
  Outcome,
  Searcher,
  SearchProblem,
} from './searcher.ts'
export { type SmsEmoaOptions, smsEmoa } from './sms-emoa.ts'
export type { Attributes, StudyContents, StudyHeader, StudyRecord, StudyStorage } from './storage.ts'
export { Study } from './study.ts'
export { StudyError, type StudyErrorCode } from './study-error.ts'
export type { StudyOptions } from './study-header.ts'
export type { CompleteTrial, FailedTrial, PendingTrial, StoppedTrial, Trial } from './trial.ts'
