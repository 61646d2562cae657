// A decode step reads and overwrites its state about as fast as the cache that holds it can be.
import { benchmarkCases } from 'parascan/hardware'
import { report, speedup } from './report.mjs'

await report(
  'Decode steps, against the bandwidth in place of the level that holds the state',
  benchmarkCases.filter(({ form }) => form === 'step'),
  speedup,
)
