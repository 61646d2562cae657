// The scan of Mamba-2: B sequences, T tokens, H heads of width P, N states, one group.

import * as ops from '../../tensor/ops.ts'
import { type BenchmarkCase, type Draw, float, forwardCase, stepCase, trainingCase } from './case.ts'

interface SsdSize {
  B: number
  T: number
  H: number
  P: number
  N: number
}

const operands = (draw: Draw, { B, T, H, P, N }: SsdSize) => ({
  x: draw.normal(B, T, H, P),
  dt: draw.normal(B, T, H),
  A: draw.uniform(-16, -1, H),
  B: draw.normal(B, T, 1, N),
  C: draw.normal(B, T, 1, N),
  D: draw.normal(H),
  dtBias: draw.uniform(-7, -2, H),
})

/** Per token and head 2 N P each for x Bᵀ and for h C, N P for the decay, 2 P for D x. */
const flopsPerToken = ({ P, N }: SsdSize): number => 5 * N * P + 2 * P

/** Floats a token: x and y, dt, B and C. */
const floatsPerToken = ({ H, P, N }: SsdSize): number => H * (2 * P + 1) + 2 * N

function ssd(size: SsdSize, makeCase: typeof forwardCase): BenchmarkCase {
  const { B, T, H, P, N } = size
  return makeCase({
    family: 'Mamba',
    op: 'ssd',
    shape: `B${B} T${T} H${H} P${P} N${N}`,
    tokens: B * T,
    flops: B * T * H * flopsPerToken(size),
    bytes: float * B * T * floatsPerToken(size),
    operands: (draw) => operands(draw, size),
    run: (inputs) => ops.ssd({ ...inputs, eigenvalues: '[0,1]' }).y,
  })
}

function ssdStep(size: SsdSize): BenchmarkCase {
  const { B, H, P, N } = size
  return stepCase({
    family: 'Mamba',
    op: 'ssd',
    shape: `B${B} H${H} P${P} N${N}`,
    tokens: B,
    flops: B * H * flopsPerToken(size),
    bytes: float * B * (2 * H * P * N + floatsPerToken(size)),
    operands: (draw) => {
      const stored = draw.normal(B, H, N, P)
      return { ...operands(draw, { ...size, T: 1 }), stored, initialState: stored.transpose(2, 3) }
    },
    run: ({ stored, ...inputs }) => ops.ssdStep({ ...inputs, eigenvalues: '[0,1]' }),
  })
}

/** d_inner 1536 of a model of width 768, as published. */
const layer = { H: 24, P: 64, N: 128 }

export const ssdCases: readonly BenchmarkCase[] = [
  ssd({ B: 1, T: 512, ...layer }, forwardCase),
  ssd({ B: 1, T: 2048, ...layer }, forwardCase),
  ssd({ B: 1, T: 2048, ...layer }, trainingCase),
  ssdStep({ B: 1, T: 1, ...layer }),
]
