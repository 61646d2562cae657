// The scans of Mamba and Mamba-2, forward, and forward and backward.
import { benchmarkCases } from 'parascan/hardware'
import { report, speedup } from './report.mjs'

await report(
  'The scans of Mamba (selectiveScan) and Mamba-2 (ssd) at d_inner 1536',
  benchmarkCases.filter(({ family, form }) => family === 'Mamba' && form !== 'step'),
  speedup,
)
