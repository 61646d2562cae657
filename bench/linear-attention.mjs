// The other scans with a matrix state: linear attention, GLA, retention, mLSTM, and RWKV-7 (dplr).
import { benchmarkCases } from 'parascan/hardware'
import { report, speedup } from './report.mjs'

await report(
  'Linear attention, GLA, retention, mLSTM and RWKV-7, 16 heads, 2048 tokens',
  benchmarkCases.filter(
    ({ family, shape }) =>
      ['linear attention', 'mLSTM', 'RWKV-7'].includes(family) && shape.startsWith('B1 T2048 H16 '),
  ),
  speedup,
)
