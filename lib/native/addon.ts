// The typed face of the addon, written by hand: exactly the functions that native/binding registers, under the same
// names (test/native/addon.test.ts compares the two lists). Arguments are positional and already validated in kind.

import type { DeviceFacts, EnergyCounters, GpuList, MemoryUse, Peak } from './machine.ts'
import type * as reference from './reference.ts'

/** Names a tensor of this JavaScript environment; 0 stands for an absent optional tensor. */
export type Handle = number

/** Where packed sequences start, and where the last ends; undefined for a sequence for each of the batch. */
export type CuSeqlens = Float64Array | undefined

export type UnaryName =
  | 'exp'
  | 'log'
  | 'sigmoid'
  | 'softplus'
  | 'silu'
  | 'gelu'
  | 'relu'
  | 'tanh'
  | 'sqrt'
  | 'square'
  | 'abs'
  | 'reciprocal'

export type BinaryName = 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum'

export interface MemoryStats {
  /** Bytes in blocks that tensors hold now. */
  liveBytes: number
  /** Largest `liveBytes` since the last reset. */
  peakBytes: number
  /** Bytes in free blocks kept for reuse. */
  cachedBytes: number
  /** Most bytes of scratch one kernel has used since the last reset. */
  scratchPeakBytes: number
  allocations: number
  reuses: number
  /** Handles of this environment that were not disposed of. */
  liveHandles: number
}

export interface Addon {
  // runtime
  isa(): string
  instructionSets(): string[]
  threads(): number
  setThreads(count: number): void
  memoryStats(): MemoryStats
  resetPeakMemory(): void
  trimMemory(): void
  synchronize(): Promise<void>

  // tensors
  fromFloat32(data: Float32Array, shape: readonly number[]): Handle
  fromInt32(data: Int32Array, shape: readonly number[]): Handle
  full(shape: readonly number[], value: number): Handle
  uniform(shape: readonly number[], seed: number, offset: number, low: number, high: number): Handle
  normal(shape: readonly number[], seed: number, offset: number, mean: number, deviation: number): Handle
  write(tensor: Handle, data: Float32Array | Int32Array): void
  copy(source: Handle, target: Handle): void
  data(tensor: Handle): Promise<Float32Array | Int32Array>
  dataSync(tensor: Handle): Float32Array | Int32Array
  shape(tensor: Handle): number[]
  dtype(tensor: Handle): 'float32' | 'int32' | 'bfloat16'
  isContiguous(tensor: Handle): boolean
  retain(tensor: Handle): Handle
  detach(tensor: Handle): Handle
  dispose(tensor: Handle): void
  requireGradient(tensor: Handle): void
  requiresGradient(tensor: Handle): boolean
  gradient(tensor: Handle): Handle
  clearGradients(tensors: readonly Handle[]): void
  backward(tensor: Handle, seed: Handle): void
  setGradientEnabled(enabled: boolean): void
  narrow(tensor: Handle, dim: number, start: number, length: number): Handle
  permute(tensor: Handle, order: readonly number[]): Handle
  reshape(tensor: Handle, shape: readonly number[]): Handle
  contiguous(tensor: Handle): Handle
  concat(tensors: readonly Handle[], dim: number): Handle

  // ops
  unary(op: UnaryName, x: Handle): Handle
  binary(op: BinaryName, a: Handle, b: Handle): Handle
  scale(x: Handle, alpha: number, beta: number): Handle
  cast(x: Handle, type: 'float32' | 'bfloat16'): Handle
  sum(x: Handle, dims: readonly number[], keepDims: boolean): Handle
  mean(x: Handle, dims: readonly number[], keepDims: boolean): Handle
  max(x: Handle, dims: readonly number[], keepDims: boolean): Handle
  gather(x: Handle, dim: number, index: Handle): Handle
  dropout(x: Handle, p: number, seed: number, offset: number): Handle
  matmul(a: Handle, b: Handle, transposeA: boolean, transposeB: boolean, bias: Handle): Handle
  linear(x: Handle, weight: Handle, bias: Handle, outputDims: number): Handle
  softmax(x: Handle): Handle
  logSoftmax(x: Handle): Handle
  rmsNorm(x: Handle, weight: Handle, eps: number): Handle
  gatedRmsNorm(
    x: Handle,
    gate: Handle,
    weight: Handle,
    eps: number,
    activation: 'silu' | 'sigmoid',
    gateFirst: boolean,
  ): Handle
  layerNorm(x: Handle, weight: Handle, bias: Handle, eps: number): Handle
  l2Norm(x: Handle, eps: number): Handle
  logDecay(
    x: Handle,
    form: 'softplus' | 'bounded' | 'logSigmoid',
    logRate: Handle,
    bias: Handle,
    scale: number,
    signed: boolean,
  ): Handle
  crossEntropy(logits: Handle, targets: Handle, ignoreIndex: number): Handle
  distillation(student: Handle, teacher: Handle, temperature: number): Handle
  embedding(weight: Handle, ids: Handle): Handle
  attention(q: Handle, k: Handle, v: Handle, scale: number, window: number): Handle
  attentionStep(
    q: Handle,
    k: Handle,
    v: Handle,
    keyCache: Handle,
    valueCache: Handle,
    position: Handle,
    scale: number,
  ): Handle
  rotary(x: Handle, base: number, position: Handle): Handle
  advance(position: Handle, count: number): void
  adamW(
    parameters: readonly Handle[],
    firstMoments: readonly Handle[],
    secondMoments: readonly Handle[],
    learningRates: readonly number[],
    weightDecays: readonly number[],
    beta1: number,
    beta2: number,
    eps: number,
    step: number,
    maxNorm: number,
  ): Handle

  // scans: [output, finalState], or the output alone where the state is updated in place
  matrixScan(...inputs: MatrixScanArguments): [Handle, Handle]
  matrixScanRecurrent(...inputs: MatrixScanArguments): [Handle, Handle]
  matrixScanStep(...inputs: MatrixScanArguments): Handle
  ssd(...inputs: SsdArguments): [Handle, Handle]
  ssdRecurrent(...inputs: SsdArguments): [Handle, Handle]
  ssdStep(...inputs: SsdArguments): Handle
  /** [h, memory, m], or h alone. */
  mlstm(...inputs: MlstmArguments): [Handle, Handle, Handle]
  mlstmRecurrent(...inputs: MlstmArguments): [Handle, Handle, Handle]
  mlstmStep(...inputs: MlstmArguments): Handle
  selectiveScan(...inputs: SelectiveScanArguments): [Handle, Handle]
  selectiveScanRecurrent(...inputs: SelectiveScanArguments): [Handle, Handle]
  selectiveScanStep(...inputs: SelectiveScanArguments): Handle
  causalConv1d(...inputs: CausalConv1dArguments): [Handle, Handle]
  causalConv1dStep(...inputs: CausalConv1dArguments): Handle

  // programs
  beginCapture(): void
  endCapture(): number
  disposeProgram(program: number): void
  programBytes(program: number): number
  runProgram(program: number): void
  stepProgram(program: number, input: Handle, ids: Int32Array, output: Handle): Promise<Float32Array>
  timeProgram(
    program: number,
    warmup: number,
    repeats: number,
    seconds: number,
    turn: number,
  ): Promise<Float64Array>

  // hardware; `root` is where /proc and /sys lie
  describeDevice(root: string): DeviceFacts
  memoryUse(): MemoryUse
  readEnergy(powercap: string): EnergyCounters
  listGpus(): GpuList
  measurePeak(threads: number, root: string): Promise<Peak>

  // pareto; points row by row, all objectives minimised
  nonDominatedSort(points: Float64Array, objectives: number): Int32Array
  crowdingDistance(points: Float64Array, objectives: number, ranks: Int32Array): Float64Array
  hypervolume(points: Float64Array, reference: Float64Array): number
  exclusiveVolumes(points: Float64Array, reference: Float64Array): Float64Array
  estimateHypervolume(
    points: Float64Array,
    reference: Float64Array,
    samples: number,
    seed: number,
  ): { volume: number; standardError: number }
  /** `worse` counts only the objectives in which a point is worse than a member of the front. */
  generationalDistance(points: Float64Array, front: Float64Array, objectives: number, worse: boolean): number
  invertedGenerationalDistance(
    points: Float64Array,
    front: Float64Array,
    objectives: number,
    worse: boolean,
  ): number
  additiveEpsilon(points: Float64Array, front: Float64Array, objectives: number): number
  /** Two objectives; `runs` says which run each point is of. */
  attainmentSurface(points: Float64Array, runs: Int32Array, runCount: number, level: number): Float64Array

  // linear algebra in place; matrices are (order, order), a factor is the upper U of Uᵀ U
  choleskyFactor(matrix: Float64Array, order: number): number
  solveTransposed(factor: Float64Array, order: number, columns: Float64Array): void
  solveFactor(factor: Float64Array, order: number, columns: Float64Array): void
  inverseOfFactored(factor: Float64Array, order: number): Float64Array

  // comparison; `path` is that of parascan-blas.so
  blasName(path: string): string
  timeBlas(
    path: string,
    m: number,
    n: number,
    k: number,
    transposeB: boolean,
    threads: number,
    warmup: number,
    repeats: number,
    seconds: number,
  ): Promise<Float64Array>

  // reference; the second argument of gradients holds those of the outputs
  referenceMatmul(inputs: reference.MatmulReferenceInputs): { c: Float32Array }
  referenceMatrixScan(inputs: reference.MatrixScanReferenceInputs): reference.MatrixScanReferenceOutputs
  referenceMatrixScanGradients(
    inputs: reference.MatrixScanReferenceInputs,
    outputGradients: { o: Float64Array; finalState?: Float64Array | undefined },
  ): reference.MatrixScanReferenceGradients
  referenceSsd(inputs: reference.SsdReferenceInputs): reference.SsdReferenceOutputs
  referenceSsdGradients(
    inputs: reference.SsdReferenceInputs,
    outputGradients: { y: Float64Array; finalState?: Float64Array | undefined },
  ): reference.SsdReferenceGradients
  referenceMlstm(inputs: reference.MlstmReferenceInputs): reference.MlstmReferenceOutputs
  referenceMlstmGradients(
    inputs: reference.MlstmReferenceInputs,
    outputGradients: { h: Float64Array; memory?: Float64Array | undefined },
  ): reference.MlstmReferenceGradients
  referenceSelectiveScan(
    inputs: reference.SelectiveScanReferenceInputs,
  ): reference.SelectiveScanReferenceOutputs
  referenceSelectiveScanGradients(
    inputs: reference.SelectiveScanReferenceInputs,
    outputGradients: { y: Float64Array; finalState?: Float64Array | undefined },
  ): reference.SelectiveScanReferenceGradients
  referenceCausalConv1d(inputs: reference.CausalConv1dReferenceInputs): reference.CausalConv1dReferenceOutputs
  referenceCausalConv1dGradients(
    inputs: reference.CausalConv1dReferenceInputs,
    outputGradients: { y: Float64Array; finalState?: Float64Array | undefined },
  ): reference.CausalConv1dReferenceGradients
  referenceAttention(inputs: reference.AttentionReferenceInputs): { o: Float64Array }
  referenceAttentionGradients(
    inputs: reference.AttentionReferenceInputs,
    outputGradients: { o: Float64Array },
  ): reference.AttentionReferenceGradients
  referenceRotary(inputs: reference.RotaryReferenceInputs): { y: Float64Array }
  referenceNorm(inputs: reference.NormReferenceInputs): { y: Float64Array }
  referenceNormGradients(
    inputs: reference.NormReferenceInputs,
    outputGradients: { y: Float64Array },
  ): reference.NormReferenceGradients
}

export type MatrixScanArguments = [
  transition: reference.Transition,
  q: Handle,
  k: Handle,
  v: Handle,
  beta: Handle,
  g: Handle,
  a: Handle,
  b: Handle,
  initialState: Handle,
  logDecay: boolean,
  normalizeKeys: boolean,
  betaSigmoid: number,
  scale: number,
  householders: number,
  cuSeqlens: CuSeqlens,
]

type SsdArguments = [
  x: Handle,
  dt: Handle,
  A: Handle,
  B: Handle,
  C: Handle,
  D: Handle,
  dtBias: Handle,
  initialState: Handle,
  dtSoftplus: boolean,
  negativeEigenvalues: boolean,
  cuSeqlens: CuSeqlens,
]

type MlstmArguments = [
  q: Handle,
  k: Handle,
  v: Handle,
  i: Handle,
  f: Handle,
  memory: Handle,
  m: Handle,
  keyScale: number,
  eps: number,
  cuSeqlens: CuSeqlens,
]

type SelectiveScanArguments = [
  u: Handle,
  dt: Handle,
  A: Handle,
  B: Handle,
  C: Handle,
  D: Handle,
  z: Handle,
  dtBias: Handle,
  initialState: Handle,
  dtSoftplus: boolean,
  negativeEigenvalues: boolean,
  cuSeqlens: CuSeqlens,
]

type CausalConv1dArguments = [
  x: Handle,
  weight: Handle,
  bias: Handle,
  initialState: Handle,
  silu: boolean,
  cuSeqlens: CuSeqlens,
]
