// Gated linear attention as flash-linear-attention keeps it, such as fla-hub/gla-1.3B-100B.

import { flaFormat } from './fla.ts'
import { cannotWrite, expansion } from './format.ts'

/** The gate's rank and root, which its configuration never reaches. */
const fixed = 16
const fixedReason = `flash-linear-attention computes with ${fixed} whatever this says`

export const gla = flaFormat({
  modelType: 'gla',
  architecture: 'GLAForCausalLM',
  kind: 'gla',
  // The second name is that of models whose norm and gate are not fused.
  names: [
    [
      'layers.{i}.gla.g_norm_swish_gate.',
      'model.layers.{i}.attn.g_norm_swish_gate.',
      'model.layers.{i}.attn.g_norm.',
    ],
  ],
  read(config, { hidden, normEps }) {
    config.ignore('conv_size', 'conv_bias', 'share_conv_kernel')
    config.require('use_short_conv', [false], 'this layer has no convolution here')
    config.require('feature_map', [], 'queries and keys are taken as they are here')
    config.require('use_output_gate', [true], 'outputs are gated here')
    config.require('clamp_min', [], 'decays have no lower bound here')
    config.require('elementwise_affine', [true], 'the norm over each head has weights here')
    config.require('use_gk', [true], 'keys have a gate here')
    config.require('use_gv', [false], 'values have no gate here')
    config.require('gate_logit_normalizer', [fixed], fixedReason)
    config.require('gate_low_rank_dim', [fixed], fixedReason)
    const heads = config.count('num_heads')
    config.require('num_kv_heads', [heads], 'there are as many key heads as heads here')
    return {
      kind: 'gla',
      heads,
      keyDim: config.headWidth('expand_k', hidden, heads, 0.5),
      valueDim: config.headWidth('expand_v', hidden, heads, 1),
      ...{ gateRank: fixed, gateRoot: fixed, normEps },
      eigenvalues: '[0,1]',
    }
  },
  write(mixer, hidden) {
    const { heads, keyDim, valueDim, gateRank, gateRoot, eigenvalues } = mixer
    if (eigenvalues !== '[0,1]')
      throw cannotWrite('GLA with eigenvalues in [-1,1] is of this package alone; others would compute [0,1]')
    if (gateRank !== fixed || gateRoot !== fixed)
      throw cannotWrite(
        `its gate has rank ${gateRank} and root ${gateRoot}, flash-linear-attention computes with ${fixed} of both`,
      )
    return {
      expand_k: expansion(heads * keyDim, hidden),
      expand_v: expansion(heads * valueDim, hidden),
      num_heads: heads,
      ...{
        num_kv_heads: null,
        feature_map: null,
        use_short_conv: false,
        conv_size: 4,
        use_output_gate: true,
      },
      ...{ clamp_min: null, elementwise_affine: true, use_gk: true, use_gv: false },
    }
  },
})
