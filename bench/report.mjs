// What every benchmark here prints: the machine, its limits measured in the same run, and a row a kernel and number of
// threads with the median of its runs beside its limit.
import { benchmark, describeDevice } from 'parascan/hardware'

const rounded = (value, digits = 3) => Number(value.toPrecision(digits))

/**
 * @param {string} claim what the rows are to show
 * @param {import('parascan/hardware').BenchmarkCase[]} cases
 * @param {(row: import('parascan/hardware').BenchmarkRow, rows: import('parascan/hardware').BenchmarkRow[]) => object}
 *   [ratios] further columns of a row, from all rows
 */
export async function report(claim, cases, ratios = () => ({})) {
  const { cpu, instructionSet, cores, threads, operatingSystem, node, version } = describeDevice()
  console.log(`${claim}\n`)
  console.log(`${cpu}, ${cores} cores, ${threads} threads, kernels for ${instructionSet}`)
  console.log(`${operatingSystem}, Node ${node}, parascan ${version}`)
  const { peaks, rows, blas } = await benchmark({ cases, secondsPerCase: 1 })
  console.log(`products are compared with ${'name' in blas ? blas.name : `nothing: ${blas.unavailable}`}\n`)
  console.table(
    peaks.flatMap((peak) => [
      { threads: peak.threads, limit: 'arithmetic', 'GFLOP/s': rounded(peak.flops / 1e9) },
      ...peak.bandwidths.map(({ level, read, readModifyWrite }) => ({
        threads: peak.threads,
        limit: level,
        'read GB/s': rounded(read / 1e9),
        'in place GB/s': rounded(readModifyWrite / 1e9),
      })),
    ]),
  )
  console.table(
    rows.map((row) => ({
      kernel: row.op,
      shape: row.shape,
      threads: row.threads,
      'median ms': rounded(row.timing.median * 1e3, 4),
      '10 %': rounded(row.timing.low * 1e3, 4),
      '90 %': rounded(row.timing.high * 1e3, 4),
      'tokens/s': Math.round(row.tokens / row.timing.median),
      'GFLOP/s': rounded(row.flops / row.timing.median / 1e9),
      limit: row.limit,
      'of limit': rounded(row.share, 2),
      ...ratios(row, rows),
    })),
  )
}

/** How much faster all threads are than one: the row's own on one thread is 1. */
export function speedup(row, rows) {
  const alone = rows.find(({ op, shape, threads }) => op === row.op && shape === row.shape && threads === 1)
  return alone ? { 'vs. one thread': rounded(alone.timing.median / row.timing.median) } : {}
}
