// Gated DeltaNet as flash-linear-attention keeps it, such as linear-moe-hub/Gated-Deltanet-1.3B.

import { readDelta, readWidths, writeDelta, writeWidths } from './delta-layers.ts'
import { flaFormat } from './fla.ts'

export const gatedDeltaNet = flaFormat({
  modelType: 'gated_deltanet',
  architecture: 'GatedDeltaNetForCausalLM',
  kind: 'gated-deltanet',
  unused: /^model\.layers\.\d+\.attn\.D$/,
  read(config, { normEps }) {
    return {
      kind: 'gated-deltanet',
      ...readWidths(config, { headDim: 256, expandV: 2 }),
      outputGate: config.flag('use_gate', true),
      ...readDelta(config),
      normEps,
    }
  },
  write(mixer) {
    const { outputGate = true, heads, valueHeads = heads } = mixer
    return { ...writeWidths(mixer), num_v_heads: valueHeads, use_gate: outputGate, ...writeDelta(mixer) }
  },
})
