// Every kernel that `parascan bench` times, in the order of its table. A new op is a file of cases and a line here.

import type { BenchmarkCase } from './case.ts'
import { deltaRuleCases } from './delta-rule.ts'
import { dplrCases } from './dplr.ts'
import { linearAttentionCases } from './linear-attention.ts'
import { matmulCases } from './matmul.ts'
import { mlstmCases } from './mlstm.ts'
import { otherCases } from './other-ops.ts'
import { selectiveScanCases } from './selective-scan.ts'
import { ssdCases } from './ssd.ts'

export type { BenchmarkCase } from './case.ts'

export const benchmarkCases: readonly BenchmarkCase[] = [
  ...matmulCases,
  ...deltaRuleCases,
  ...linearAttentionCases,
  ...dplrCases,
  ...ssdCases,
  ...mlstmCases,
  ...selectiveScanCases,
  ...otherCases,
]
