// What `parascan/benchmarks` offers: problems with known answers that search algorithms are judged on.

export { type HwGptAnswer, HwGptBench, type HwGptQuery } from './hwgpt/bench.ts'
export type { Measurement } from './hwgpt/measured-table.ts'
export { type HwGptMetric, hwGptMetrics } from './hwgpt/metric.ts'
export { HwGptProblem, hwGptProblem } from './hwgpt/problem.ts'
export { type HwGptDevice, type HwGptScale, hwGptDevices, hwGptScales } from './hwgpt/scale.ts'
export { type BenchmarkProblem, worthOf } from './problem.ts'
export { runSearch, type SearchRun } from './search-run.ts'
export type { SyntheticProblem } from './synthetic-problem.ts'
export { type SyntheticProblemName, syntheticProblem, syntheticProblemNames } from './synthetic-problems.ts'
