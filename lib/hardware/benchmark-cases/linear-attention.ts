// Scans that only add to their state, S ← decay S + k vᵀ: without a decay, with one a key channel (GLA), with a fixed
// one a head (retention).

import * as ops from '../../tensor/ops.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { type BenchmarkCase, type Draw, float, forwardCase, stepCase, trainingCase } from './case.ts'
import { referenceSizes, type ScanSize, sizeText } from './sizes.ts'

interface Inputs {
  q: Tensor
  k: Tensor
  v: Tensor
  g?: Tensor
}

type Kind = 'linearAttention' | 'gla' | 'retention'

interface Forms {
  scan(inputs: Inputs): Tensor
  step(inputs: Inputs & { initialState: Tensor }): Tensor
}

const forms: Record<Kind, Forms> = {
  linearAttention: {
    scan: (inputs) => ops.linearAttention(inputs).o,
    step: (inputs) => ops.linearAttentionStep(inputs),
  },
  gla: {
    scan: ({ g, ...inputs }) => ops.gla({ ...inputs, g: g as Tensor }).o,
    step: ({ g, ...inputs }) => ops.glaStep({ ...inputs, g: g as Tensor }),
  },
  retention: {
    scan: ({ q, k, v }) => ops.retention({ q, k, v }).o,
    step: ({ q, k, v, initialState }) => ops.retentionStep({ q, k, v, initialState }),
  },
}

function operands(draw: Draw, { B, T, H, d }: ScanSize, kind: Kind) {
  return {
    q: draw.normal(B, T, H, d),
    k: draw.normal(B, T, H, d),
    v: draw.normal(B, T, H, d),
    ...(kind === 'gla' ? { g: draw.uniform(-0.1, 0, B, T, H, d) } : {}),
  }
}

/** Per token and head 2 d² each for k vᵀ and for Sᵀq, and d² for a decay. */
const flopsPerToken = (d: number, kind: Kind): number => d * d * (kind === 'linearAttention' ? 4 : 5)

/** Floats a token and head: q, k, v, o and the decay. */
const floatsPerToken = (d: number, kind: Kind): number => (kind === 'gla' ? 5 : 4) * d

function scan(kind: Kind, size: ScanSize, makeCase: typeof forwardCase): BenchmarkCase {
  const { B, T, H, d } = size
  return makeCase({
    family: 'linear attention',
    op: kind,
    shape: sizeText(size),
    tokens: B * T,
    flops: B * T * H * flopsPerToken(d, kind),
    bytes: float * B * T * H * floatsPerToken(d, kind),
    operands: (draw) => operands(draw, size, kind),
    run: (inputs) => forms[kind].scan(inputs),
  })
}

function step(kind: Kind, B: number, H: number, d: number): BenchmarkCase {
  return stepCase({
    family: 'linear attention',
    op: kind,
    shape: `B${B} H${H} d${d}`,
    tokens: B,
    flops: B * H * flopsPerToken(d, kind),
    bytes: float * B * H * (2 * d * d + floatsPerToken(d, kind)),
    operands: (draw) => ({
      ...operands(draw, { B, T: 1, H, d }, kind),
      initialState: draw.normal(B, H, d, d),
    }),
    run: (inputs) => forms[kind].step(inputs),
  })
}

const kinds = ['linearAttention', 'gla', 'retention'] as const

export const linearAttentionCases: readonly BenchmarkCase[] = [
  ...kinds.flatMap((kind) => [
    ...[64, 128].map((d) => scan(kind, { B: 1, T: 2048, H: 16, d }, forwardCase)),
    ...[64, 128].map((d) => scan(kind, { B: 1, T: 2048, H: 16, d }, trainingCase)),
    step(kind, 1, 16, 64),
    step(kind, 1, 8, 128),
  ]),
  ...(['gla', 'retention'] as const).flatMap((kind) => [
    ...referenceSizes.map((size) => scan(kind, size, forwardCase)),
    ...referenceSizes.map((size) => scan(kind, size, trainingCase)),
  ]),
]
