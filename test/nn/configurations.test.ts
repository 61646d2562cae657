// Configurations that make no mixer are refused by the name of the option.

import { expect, test } from 'vitest'
import { createMixer, type MixerConfig } from '../../lib/nn/mixers.ts'

const eigenvalues = '[0,1]'
const heads = { heads: 4, keyDim: 8, valueDim: 8 }

const wrong: [message: string, config: MixerConfig][] = [
  [
    '`heads` must be a whole number from 1, got 0',
    { kind: 'mlstm', heads: 0, headDim: 8, block: 4, convolution: 4 },
  ],
  [
    '`block` must divide the 12 inner channels, got 8',
    { kind: 'mlstm', heads: 2, headDim: 6, block: 8, convolution: 4 },
  ],
  [
    '`groups` must divide the 4 heads, got 3',
    { kind: 'mamba2', heads: 4, headDim: 8, states: 8, groups: 3, convolution: 4, eigenvalues },
  ],
  [
    '`convolution` must be a whole number from 1, got 0',
    { kind: 'mamba2', heads: 4, headDim: 8, states: 8, groups: 1, convolution: 0, eigenvalues },
  ],
  [
    '`valueHeads` must be a multiple of the 4 heads, got 6',
    { kind: 'gated-deltanet', ...heads, valueHeads: 6, convolution: 4, eigenvalues },
  ],
  [
    '`normEps` must be a positive number, got 0',
    { kind: 'deltanet', ...heads, normEps: 0, convolution: 4, eigenvalues },
  ],
  ['`gateRoot` must be positive, got 0', { kind: 'gla', ...heads, gateRank: 4, gateRoot: 0, eigenvalues }],
  [
    '`lowerBound` must be a number below 0, or null, got 5',
    { kind: 'kda', ...heads, convolution: 4, lowerBound: 5, eigenvalues },
  ],
]

test.each(wrong)('%s', (message, config) => {
  expect(() => createMixer(config, 16)).toThrow(message)
})
