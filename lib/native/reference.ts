// What the float64 references take and give: sizes, and arrays in row-major order. Gradients go by the name of the
// input; those of absent inputs are empty, but for the initial state's, which is always there.

/** What a scan with a matrix state does to it at a step. */
export type Transition = 'additive' | 'delta' | 'dplr'

/** B batch, T tokens, H query/key heads, HV value heads, K key dim, V value dim, n householders, N packed sequences. */
export interface MatrixScanReferenceInputs {
  transition: Transition
  batch: number
  tokens: number
  heads: number
  /** A multiple of `heads`. */
  valueHeads: number
  keyDim: number
  valueDim: number
  /** 1 if absent. */
  householders?: number | undefined
  scale: number
  /** (N + 1) starts of sequences packed into a batch of 1, and the end of the last. */
  cuSeqlens?: Float64Array | undefined
  /** Whether q and k are divided by their lengths, x / √(|x|² + 1e-6). */
  normalizeQk?: boolean | undefined
  /** Makes beta this times the sigmoid of what is given. */
  betaSigmoid?: number | undefined
  /** (B, T, H, K) */
  q: Float64Array
  /** (B, T·n, H, K) */
  k: Float64Array
  /** (B, T·n, HV, V) */
  v: Float64Array
  /** (B, T·n, HV); ones if absent. */
  beta?: Float64Array | undefined
  /** Natural logarithm of the decay: (B, T, HV) per head, (B, T, HV, K) per channel, or absent. */
  g?: Float64Array | undefined
  /** The decay itself, in place of `g`. */
  decay?: Float64Array | undefined
  /** (B, T, H, K), of dplr. */
  a?: Float64Array | undefined
  /** (B, T, H, K), of dplr. */
  b?: Float64Array | undefined
  /** (HV), the weight of v in o; zeros if absent. */
  skip?: Float64Array | undefined
  /** (B or N, HV, K, V); zeros if absent. */
  initialState?: Float64Array | undefined
}

export interface MatrixScanReferenceOutputs {
  /** (B, T, HV, V) */
  o: Float64Array
  /** (B or N, HV, K, V) */
  finalState: Float64Array
}

/** That of the decay goes by the name it was given under, `g` or `decay`. */
export type MatrixScanReferenceGradients = Record<
  'q' | 'k' | 'v' | 'beta' | 'g' | 'decay' | 'a' | 'b' | 'skip' | 'initialState',
  Float64Array
>

export type DeltaRuleReferenceInputs = Omit<MatrixScanReferenceInputs, 'transition' | 'beta'> & {
  /** (B, T·n, HV) */
  beta: Float64Array
}

/** B batch, T tokens, H heads of width P, G groups, N states. */
export interface SsdReferenceInputs {
  batch: number
  tokens: number
  /** A multiple of `groups`. */
  heads: number
  headDim: number
  groups: number
  states: number
  /** Whether dt passes through softplus. */
  dtSoftplus: boolean
  /** Whether the decay is 2 exp(dt A) − 1 rather than exp(dt A). */
  negativeEigenvalues: boolean
  /** Starts of sequences packed into a batch of 1, and the end of the last. */
  cuSeqlens?: Float64Array | undefined
  /** (B, T, H, P) */
  x: Float64Array
  /** (B, T, H) */
  dt: Float64Array
  /** (H) */
  A: Float64Array
  /** (B, T, G, N) */
  B: Float64Array
  /** (B, T, G, N) */
  C: Float64Array
  /** (H) */
  D?: Float64Array | undefined
  /** (H) */
  dtBias?: Float64Array | undefined
  /** (B or sequences, H, P, N); zeros if absent. */
  initialState?: Float64Array | undefined
}

export interface SsdReferenceOutputs {
  /** (B, T, H, P) */
  y: Float64Array
  /** (B or sequences, H, P, N) */
  finalState: Float64Array
}

export type SsdReferenceGradients = Record<
  'x' | 'dt' | 'A' | 'B' | 'C' | 'D' | 'dtBias' | 'initialState',
  Float64Array
>

/** B batch, T tokens, H query/key heads, HV value heads, K key dim, V value dim, N packed sequences. */
export interface MlstmReferenceInputs {
  batch: number
  tokens: number
  heads: number
  /** A multiple of `heads`. */
  valueHeads: number
  keyDim: number
  valueDim: number
  keyScale: number
  /** (N + 1) starts of sequences packed into a batch of 1, and the end of the last. */
  cuSeqlens?: Float64Array | undefined
  /** (B, T, H, K) */
  q: Float64Array
  /** (B, T, H, K) */
  k: Float64Array
  /** (B, T, HV, V) */
  v: Float64Array
  /** (B, T, HV) */
  i: Float64Array
  /** (B, T, HV) */
  f: Float64Array
  /** (B or N, HV, K, V + 1), the normaliser in the last column, divided by nothing; zeros if absent. */
  memory?: Float64Array | undefined
}

export interface MlstmReferenceOutputs {
  /** (B, T, HV, V) */
  h: Float64Array
  /** (B or N, HV, K, V + 1) */
  memory: Float64Array
}

export type MlstmReferenceGradients = Record<'q' | 'k' | 'v' | 'i' | 'f' | 'memory', Float64Array>

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
