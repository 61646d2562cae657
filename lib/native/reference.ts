// What the float64 references take and give: sizes, and arrays in row-major order. Gradients go by the name of the
// input; those of absent inputs are empty, but for the initial state's, which is always there.

/** B batch, T tokens, H query/key heads, HV value heads, K key dim, V value dim, n householders. */
export interface DeltaRuleReferenceInputs {
  batch: number
  tokens: number
  heads: number
  /** A multiple of `heads`. */
  valueHeads: number
  keyDim: number
  valueDim: number
  householders: number
  scale: number
  /** (B, T, H, K) */
  q: Float64Array
  /** (B, T·n, H, K) */
  k: Float64Array
  /** (B, T·n, HV, V) */
  v: Float64Array
  /** (B, T·n, HV) */
  beta: Float64Array
  /** Natural logarithm of the decay: (B, T, HV) per head, (B, T, HV, K) per channel, or absent. */
  g?: Float64Array | undefined
  /** (B, HV, K, V); zeros if absent. */
  initialState?: Float64Array | undefined
}

export interface DeltaRuleReferenceOutputs {
  /** (B, T, HV, V) */
  o: Float64Array
  /** (B, HV, K, V) */
  finalState: Float64Array
}

export type DeltaRuleReferenceGradients = Record<
  'q' | 'k' | 'v' | 'beta' | 'g' | 'initialState',
  Float64Array
>

/** B batch, T tokens, D channels, N states per channel. */
export interface SelectiveScanReferenceInputs {
  batch: number
  tokens: number
  channels: number
  states: number
  /** Whether dt passes through softplus. */
  dtSoftplus: boolean
  /** Whether the decay is 2 exp(dt A) − 1 rather than exp(dt A). */
  negativeEigenvalues: boolean
  /** (B, T, D) */
  u: Float64Array
  /** (B, T, D) */
  dt: Float64Array
  /** (D, N) */
  A: Float64Array
  /** (B, T, N) */
  B: Float64Array
  /** (B, T, N) */
  C: Float64Array
  /** (D) */
  D?: Float64Array | undefined
  /** (B, T, D) */
  z?: Float64Array | undefined
  /** (D) */
  dtBias?: Float64Array | undefined
  /** (B, D, N); zeros if absent. */
  initialState?: Float64Array | undefined
}

export interface SelectiveScanReferenceOutputs {
  /** (B, T, D) */
  y: Float64Array
  /** (B, D, N) */
  finalState: Float64Array
}

export type SelectiveScanReferenceGradients = Record<
  'u' | 'dt' | 'A' | 'B' | 'C' | 'D' | 'z' | 'dtBias' | 'initialState',
  Float64Array
>

/** B batch, T tokens, D channels, W taps. */
export interface CausalConv1dReferenceInputs {
  batch: number
  tokens: number
  channels: number
  width: number
  /** Whether the sum passes through silu. */
  silu: boolean
  /** (B, T, D) */
  x: Float64Array
  /** (D, W); the last tap is the present token. */
  weight: Float64Array
  /** (D) */
  bias?: Float64Array | undefined
  /** (B, W − 1, D), the inputs before the first token; zeros if absent. */
  initialState?: Float64Array | undefined
}

export interface CausalConv1dReferenceOutputs {
  /** (B, T, D) */
  y: Float64Array
  /** (B, W − 1, D), the last inputs. */
  finalState: Float64Array
}

export type CausalConv1dReferenceGradients = Record<'x' | 'weight' | 'bias' | 'initialState', Float64Array>

/** B batch, T tokens, H query heads, HK key/value heads, D key dim, V value dim. */
export interface AttentionReferenceInputs {
  batch: number
  tokens: number
  /** A multiple of `keyHeads`. */
  heads: number
  keyHeads: number
  keyDim: number
  valueDim: number
  scale: number
  /** Tokens that a query sees, itself among them; 0 for all. */
  window: number
  /** (B, T, H, D) */
  q: Float64Array
  /** (B, T, HK, D) */
  k: Float64Array
  /** (B, T, HK, V) */
  v: Float64Array
}

export type AttentionReferenceGradients = Record<'q' | 'k' | 'v', Float64Array>

export interface RotaryReferenceInputs {
  batch: number
  tokens: number
  heads: number
  /** Even. */
  keyDim: number
  base: number
  /** Of the first token. */
  position: number
  /** (B, T, H, K) */
  x: Float64Array
}

export interface NormReferenceInputs {
  op: 'rms' | 'gatedRms' | 'layer' | 'l2'
  rows: number
  columns: number
  eps: number
  /** (rows, columns) */
  x: Float64Array
  /** (rows, columns), of gatedRms. */
  gate?: Float64Array | undefined
  /** Of gatedRms; silu if absent. */
  activation?: 'silu' | 'sigmoid'
  /** Of gatedRms: whether x passes the gate before the norm, not after it. */
  gateFirst?: boolean
  /** Row r takes row r % groups of weight and bias; 1 if absent. */
  groups?: number
  /** (groups, columns); ones if absent. */
  weight?: Float64Array | undefined
  /** (groups, columns), of layer; zeros if absent. */
  bias?: Float64Array | undefined
}

export type NormReferenceGradients = Record<'x' | 'gate' | 'weight' | 'bias', Float64Array>

/** Float32 as the engine's operands are, so that sums alone tell the two apart. */
export interface MatmulReferenceInputs {
  batch: number
  m: number
  n: number
  k: number
  transposeA: boolean
  transposeB: boolean
  /** (batch, m, k), or (batch, k, m) where it is transposed. */
  a: Float32Array
  /** (batch, k, n), or (batch, n, k) where it is transposed. */
  b: Float32Array
  /** (n) */
  bias?: Float32Array | undefined
}
