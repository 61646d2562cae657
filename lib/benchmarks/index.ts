// What `parascan/benchmarks` offers: problems with known answers that search algorithms are judged on.

export { type BenchmarkProblem, worthOf } from './problem.ts'
export type { SyntheticProblem } from './synthetic-problem.ts'
export { type SyntheticProblemName, syntheticProblem, syntheticProblemNames } from './synthetic-problems.ts'
