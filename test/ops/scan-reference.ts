// The linear recurrences as they are written down, in float64: what the chunked kernels are compared with.
//
//   B batch, T tokens, n householders, H query heads, HV value heads, K key dim, V value dim, D channels, N states

import { Numbers } from './numbers.ts'

export interface DeltaRuleNumbers {
  q: Numbers // (B, T, H, K)
  k: Numbers // (B, T·n, H, K)
  v: Numbers // (B, T·n, HV, V)
  beta: Numbers // (B, T·n, HV)
  g?: Numbers | undefined // (B, T, HV) or (B, T, HV, K)
  initialState?: Numbers | undefined // (B, HV, K, V)
}

/** S ← exp(g) S; n times S ← S + β k (v − Sᵀk)ᵀ; o = scale Sᵀq. */
export function deltaRule(
  inputs: DeltaRuleNumbers,
  scale: number,
  householders: number,
): [o: Numbers, state: Numbers] {
  const { q, k, v, beta, g, initialState } = inputs
  const [batch, tokens, heads, keyDim] = q.shape as [number, number, number, number]
  const [valueHeads, valueDim] = [v.dim(2), v.dim(3)]
  const o = new Numbers([batch, tokens, valueHeads, valueDim])
  const finalState = new Numbers([batch, valueHeads, keyDim, valueDim], initialState?.data.slice())
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < valueHeads; h++) {
      const head = Math.floor((h * heads) / valueHeads)
      const start = (b * valueHeads + h) * keyDim * valueDim
      const S = finalState.data.subarray(start, start + keyDim * valueDim)
      const Sat = (i: number, j: number): number => S[i * valueDim + j] as number
      for (let t = 0; t < tokens; t++) {
        if (g)
          for (let i = 0; i < keyDim; i++) {
            const decay = Math.exp(g.shape.length === 4 ? g.at(b, t, h, i) : g.at(b, t, h))
            for (let j = 0; j < valueDim; j++) S[i * valueDim + j] = decay * Sat(i, j)
          }
        for (let step = t * householders; step < (t + 1) * householders; step++)
          for (let j = 0; j < valueDim; j++) {
            let error = v.at(b, step, h, j)
            for (let i = 0; i < keyDim; i++) error -= Sat(i, j) * k.at(b, step, head, i)
            for (let i = 0; i < keyDim; i++)
              S[i * valueDim + j] = Sat(i, j) + beta.at(b, step, h) * k.at(b, step, head, i) * error
          }
        for (let j = 0; j < valueDim; j++) {
          let sum = 0
          for (let i = 0; i < keyDim; i++) sum += Sat(i, j) * q.at(b, t, head, i)
          o.set(scale * sum, b, t, h, j)
        }
      }
    }
  return [o, finalState]
}

export interface SelectiveScanNumbers {
  u: Numbers // (B, T, D)
  dt: Numbers // (B, T, D)
  A: Numbers // (D, N)
  B: Numbers // (B, T, N)
  C: Numbers // (B, T, N)
  D?: Numbers | undefined // (D)
  z?: Numbers | undefined // (B, T, D)
  dtBias?: Numbers | undefined // (D)
  initialState?: Numbers | undefined // (B, D, N)
}

/** dt ← softplus(dt + dtBias); h ← a h + dt B u with a = exp(dt A) or 2 exp(dt A) − 1; y = (C·h + D u) silu(z). */
export function selectiveScan(
  inputs: SelectiveScanNumbers,
  options: { dtSoftplus: boolean; negativeEigenvalues: boolean },
): [y: Numbers, state: Numbers] {
  const { u, dt, A, B, C, D, z, dtBias, initialState } = inputs
  const [batch, tokens, channels] = u.shape as [number, number, number]
  const states = A.dim(1)
  const y = new Numbers(u.shape)
  const h = new Numbers([batch, channels, states], initialState?.data.slice())
  for (let b = 0; b < batch; b++)
    for (let d = 0; d < channels; d++)
      for (let t = 0; t < tokens; t++) {
        const raw = dt.at(b, t, d) + (dtBias ? dtBias.at(d) : 0)
        const step = options.dtSoftplus ? Math.log1p(Math.exp(raw)) : raw
        let sum = D ? D.at(d) * u.at(b, t, d) : 0
        for (let n = 0; n < states; n++) {
          const decay = Math.exp(step * A.at(d, n))
          const a = options.negativeEigenvalues ? 2 * decay - 1 : decay
          const state = a * h.at(b, d, n) + step * B.at(b, t, n) * u.at(b, t, d)
          h.set(state, b, d, n)
          sum += C.at(b, t, n) * state
        }
        y.set(z ? (sum * z.at(b, t, d)) / (1 + Math.exp(-z.at(b, t, d))) : sum, b, t, d)
      }
  return [y, h]
}

/** y_t = Σ_w weight_w x_{t−W+1+w} + bias, through SiLU where asked for. */
export function causalConv1d(x: Numbers, weight: Numbers, bias: Numbers | undefined, silu: boolean): Numbers {
  const width = weight.dim(1)
  return Numbers.build(x.shape, (...index) => {
    const [b, t, d] = index as [number, number, number]
    let sum = bias ? bias.at(d) : 0
    for (let w = 0; w < width; w++)
      if (t - width + 1 + w >= 0) sum += weight.at(d, w) * x.at(b, t - width + 1 + w, d)
    return silu ? sum / (1 + Math.exp(-sum)) : sum
  })
}
