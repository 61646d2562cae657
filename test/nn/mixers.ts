// One small configuration of every mixer in every range it has, and networks of them: the tables that batteries run
// over.

import type { LanguageModelConfig } from '../../lib/nn/language-model.ts'
import type { MixerConfig } from '../../lib/nn/mixers.ts'

const ranges = ['[0,1]', '[-1,1]'] as const
const mamba2 = { heads: 4, headDim: 6, states: 8, convolution: 4 }
const heads = { heads: 2, keyDim: 8, valueDim: 12 }

export const mixerCases: [name: string, config: MixerConfig][] = [
  ...ranges.flatMap((eigenvalues): [string, MixerConfig][] => [
    [`DeltaNet ${eigenvalues}`, { kind: 'deltanet', ...heads, convolution: 4, eigenvalues }],
    [
      `DeltaNet without convolution ${eigenvalues}`,
      { kind: 'deltanet', ...heads, convolution: 0, eigenvalues },
    ],
    [
      `DeltaNet with an output gate ${eigenvalues}`,
      { kind: 'deltanet', ...heads, convolution: 4, outputGate: true, normEps: 1e-3, eigenvalues },
    ],
    [
      `Gated DeltaNet with grouped values, without gate ${eigenvalues}`,
      {
        ...{ kind: 'gated-deltanet', ...heads, valueHeads: 4, convolution: 3 },
        ...{ outputGate: false, normEps: 1e-3, eigenvalues },
      },
    ],
    [`Gated DeltaNet ${eigenvalues}`, { kind: 'gated-deltanet', ...heads, convolution: 4, eigenvalues }],
    [
      `DeltaProduct of 3 ${eigenvalues}`,
      { kind: 'deltaproduct', ...heads, householders: 3, forgetGate: false, convolution: 4, eigenvalues },
    ],
    [
      `Gated DeltaProduct of 2 ${eigenvalues}`,
      {
        kind: 'deltaproduct',
        ...heads,
        householders: 2,
        forgetGate: true,
        outputGate: true,
        convolution: 1,
        eigenvalues,
      },
    ],
    [`Mamba ${eigenvalues}`, { kind: 'mamba', inner: 24, states: 8, dtRank: 2, convolution: 4, eigenvalues }],
    [`Mamba-2 ${eigenvalues}`, { kind: 'mamba2', ...mamba2, groups: 1, eigenvalues }],
    [
      `Mamba with other biases ${eigenvalues}`,
      {
        ...{ kind: 'mamba', inner: 24, states: 8, dtRank: 2, convolution: 4 },
        ...{ bias: true, convolutionBias: false, eigenvalues },
      },
    ],
    [
      `Mamba-2 with other biases ${eigenvalues}`,
      {
        kind: 'mamba2',
        ...mamba2,
        groups: 1,
        bias: true,
        convolutionBias: false,
        normEps: 1e-3,
        eigenvalues,
      },
    ],
    [`Mamba-2 of 2 groups ${eigenvalues}`, { kind: 'mamba2', ...mamba2, groups: 2, eigenvalues }],
    [`GLA ${eigenvalues}`, { kind: 'gla', ...heads, gateRank: 3, gateRoot: 16, eigenvalues }],
    [`KDA ${eigenvalues}`, { kind: 'kda', ...heads, convolution: 4, lowerBound: null, eigenvalues }],
    [
      `KDA with grouped values ${eigenvalues}`,
      { kind: 'kda', ...heads, valueHeads: 4, convolution: 2, lowerBound: null, eigenvalues },
    ],
    [
      `KDA with a lower bound ${eigenvalues}`,
      { kind: 'kda', ...heads, convolution: 0, lowerBound: -5, eigenvalues },
    ],
  ]),
  ['mLSTM', { kind: 'mlstm', heads: 2, headDim: 8, block: 4, convolution: 4 }],
  [
    'RWKV-7',
    {
      kind: 'rwkv7',
      ...{ heads: 2, headDim: 8, decayRank: 3, rateRank: 2, gateRank: 4 },
      valueResidual: false,
    },
  ],
  ['attention', { kind: 'attention', heads: 2, headDim: 8, window: 0 }],
  ['attention with a window of 7', { kind: 'attention', heads: 2, headDim: 8, window: 7 }],
]

const rwkv7 = { kind: 'rwkv7', heads: 2, headDim: 8, decayRank: 3, rateRank: 2, gateRank: 4 } as const

/** Two layers of each mixer, one with a feed-forward layer; and what blocks can have beside their mixers. */
export const networkCases: [name: string, config: Omit<LanguageModelConfig, 'kind'>][] = [
  ...mixerCases.map(([name, mixer]): [string, Omit<LanguageModelConfig, 'kind'>] => [
    name,
    {
      ...{ vocabulary: 11, hidden: 16, tieEmbeddings: false },
      layers: [
        { mixer, mlp: { width: 24 } },
        { mixer, mlp: null },
      ],
    },
  ]),
  [
    'layer norms and channel mixes around RWKV-7',
    {
      ...{ vocabulary: 11, hidden: 16, tieEmbeddings: true, normEmbeddings: true },
      norm: { kind: 'layer', eps: 1e-3, bias: true },
      layers: [
        { mixer: { ...rwkv7, valueResidual: false }, mlp: { width: 24, kind: 'channel-mix' } },
        {
          mixer: { ...rwkv7, valueRank: 5, valueResidual: true, normEps: 1e-4, keyEps: 1e-3 },
          mlp: { width: 24, kind: 'channel-mix' },
        },
      ],
    },
  ],
]
