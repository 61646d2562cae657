// The delta rule in its gates, at the shapes of one small model, of long texts and of a single head.

import * as ops from '../../tensor/ops.ts'
import { type BenchmarkCase, type Draw, float, forwardCase, stepCase, trainingCase } from './case.ts'
import { referenceSizes, type ScanSize, sizeText } from './sizes.ts'

/** `head`: one decay a head (Gated DeltaNet); `channel`: one a key channel (KDA). */
type Gate = 'none' | 'head' | 'channel'

const names: Record<Gate, string> = {
  none: 'deltaRule',
  head: 'gated deltaRule',
  channel: 'channel-gated deltaRule',
}

function operands(draw: Draw, { B, T, H, d }: ScanSize, gate: Gate) {
  return {
    q: draw.unit(B, T, H, d),
    k: draw.unit(B, T, H, d),
    v: draw.normal(B, T, H, d),
    beta: draw.uniform(0, 2, B, T, H),
    ...(gate === 'none'
      ? {}
      : { g: gate === 'head' ? draw.uniform(-0.1, 0, B, T, H) : draw.uniform(-0.1, 0, B, T, H, d) }),
  }
}

/** Per token and head 2 d² each for Sᵀk, for k eᵀ and for Sᵀq, and d² for the decay. */
const flopsPerToken = (d: number, gate: Gate): number => d * d * (gate === 'none' ? 6 : 7)

/** Floats a token and head: q, k, v, o, beta and the decay. */
const floatsPerToken = (d: number, gate: Gate): number => 4 * d + 1 + { none: 0, head: 1, channel: d }[gate]

function deltaRule(gate: Gate, size: ScanSize, makeCase: typeof forwardCase = forwardCase): BenchmarkCase {
  const { B, T, H, d } = size
  return makeCase({
    family: 'delta rule',
    op: names[gate],
    shape: sizeText(size),
    tokens: B * T,
    flops: B * T * H * flopsPerToken(d, gate),
    bytes: float * B * T * H * floatsPerToken(d, gate),
    operands: (draw) => operands(draw, size, gate),
    run: (inputs) => ops.deltaRule(inputs).o,
  })
}

function deltaRuleStep(gate: Gate, B: number, H: number, d: number): BenchmarkCase {
  return stepCase({
    family: 'delta rule',
    op: names[gate],
    shape: `B${B} H${H} d${d}`,
    tokens: B,
    flops: B * H * flopsPerToken(d, gate),
    bytes: float * B * H * (2 * d * d + floatsPerToken(d, gate)),
    operands: (draw) => ({
      ...operands(draw, { B, T: 1, H, d }, gate),
      initialState: draw.normal(B, H, d, d),
    }),
    run: (inputs) => ops.deltaRuleStep(inputs),
  })
}

const widths = [64, 128] as const
const lengths = [512, 2048, 8192] as const
/** Eight times 8192: whether the cost of a token stays what it is. */
const longest = 65_536

export const deltaRuleCases: readonly BenchmarkCase[] = [
  ...widths.flatMap((d) => lengths.map((T) => deltaRule('head', { B: 1, T, H: 8, d }))),
  deltaRule('head', { B: 1, T: longest, H: 8, d: 64 }),
  deltaRule('head', { B: 4, T: 2048, H: 16, d: 128 }),
  ...widths.map((d) => deltaRule('none', { B: 1, T: 2048, H: 8, d })),
  ...widths.flatMap((d) => lengths.map((T) => deltaRule('channel', { B: 1, T, H: 8, d }))),
  deltaRule('head', { B: 1, T: 2048, H: 1, d: 128 }),
  ...referenceSizes.map((size) => deltaRule('head', size)),
  ...widths.flatMap((d) => {
    const size = { B: 1, T: 2048, H: 8, d }
    return [
      deltaRule('none', size, trainingCase),
      deltaRule('head', size, trainingCase),
      deltaRule('channel', size, trainingCase),
    ]
  }),
  ...referenceSizes.map((size) => deltaRule('head', size, trainingCase)),
  ...(['head', 'channel'] as const).flatMap((gate) => [
    deltaRuleStep(gate, 1, 8, 128),
    deltaRuleStep(gate, 1, 16, 64),
    deltaRuleStep(gate, 1, 32, 128),
  ]),
]
