// What `parascan/train` offers: the training loops of networks and supernets, the optimiser, schedules, evaluation.

export { CheckpointMismatchError, type CheckpointOptions, type Evaluation } from './checkpoint.ts'
export { argmax, evaluateAccuracy, evaluateLoss, evaluateTask, predict } from './evaluate.ts'
export { type TrainOptions, type TrainProgress, type TrainResult, train, trainStep } from './loop.ts'
export { countRight, rightPrefixes, type Scores, scaledAccuracy, sequenceAccuracy } from './metrics.ts'
export { AdamW, type AdamWOptions } from './optimizer.ts'
export { type Recipe, recipeFor, uniformLayers } from './recipes.ts'
export {
  type Sandwich,
  type SandwichOptions,
  type SandwichProgress,
  sandwichStep,
  trainSupernet,
} from './sandwich.ts'
export { type CosineOptions, cosineSchedule } from './schedule.ts'
