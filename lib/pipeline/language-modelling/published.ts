// What Grazzi et al. print in "Unlocking State-Tracking in Linear RNNs Through Negative Eigenvalues" (ICLR 2025,
// arXiv 2411.12537v5), table 4: perplexity on Wikitext after training on 100 billion tokens of FineWeb.

import type { MixerKind } from '../../nn/mixers.ts'
import type { PublishedPerplexity } from '../../report/language-modelling-data.ts'

export const publishedPerplexities: Partial<Record<MixerKind, readonly PublishedPerplexity[]>> = {
  deltanet: [
    { size: '340M', narrow: 24.68, wide: 24.54 },
    { size: '1.3B', narrow: 18.54, wide: 18.57 },
  ],
  mamba: [{ size: '370M', narrow: 24.84, wide: 25.02 }],
}
