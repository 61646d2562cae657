// The selective scan of Mamba: B sequences, T tokens, D channels, N states a channel.

import * as ops from '../../tensor/ops.ts'
import { type BenchmarkCase, type Draw, float, forwardCase, stepCase, trainingCase } from './case.ts'

const operands = (draw: Draw, B: number, T: number, D: number, N: number) => ({
  u: draw.normal(B, T, D),
  dt: draw.normal(B, T, D),
  A: draw.uniform(-16, -1, D, N),
  B: draw.normal(B, T, N),
  C: draw.normal(B, T, N),
  D: draw.normal(D),
  z: draw.normal(B, T, D),
  dtBias: draw.uniform(-7, -2, D),
})

/** Per token and channel: for every state dt A, its exponential (as one), a h, dt u B, and C h; then D u and the gate. */
const flopsPerToken = (N: number): number => 9 * N + 3

function selectiveScan(
  B: number,
  T: number,
  D: number,
  N: number,
  makeCase: typeof forwardCase,
): BenchmarkCase {
  return makeCase({
    family: 'Mamba',
    op: 'selectiveScan',
    shape: `B${B} T${T} D${D} N${N}`,
    tokens: B * T,
    flops: B * T * D * flopsPerToken(N),
    bytes: float * B * T * (4 * D + 2 * N),
    operands: (draw) => operands(draw, B, T, D, N),
    run: (inputs) => ops.selectiveScan({ ...inputs, eigenvalues: '[0,1]' }).y,
  })
}

function selectiveScanStep(B: number, D: number, N: number): BenchmarkCase {
  return stepCase({
    family: 'Mamba',
    op: 'selectiveScan',
    shape: `B${B} D${D} N${N}`,
    tokens: B,
    flops: B * D * flopsPerToken(N),
    bytes: float * (B * (2 * D * N + 4 * D + 2 * N) + D * N),
    operands: (draw) => ({ ...operands(draw, B, 1, D, N), initialState: draw.normal(B, D, N) }),
    run: (inputs) => ops.selectiveScanStep({ ...inputs, eigenvalues: '[0,1]' }),
  })
}

export const selectiveScanCases: readonly BenchmarkCase[] = [
  selectiveScan(1, 512, 1536, 16, forwardCase),
  selectiveScan(1, 2048, 1536, 16, forwardCase),
  selectiveScan(1, 512, 1536, 16, trainingCase),
  selectiveScan(1, 2048, 1536, 16, trainingCase),
  selectiveScanStep(1, 1536, 16),
]
