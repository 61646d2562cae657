// Scans with a diagonal-plus-rank-one transition, with the operands of RWKV-7: a is a unit vector, b points against it.

import * as ops from '../../tensor/ops.ts'
import { scope } from '../../tensor/scope.ts'
import { Tensor } from '../../tensor/tensor.ts'
import { type BenchmarkCase, type Draw, float, forwardCase, stepCase, trainingCase } from './case.ts'
import { type ScanSize, sizeText } from './sizes.ts'

function operands(draw: Draw, { B, T, H, d }: ScanSize) {
  const a = draw.unit(B, T, H, d)
  return {
    r: draw.normal(B, T, H, d),
    w: draw.uniform(-0.6, 0, B, T, H, d),
    k: draw.normal(B, T, H, d),
    v: draw.normal(B, T, H, d),
    a,
    b: scope(() => ops.multiply(a, Tensor.full([1], -0.5))),
  }
}

/** Per token and head 2 d² each for aᵀS, for b (aᵀS), for k vᵀ and for Sᵀr, and d² for the decay. */
const flopsPerToken = (d: number): number => 9 * d * d

/** Floats a token and head: r, w, k, v, a, b and o. */
const floatsPerToken = (d: number): number => 7 * d

function dplr(size: ScanSize, makeCase: typeof forwardCase): BenchmarkCase {
  const { B, T, H, d } = size
  return makeCase({
    family: 'RWKV-7',
    op: 'dplr',
    shape: sizeText(size),
    tokens: B * T,
    flops: B * T * H * flopsPerToken(d),
    bytes: float * B * T * H * floatsPerToken(d),
    operands: (draw) => operands(draw, size),
    run: (inputs) => ops.dplr(inputs).o,
  })
}

function dplrStep(B: number, H: number, d: number): BenchmarkCase {
  return stepCase({
    family: 'RWKV-7',
    op: 'dplr',
    shape: `B${B} H${H} d${d}`,
    tokens: B,
    flops: B * H * flopsPerToken(d),
    bytes: float * B * H * (2 * d * d + floatsPerToken(d)),
    operands: (draw) => ({ ...operands(draw, { B, T: 1, H, d }), initialState: draw.normal(B, H, d, d) }),
    run: (inputs) => ops.dplrStep(inputs),
  })
}

export const dplrCases: readonly BenchmarkCase[] = [
  ...[64, 128].map((d) => dplr({ B: 1, T: 2048, H: 16, d }, forwardCase)),
  ...[64, 128].map((d) => dplr({ B: 1, T: 2048, H: 16, d }, trainingCase)),
  dplrStep(1, 16, 64),
  dplrStep(1, 8, 128),
]
