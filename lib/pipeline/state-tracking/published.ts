// What Grazzi et al. print in "Unlocking State-Tracking in Linear RNNs Through Negative Eigenvalues" (ICLR 2025,
// arXiv 2411.12537v5), table 3: scaled accuracy on lengths 40 to 256 after training on 3 to 40, best of 3 seeds. The word
// problems of groups are drawn there, without numbers, and are not listed.

/** By task, then by label of a variant. */
export const publishedScores: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  parity: {
    attention: 0.022,
    mlstm: 0.087,
    'mamba [0,1]': 0,
    'mamba [-1,1]': 1,
    'deltanet [0,1]': 0.017,
    'deltanet [-1,1]': 1,
  },
  'modular-arithmetic': {
    attention: 0.031,
    mlstm: 0.04,
    'mamba [0,1]': 0.095,
    'mamba [-1,1]': 0.241,
    'deltanet [0,1]': 0.314,
    'deltanet [-1,1]': 0.971,
  },
  'modular-arithmetic_brackets': {
    attention: 0.067,
    mlstm: 0.114,
    'mamba [0,1]': 0.123,
    'mamba [-1,1]': 0.116,
    'deltanet [0,1]': 0.194,
    'deltanet [-1,1]': 0.26,
  },
}
