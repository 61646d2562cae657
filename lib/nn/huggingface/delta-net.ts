// DeltaNet as flash-linear-attention keeps it, such as fla-hub/delta_net-1.3B-100B.

import { readDelta, requireEqualHeads, writeDelta } from './delta-layers.ts'
import { flaFormat } from './fla.ts'
import { expansion } from './format.ts'

export const deltaNet = flaFormat({
  modelType: 'delta_net',
  architecture: 'DeltaNetForCausalLM',
  kind: 'deltanet',
  read(config, { hidden, normEps }) {
    config.require('qk_norm', ['l2'], 'queries and keys are divided by their lengths here')
    config.require('qk_activation', ['silu'], 'queries and keys pass SiLU here')
    config.require('use_beta', [true], 'beta is projected here')
    config.require('use_output_norm', [true], 'outputs are normalised here')
    config.require('norm_first', [false], 'the layer has no norm of its own before its projections here')
    config.require(
      'share_conv_kernel',
      [false],
      'queries, keys and values have convolutions of their own here',
    )
    const heads = config.count('num_heads')
    return {
      kind: 'deltanet',
      heads,
      keyDim: config.headWidth('expand_k', hidden, heads, 1),
      valueDim: config.headWidth('expand_v', hidden, heads, 1),
      outputGate: config.flag('use_gate', false),
      ...readDelta(config),
      normEps,
    }
  },
  write(mixer, hidden) {
    requireEqualHeads(mixer)
    const { heads, keyDim, valueDim, outputGate = false } = mixer
    return {
      expand_k: expansion(heads * keyDim, hidden),
      expand_v: expansion(heads * valueDim, hidden),
      use_gate: outputGate,
      ...writeDelta(mixer),
      ...{ use_beta: true, use_output_norm: true },
      num_heads: heads,
      ...{ qk_norm: 'l2', qk_activation: 'silu' },
    }
  },
})
