// What `import { … } from 'parascan'` offers: tensors and ops, models as files, and the search. Layers, training, data,
// hardware, studies and reports have entry points of their own.

export { type ExportOptions, exportModel } from './nn/huggingface/export.ts'
export type { LoadModelOptions, Model } from './nn/model-file.ts'
export { loadModel, saveModel } from './nn/model-file.ts'
export type { LanguageCell, LanguageCellResult, LanguagePoint } from './pipeline/language-modelling/cells.ts'
export {
  type LanguageModelling,
  type LanguageModellingOptions,
  languageModellingModels,
  reproduceLanguageModelling,
} from './pipeline/language-modelling/reproduce.ts'
export type { LanguageModellingProgress } from './pipeline/language-modelling/train-cells.ts'
export { objectiveNames } from './pipeline/objectives.ts'
export type { Front, FrontPoint } from './pipeline/results.ts'
export {
  defaultSupernet,
  type SearchProgress,
  type SearchTextOptions,
  searchText,
  validationText,
} from './pipeline/search-text.ts'
export type {
  Cell,
  CellResult,
  FailedCell,
  LengthScores,
  TrainedCell,
} from './pipeline/state-tracking/cells.ts'
export {
  reproduceStateTracking,
  type StateTracking,
  type StateTrackingOptions,
  type StateTrackingProgress,
  stateTrackingTasks,
} from './pipeline/state-tracking/reproduce.ts'
export {
  stateTrackingModels,
  type Variant as StateTrackingVariant,
} from './pipeline/state-tracking/variants.ts'
export * as ops from './tensor/ops.ts'
export { Program } from './tensor/program.ts'
export { Random, type RandomState } from './tensor/random.ts'
export * as reference from './tensor/reference.ts'
export { openScope, type Scope, scope } from './tensor/scope.ts'
export {
  clearGradients,
  type DataType,
  type NestedNumbers,
  Tensor,
  withoutGradients,
} from './tensor/tensor.ts'
