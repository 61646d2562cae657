// Matrix products are as fast as OpenBLAS's, and as fast on slices of larger matrices as on packed ones.
import { benchmarkCases } from 'parascan/hardware'
import { report } from './report.mjs'

await report(
  'Matrix products beside OpenBLAS, timed in turn; products of slices beside packed ones',
  benchmarkCases.filter(({ family }) => family === 'matrix products'),
  ({ op, shape, threads, timing, blas }, rows) => {
    const packed = rows.find((row) => row.op === 'matmul' && row.shape === shape && row.threads === threads)
    const ratio = (seconds) => Number((seconds / timing.median).toFixed(2))
    return {
      ...(blas ? { 'vs. OpenBLAS': ratio(blas.timing.median) } : {}),
      ...(op === 'matmul of slices' && packed ? { 'vs. packed': ratio(packed.timing.median) } : {}),
    }
  },
)
