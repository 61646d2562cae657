// The parameters of RWKV-7, named as in flash-linear-attention.

import { axis, constant, LayerParameters, type LowRank, one, share, spaced } from '../layer-parameters.ts'
import { type Initialiser, linearInitialiser, type ParameterSpec } from '../parameter.ts'
import type { Rwkv7Config } from './rwkv7.ts'

export function rwkv7Specs(config: Rwkv7Config & { hidden: number }, named: (local: string) => string) {
  const { decayRank, rateRank, valueRank = rateRank, gateRank, valueResidual } = config
  const C = axis('hidden', config.hidden)
  const H = axis('heads', config.heads)
  const K = axis('headDim', config.headDim)
  const layer = new LayerParameters(named)
  const shared = (local: string, power: number): ParameterSpec =>
    layer.undecayed(local, [[one], [one], [C]], share(power))
  const lowRank = (local: string, rank: number): LowRank =>
    layer.lowRank(`${local}_lora.lora`, [0, 2], [H, K], axis(`${local}Rank`, rank), C)
  const biased = (local: string, rank: number, initialiser: Initialiser) => ({
    ...lowRank(local, rank),
    bias: layer.undecayed(`${local}_lora.lora.2.bias`, [[H, K]], initialiser),
  })
  const perChannel = (local: string, initialiser: Initialiser): ParameterSpec =>
    layer.undecayed(local, [[H, K]], initialiser)

  const shift = {
    r: shared('x_r', 0.2),
    w: shared('x_w', 0.9),
    k: shared('x_k', 0.7),
    v: shared('x_v', 0.7),
    a: shared('x_a', 0.9),
    g: shared('x_g', 0.2),
  }
  const rest = {
    /** κ is this times the key, then of unit length. */
    removalKey: perChannel('k_k', constant(0.85)),
    replacementRate: perChannel('k_a', constant(1)),
    /** Of the token's own value, past the state. */
    bonus: layer.undecayed('r_k', [[H], [K]], constant(0)),
    r: layer.matrix('r_proj.weight', [[H, K], [C]]),
    k: layer.matrix('k_proj.weight', [[H, K], [C]]),
    v: layer.matrix('v_proj.weight', [[H, K], [C]]),
    o: layer.matrix('o_proj.weight', [[C], [H, K]]),
    norm: perChannel('g_norm.weight', constant(1)),
    normBias: perChannel('g_norm.bias', constant(0)),
  }
  const decay = biased('w', decayRank, spaced(-6, -1))
  const rate = biased('a', rateRank, constant(0))
  const value = valueResidual ? biased('v', valueRank, linearInitialiser(valueRank)) : null
  const gate = lowRank('g', gateRank)
  const all: ParameterSpec[] = [shift, rest, decay, rate, value ?? {}, gate].flatMap((specs) =>
    Object.values(specs),
  )
  return { shift, ...rest, decay, rate, value, gate, all }
}
