// The formats of checkpoints that are read and written: a new one is a file and a line here.

import { deltaNet } from './delta-net.ts'
import type { Format } from './format.ts'
import { gatedDeltaNet } from './gated-delta-net.ts'
import { gatedDeltaProduct } from './gated-delta-product.ts'
import { gla } from './gla.ts'
import { kda } from './kda.ts'
import { mamba } from './mamba.ts'
import { mamba2 } from './mamba2.ts'
import { rwkv7 } from './rwkv7.ts'

export const formats: readonly Format[] = [
  deltaNet,
  gatedDeltaNet,
  gatedDeltaProduct,
  gla,
  kda,
  mamba,
  mamba2,
  rwkv7,
]
