// The delta rule forward and backward, with gradients for every operand.
import { benchmarkCases } from 'parascan/hardware'
import { report, speedup } from './report.mjs'

await report(
  'Training passes of the delta rule; three times the FLOPs of a forward pass are counted',
  benchmarkCases.filter(({ family, form }) => family === 'delta rule' && form === 'forward and backward'),
  speedup,
)
