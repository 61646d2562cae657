// The cost of a token does not depend on how many came before: 512 to 65 536 tokens.
import { benchmarkCases } from 'parascan/hardware'
import { report } from './report.mjs'

const perToken = ({ timing, tokens }) => timing.median / tokens

await report(
  'Cost of a token of the gated delta rule against the length of the text',
  benchmarkCases.filter(({ op, shape }) => op === 'gated deltaRule' && /^B1 T\d+ H8 d64$/.test(shape)),
  (row, rows) => {
    const shortest = rows.find(({ threads }) => threads === row.threads) ?? row
    return {
      'µs/token': Number((perToken(row) * 1e6).toFixed(3)),
      'vs. shortest': Number((perToken(row) / perToken(shortest)).toFixed(2)),
    }
  },
)
