// What the delta-rule layers of flash-linear-attention have in common in a config.json.

import type { Eigenvalues } from '../../tensor/ops/eigenvalues.ts'
import type { ConfigReader } from './config-reader.ts'
import { cannotWrite, expansion } from './format.ts'

/** The range and the convolution, as our layers take them. */
export function readDelta(config: ConfigReader): { convolution: number; eigenvalues: Eigenvalues } {
  config.require('conv_bias', [false], 'the convolutions of this layer have no bias')
  const size = config.count('conv_size', 4)
  return {
    convolution: config.flag('use_short_conv', true) ? size : 0,
    eigenvalues: config.flag('allow_neg_eigval', false) ? '[-1,1]' : '[0,1]',
  }
}

export function writeDelta(mixer: {
  convolution: number
  eigenvalues: Eigenvalues
}): Record<string, unknown> {
  const { convolution, eigenvalues } = mixer
  return {
    use_short_conv: convolution > 0,
    conv_size: convolution > 0 ? convolution : 4,
    allow_neg_eigval: eigenvalues === '[-1,1]',
  }
}

interface Widths {
  heads: number
  valueHeads: number
  keyDim: number
  valueDim: number
}

/** Heads and widths where keys have `head_dim` and values `expand_v` times that. */
export function readWidths(config: ConfigReader, defaults: { headDim: number; expandV: number }): Widths {
  const keyDim = config.count('head_dim', defaults.headDim)
  const heads = config.count('num_heads')
  const valueHeads = config.count('num_v_heads', heads)
  if (valueHeads % heads !== 0)
    config.refuse('num_v_heads', `it has to be a multiple of the ${heads} \`num_heads\``)
  const valueDim = config.whole(
    '`head_dim` times `expand_v`',
    keyDim * config.positive('expand_v', defaults.expandV),
  )
  return { heads, valueHeads, keyDim, valueDim }
}

export function writeWidths({
  heads,
  keyDim,
  valueDim,
}: Omit<Widths, 'valueHeads'>): Record<string, unknown> {
  const expandV = expansion(valueDim, keyDim)
  return { expand_v: expandV, head_dim: keyDim, num_heads: heads }
}

/** @throws Error where a format has no value heads of its own number */
export function requireEqualHeads({
  heads,
  valueHeads = heads,
}: {
  heads: number
  valueHeads?: number | undefined
}): void {
  if (valueHeads !== heads)
    throw cannotWrite(`it has ${valueHeads} value heads for ${heads} heads, the format has as many of both`)
}
