// One small configuration of every mixer in every range it has: the table that batteries run over.

import type { MixerConfig } from '../../lib/nn/mixers.ts'

const ranges = ['[0,1]', '[-1,1]'] as const
const heads = { heads: 2, keyDim: 8, valueDim: 12 }

export const mixerCases: [name: string, config: MixerConfig][] = [
  ...ranges.flatMap((eigenvalues): [string, MixerConfig][] => [
    [`DeltaNet ${eigenvalues}`, { kind: 'deltanet', ...heads, convolution: 4, eigenvalues }],
    [
      `DeltaNet without convolution ${eigenvalues}`,
      { kind: 'deltanet', ...heads, convolution: 0, eigenvalues },
    ],
    [`Gated DeltaNet ${eigenvalues}`, { kind: 'gated-deltanet', ...heads, convolution: 4, eigenvalues }],
    [
      `DeltaProduct of 3 ${eigenvalues}`,
      { kind: 'deltaproduct', ...heads, householders: 3, forgetGate: false, convolution: 4, eigenvalues },
    ],
    [
      `Gated DeltaProduct of 2 ${eigenvalues}`,
      { kind: 'deltaproduct', ...heads, householders: 2, forgetGate: true, convolution: 1, eigenvalues },
    ],
    [`Mamba ${eigenvalues}`, { kind: 'mamba', inner: 24, states: 8, dtRank: 2, convolution: 4, eigenvalues }],
  ]),
  ['attention', { kind: 'attention', heads: 2, headDim: 8, window: 0 }],
  ['attention with a window of 7', { kind: 'attention', heads: 2, headDim: 8, window: 7 }],
]
