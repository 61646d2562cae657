// What stands between the scans of a layer: the short convolution, attention, normalisation.

import * as ops from '../../tensor/ops.ts'
import { type BenchmarkCase, float, forwardCase, stepCase, trainingCase } from './case.ts'
import { type ScanSize, sizeText } from './sizes.ts'

/** B sequences, T tokens, D channels, W taps. */
function causalConv1d(
  B: number,
  T: number,
  D: number,
  W: number,
  makeCase: typeof forwardCase,
  activation: 'silu' | null,
): BenchmarkCase {
  return makeCase({
    family: 'convolution, norm',
    op: activation ? 'causalConv1d with SiLU' : 'causalConv1d',
    shape: `B${B} T${T} D${D} W${W}`,
    tokens: B * T,
    flops: 2 * W * B * T * D,
    bytes: float * (2 * B * T * D + W * D),
    operands: (draw) => ({ x: draw.normal(B, T, D), weight: draw.normal(D, W) }),
    run: (inputs) => ops.causalConv1d({ ...inputs, activation }).y,
  })
}

function causalConv1dStep(B: number, D: number, W: number): BenchmarkCase {
  return stepCase({
    family: 'convolution, norm',
    op: 'causalConv1d',
    shape: `B${B} D${D} W${W}`,
    tokens: B,
    flops: 2 * W * B * D,
    bytes: float * (B * D * (2 + 2 * (W - 1)) + W * D),
    operands: (draw) => ({
      x: draw.normal(B, 1, D),
      weight: draw.normal(D, W),
      state: draw.normal(B, W - 1, D),
    }),
    run: (inputs) => ops.causalConv1dStep({ ...inputs, activation: 'silu' }).y,
  })
}

function attention(size: ScanSize, makeCase: typeof forwardCase): BenchmarkCase {
  const { B, T, H, d } = size
  return makeCase({
    family: 'attention',
    op: 'attention',
    shape: sizeText(size),
    tokens: B * T,
    flops: (4 * B * H * d * T * (T + 1)) / 2,
    bytes: float * 4 * B * T * H * d,
    operands: (draw) => ({
      q: draw.normal(B, T, H, d),
      k: draw.normal(B, T, H, d),
      v: draw.normal(B, T, H, d),
    }),
    run: (inputs) => ops.attention(inputs),
  })
}

function rmsNorm(rows: number, columns: number, makeCase: typeof forwardCase): BenchmarkCase {
  return makeCase({
    family: 'convolution, norm',
    op: 'rmsNorm',
    shape: `${rows}×${columns}`,
    tokens: rows,
    flops: 4 * rows * columns,
    bytes: float * (2 * rows + 1) * columns,
    operands: (draw) => ({ x: draw.normal(rows, columns), weight: draw.normal(columns) }),
    run: ({ x, weight }) => ops.rmsNorm(x, { weight }),
  })
}

const passes = [forwardCase, trainingCase] as const

export const otherCases: readonly BenchmarkCase[] = [
  causalConv1d(1, 512, 1536, 4, forwardCase, null),
  causalConv1d(1, 512, 1536, 4, forwardCase, 'silu'),
  causalConv1d(1, 2048, 1536, 4, forwardCase, 'silu'),
  causalConv1d(1, 2048, 1536, 4, trainingCase, 'silu'),
  causalConv1dStep(1, 1536, 4),
  ...passes.map((makeCase) => attention({ B: 1, T: 1024, H: 8, d: 64 }, makeCase)),
  ...passes.map((makeCase) => rmsNorm(2048, 1024, makeCase)),
]
