/** What a benchmark page shows, as plain data in base units: measured limits of the machine and timed kernels. */
import type { Machine } from './run-data.ts'

/** Measured limits with a given number of threads: the roofs of the picture. */
export interface Peak {
  readonly threads: number
  readonly flopsPerSecond: number
  /** Bandwidth by level, fastest first, e.g. `L1`, `L2`, `4 MB`, `memory`. */
  readonly bandwidths: readonly { readonly level: string; readonly bytesPerSecond: number }[]
}

/** One kernel at one shape. */
export interface BenchRow {
  readonly op: string
  /** Ops of one kind, a colour of the picture. */
  readonly family: string
  /** How the op is run, a shape of the picture: `forward`, `forward and backward` or `step`. */
  readonly form: string
  readonly shape: string
  readonly threads: number
  /** Of all sequences; rows for ops that know no sequences. */
  readonly tokens: number
  /** Median over repetitions. */
  readonly seconds: number
  readonly flops: number
  /** Least traffic the op can get by with: each input read once, each output written once. */
  readonly bytes: number
  /** Fraction of the measured limit reached, 0 to 1. */
  readonly share: number
  /** Which limit that is, e.g. `compute` or `memory`. */
  readonly limit: string
  /** Median time of another library, the same in all rows, at the same work and in the same run. */
  readonly comparison?: { readonly name: string; readonly seconds: number }
}

/** Everything `benchPage` draws. */
export interface BenchReport {
  readonly title: string
  readonly command: string
  readonly device: Machine
  readonly peaks: readonly Peak[]
  readonly rows: readonly BenchRow[]
}
