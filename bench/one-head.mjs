// One head of one sequence is shared out over the cores by its value columns.
import { benchmarkCases } from 'parascan/hardware'
import { report, speedup } from './report.mjs'

await report(
  'One head on one and on all threads',
  benchmarkCases.filter(({ shape }) => shape === 'B1 T2048 H1 d128'),
  speedup,
)
