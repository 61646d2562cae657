// Times kernels and sets them against the limits of the machine, measured in the same run: arithmetic for kernels that
// compute more than they move, the bandwidth of the memory their data fits into for the others.

import { setTimeout } from 'node:timers/promises'
import { addon } from '../native/load.ts'
import { type BenchmarkCase, benchmarkCases } from './benchmark-cases/index.ts'
import { describeBlas, timeBlas } from './blas.ts'
import { measurePeak, type Peak } from './device.ts'
import { summarise, type Timing } from './timing.ts'

export interface BenchmarkRow extends Pick<BenchmarkCase, 'op' | 'family' | 'form' | 'shape'> {
  threads: number
  /** Of all sequences; rows for ops that know no sequences. */
  tokens: number
  /** Seconds. */
  timing: Timing
  flops: number
  bytes: number
  /** Of the limit, 0 to 1. */
  share: number
  /** `compute`, or the level of memory whose bandwidth bounds the kernel. */
  limit: string
  /** The same product by OpenBLAS, timed in turn with ours. `ratio` above 1: ours is faster. */
  blas?: { timing: Timing; ratio: number }
}

export interface Benchmark {
  peaks: Peak[]
  rows: BenchmarkRow[]
  blas: { name: string } | { unavailable: string }
}

export interface BenchmarkOptions {
  /** Numbers of threads to time with; by default one and all. */
  threads?: readonly number[]
  cases?: readonly BenchmarkCase[]
  /** Seconds that a case may take, about. */
  secondsPerCase?: number
  seed?: number
  signal?: AbortSignal | undefined
  onProgress?: (progress: { share: number; detail: string }) => void
}

/** Turns that ours and the foreign kernel take, so that a busy moment of the machine hits one turn of each. */
const turns = 5

/**
 * Runs the benchmark.
 *
 * @throws RangeError for a number of threads that the engine does not have
 */
export async function benchmark(options: BenchmarkOptions = {}): Promise<Benchmark> {
  const all = addon.threads()
  const { cases = benchmarkCases, secondsPerCase = 0.3, seed = 0, signal, onProgress } = options
  const threadCounts = [...new Set(options.threads ?? [1, all])]
  for (const threads of threadCounts)
    if (!Number.isInteger(threads) || threads < 1 || threads > all)
      throw new RangeError(`\`threads\` must be whole numbers from 1 to ${all}, got ${threads}`)
  const blas = describeBlas()
  const result: Benchmark = { peaks: [], rows: [], blas }
  const total = threadCounts.length * cases.length
  try {
    for (const threads of threadCounts) {
      addon.setThreads(threads)
      onProgress?.({ share: result.rows.length / total, detail: 'limits of this machine' })
      const before = await measurePeak(threads)
      const measured: Measured[] = []
      for (const one of cases) {
        signal?.throwIfAborted()
        measured.push(await measure(one, { threads, seed, seconds: secondsPerCase, compare: 'name' in blas }))
        const share = (result.rows.length + measured.length) / total
        onProgress?.({ share, detail: `${one.op} ${one.shape}` })
      }
      const peak = better(before, await measurePeak(threads))
      result.peaks.push(peak)
      for (const [i, one] of cases.entries()) {
        const { op, family, form, shape, tokens, flops, bytes } = one
        const { seconds, limit } = boundOf(one, peak)
        const { timing, ...foreign } = measured[i] as Measured
        const share = seconds / timing.median
        const work = { op, family, form, shape, threads, tokens, flops, bytes }
        result.rows.push({ ...work, timing, share, limit, ...foreign })
      }
    }
  } finally {
    addon.setThreads(all)
  }
  return result
}

type Measured = Pick<BenchmarkRow, 'timing' | 'blas'>

/** The limits measured before and after the kernels, of which a busy moment of the machine may hit one. */
function better(a: Peak, b: Peak): Peak {
  return {
    threads: a.threads,
    flops: Math.max(a.flops, b.flops),
    bandwidths: a.bandwidths.map((one, i) => {
      const { read, readModifyWrite } = b.bandwidths[i] ?? one
      return {
        ...one,
        read: Math.max(one.read, read),
        readModifyWrite: Math.max(one.readModifyWrite, readModifyWrite),
      }
    }),
  }
}

/** Milliseconds for which the threads of OpenBLAS go on spinning, on the cores our own would use, after a product. */
const blasCalmsDown = 150

async function measure(
  one: BenchmarkCase,
  options: { threads: number; seed: number; seconds: number; compare: boolean },
): Promise<Measured> {
  using timed = one.prepare(options.seed)
  const product = options.compare ? one.product : undefined
  const share = options.seconds / turns / (product ? 2 : 1)
  const ours: number[] = []
  const theirs: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    const limits = { warmup: 3, repeats: 200, seconds: share }
    ours.push(...(await timed.time(limits)))
    if (!product) continue
    theirs.push(...(await timeBlas({ ...product, ...limits, threads: options.threads })))
    if (options.threads > 1) await setTimeout(blasCalmsDown)
  }
  const timing = summarise(ours)
  if (theirs.length === 0) return { timing }
  const foreign = summarise(theirs)
  return { timing, blas: { timing: foreign, ratio: foreign.median / timing.median } }
}

/** The most bytes a second that a level of memory gave, reading or updating in place. */
export function bandwidthOf({ read, readModifyWrite }: Peak['bandwidths'][number]): number {
  return Math.max(read, readModifyWrite)
}

/** The least time that the machine's limits leave (Williams et al. 2009), and which limit that is. */
export function boundOf(
  { flops, bytes, inPlace = false }: Pick<BenchmarkCase, 'flops' | 'bytes' | 'inPlace'>,
  peak: Peak,
): { seconds: number; limit: string } {
  const compute = flops / peak.flops
  const level = peak.bandwidths.find(({ holds }) => (inPlace ? bytes / 2 : bytes) <= holds)
  if (level === undefined) return { seconds: compute, limit: 'compute' }
  const traffic = bytes / (inPlace ? level.readModifyWrite : bandwidthOf(level))
  return compute >= traffic
    ? { seconds: compute, limit: 'compute' }
    : { seconds: traffic, limit: level.level }
}
