// The causal convolution runs at the bandwidth of the cache its data is in.
import { benchmarkCases } from 'parascan/hardware'
import { report, speedup } from './report.mjs'

await report(
  'Causal convolution of four taps over 1536 channels',
  benchmarkCases.filter(({ op, form }) => op.startsWith('causalConv1d') && form !== 'step'),
  speedup,
)
