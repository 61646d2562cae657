// Weights in bfloat16 halve what a product of few rows reads from memory.
import { benchmarkCases } from 'parascan/hardware'
import { report } from './report.mjs'

await report(
  'Linear maps of a few rows with weights in float32 and in bfloat16',
  benchmarkCases.filter(({ shape }) => shape.includes('×4096×4096')),
  (row, rows) => {
    const size = row.shape.split(',')[0]
    const float32 = rows.find(
      ({ op, shape, threads }) => op === 'matmul' && shape.startsWith(size) && threads === row.threads,
    )
    return float32 ? { 'vs. float32': Number((float32.timing.median / row.timing.median).toFixed(2)) } : {}
  },
)
