// DeltaProduct and Gated DeltaProduct as flash-linear-attention keeps them.

import { readDelta, readWidths, requireEqualHeads, writeDelta, writeWidths } from './delta-layers.ts'
import { flaFormat } from './fla.ts'

export const gatedDeltaProduct = flaFormat({
  modelType: 'gated_deltaproduct',
  architecture: 'GatedDeltaProductForCausalLM',
  kind: 'deltaproduct',
  read(config, { normEps }) {
    const { valueHeads, ...widths } = readWidths(config, { headDim: 256, expandV: 2 })
    if (valueHeads !== widths.heads)
      config.refuse('num_v_heads', 'the published model reads as many value heads as heads')
    return {
      kind: 'deltaproduct',
      ...widths,
      householders: config.count('num_householder', 1),
      forgetGate: config.flag('use_forget_gate', false),
      outputGate: config.flag('use_output_gate', true),
      ...readDelta(config),
      normEps,
    }
  },
  write(mixer) {
    requireEqualHeads(mixer)
    return {
      ...writeWidths(mixer),
      use_output_gate: mixer.outputGate ?? false,
      ...writeDelta(mixer),
      use_forget_gate: mixer.forgetGate,
      num_householder: mixer.householders,
    }
  },
})
