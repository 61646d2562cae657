// The mLSTM: linear attention with exponential input gates, and a normaliser as one more column of values.

import * as ops from '../../tensor/ops.ts'
import { type BenchmarkCase, type Draw, float, forwardCase, stepCase, trainingCase } from './case.ts'
import { type ScanSize, sizeText } from './sizes.ts'

const operands = (draw: Draw, { B, T, H, d }: ScanSize) => ({
  q: draw.normal(B, T, H, d),
  k: draw.normal(B, T, H, d),
  v: draw.normal(B, T, H, d),
  i: draw.normal(B, T, H),
  f: draw.uniform(3, 6, B, T, H),
})

/** Per token and head 2 d (d + 1) each for k vᵀ and for the readout, d (d + 1) for the forget gate. */
const flopsPerToken = (d: number): number => 5 * d * (d + 1)

/** Floats a token and head: q, k, v, h and the gates. */
const floatsPerToken = (d: number): number => 4 * d + 2

function mlstm(size: ScanSize, makeCase: typeof forwardCase): BenchmarkCase {
  const { B, T, H, d } = size
  return makeCase({
    family: 'mLSTM',
    op: 'mlstm',
    shape: sizeText(size),
    tokens: B * T,
    flops: B * T * H * flopsPerToken(d),
    bytes: float * B * T * H * floatsPerToken(d),
    operands: (draw) => operands(draw, size),
    run: (inputs) => ops.mlstm(inputs).h,
  })
}

function mlstmStep(B: number, H: number, d: number): BenchmarkCase {
  return stepCase({
    family: 'mLSTM',
    op: 'mlstm',
    shape: `B${B} H${H} d${d}`,
    tokens: B,
    flops: B * H * flopsPerToken(d),
    bytes: float * B * H * (2 * d * (d + 1) + floatsPerToken(d)),
    operands: (draw) => ({
      ...operands(draw, { B, T: 1, H, d }),
      memory: draw.normal(B, H, d, d + 1),
      m: draw.normal(B, H),
    }),
    run: ({ memory, m, ...inputs }) => ops.mlstmStep({ ...inputs, initialState: { memory, m } }),
  })
}

export const mlstmCases: readonly BenchmarkCase[] = [
  ...[64, 128].map((d) => mlstm({ B: 1, T: 2048, H: 16, d }, forwardCase)),
  ...[64, 128].map((d) => mlstm({ B: 1, T: 2048, H: 16, d }, trainingCase)),
  mlstmStep(1, 8, 128),
]
