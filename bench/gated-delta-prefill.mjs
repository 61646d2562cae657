// The gated delta rule, one decay a head or one a key channel, runs near the arithmetic of the cores at any length of text.
import { benchmarkCases } from 'parascan/hardware'
import { report, speedup } from './report.mjs'

await report(
  'Prefill of the gated delta rule, heads of 64 and 128',
  benchmarkCases.filter(
    ({ op, form, shape }) =>
      form === 'forward' && op.endsWith('gated deltaRule') && /^B[14] .*H(8|16) /.test(shape),
  ),
  speedup,
)
