// What `parascan/predict` offers: models of what evaluations would give.

export {
  GaussianProcess,
  type GaussianProcessOptions,
  type Hyperparameters,
  type Prediction,
} from './gaussian-process.ts'
