// Kimi Delta Attention as flash-linear-attention keeps it.

import { readDelta, readWidths, writeDelta, writeWidths } from './delta-layers.ts'
import { flaFormat } from './fla.ts'

export const kda = flaFormat({
  modelType: 'kda',
  architecture: 'KDAForCausalLM',
  kind: 'kda',
  read(config, { normEps }) {
    const bound = config.value('lower_bound') ?? null
    if (bound !== null && !(typeof bound === 'number' && bound < 0))
      config.refuse('lower_bound', 'it has to be a number below 0')
    if (config.flag('safe_gate', false) && bound === null)
      config.refuse('safe_gate', 'it needs a `lower_bound`')
    return {
      kind: 'kda',
      ...readWidths(config, { headDim: 128, expandV: 1 }),
      ...readDelta(config),
      lowerBound: bound as number | null,
      normEps,
    }
  },
  write(mixer) {
    const { heads, valueHeads = heads, lowerBound } = mixer
    return {
      ...writeWidths(mixer),
      num_v_heads: valueHeads,
      ...writeDelta(mixer),
      safe_gate: lowerBound !== null,
      lower_bound: lowerBound,
    }
  },
})
