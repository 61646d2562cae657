// The kernels that a benchmark times, at shapes of small models and at larger ones, with the arithmetic and the least
// traffic of each.
//
//   B sequences, T tokens, H heads, K key dim, V value dim, D channels, N states a channel, W taps

import * as ops from '../tensor/ops.ts'
import { Program } from '../tensor/program.ts'
import { scope } from '../tensor/scope.ts'
import { clearGradients, Tensor } from '../tensor/tensor.ts'
import { type Limits, timePasses } from './time-passes.ts'

/** c = a b of shapes (m, k) and (k, n), or (n, k) with `transposeB`. */
export interface ProductShape {
  m: number
  n: number
  k: number
  transposeB: boolean
}

export interface BenchmarkCase {
  op: string
  shape: string
  /** Floating-point operations of the recurrence or formula, a multiply-add counting two; a backward pass counts as two forward. */
  flops: number
  /** Each input read once, each output written once. */
  bytes: number
  /** What a foreign matrix product can be compared with. */
  product?: ProductShape
  /** Makes the operands from the seed. */
  prepare(seed: number): Timed
}

/** A case with its operands in memory. */
export interface Timed extends Disposable {
  /** Seconds of each run. */
  time(limits: Limits): Promise<Float64Array>
}

type Operands = Record<string, Tensor>

/** A forward pass, timed on the device's own thread. */
const forward =
  <T extends Operands>(operands: (random: Draw) => T, run: (operands: T) => Tensor) =>
  (seed: number): Timed => {
    const inputs = operands(draws(seed))
    const program = Program.capture(() => scope(() => run(inputs)))
    return {
      time: (limits) => program.time(limits),
      [Symbol.dispose]() {
        program.dispose()
        for (const tensor of Object.values(inputs)) tensor.dispose()
      },
    }
  }

/** Forward and backward as training runs them, with gradients for every operand. */
const training =
  <T extends Operands>(operands: (random: Draw) => T, run: (operands: T) => Tensor) =>
  (seed: number): Timed => {
    const inputs = operands(draws(seed))
    const leaves = Object.values(inputs)
    for (const leaf of leaves) leaf.requireGradient()
    const pass = (): void => {
      scope(() => {
        const output = run(inputs)
        output.backward(Tensor.full(output.shape, 1))
      })
      clearGradients(leaves)
    }
    return {
      time: (limits) => timePasses(pass, limits),
      [Symbol.dispose]() {
        for (const leaf of leaves) leaf.dispose()
      },
    }
  }

/** Operands drawn one after the other from one seed. */
interface Draw {
  normal(...shape: number[]): Tensor
  uniform(low: number, high: number, ...shape: number[]): Tensor
  /** Rows of unit length, as keys are. */
  unit(...shape: number[]): Tensor
}

function draws(seed: number): Draw {
  let stream = 0
  const normal = (...shape: number[]): Tensor => Tensor.normal(shape, { seed, stream: stream++ })
  return {
    normal,
    uniform: (low, high, ...shape) => Tensor.uniform(shape, { seed, stream: stream++, low, high }),
    unit: (...shape) => scope(() => ops.l2Norm(normal(...shape))),
  }
}

const float = 4

function matmul(m: number, n: number, k: number, transposeB = false): BenchmarkCase {
  return {
    op: 'matmul',
    shape: `${m}×${n}×${k}${transposeB ? ', bᵀ' : ''}`,
    flops: 2 * m * n * k,
    bytes: float * (m * k + k * n + m * n),
    product: { m, n, k, transposeB },
    prepare: forward(
      (draw) => ({ a: draw.normal(m, k), b: transposeB ? draw.normal(n, k) : draw.normal(k, n) }),
      ({ a, b }) => ops.matmul(a, b, { transposeB }),
    ),
  }
}

/** A linear layer whose weights are read in bfloat16. */
function linearBfloat16(m: number, n: number, k: number): BenchmarkCase {
  return {
    op: 'linear, bfloat16 weights',
    shape: `${m}×${n}×${k}`,
    flops: 2 * m * n * k,
    bytes: float * (m * k + m * n) + 2 * n * k,
    prepare: forward(
      (draw) => ({ x: draw.normal(m, k), weight: scope(() => ops.cast(draw.normal(n, k), 'bfloat16')) }),
      ({ x, weight }) => ops.linear(x, weight),
    ),
  }
}

interface DeltaShape {
  B: number
  T: number
  H: number
  K: number
  gated?: boolean
}

function deltaRule({ B, T, H, K, gated = false }: DeltaShape, pass: 'forward' | 'training'): BenchmarkCase {
  const V = K
  const tokens = B * T * H
  const operands = (draw: Draw) => ({
    q: draw.normal(B, T, H, K),
    k: draw.unit(B, T, H, K),
    v: draw.normal(B, T, H, V),
    beta: draw.uniform(0, 2, B, T, H),
    ...(gated ? { g: draw.uniform(-0.1, 0, B, T, H) } : {}),
  })
  const trains = pass === 'training'
  return {
    op: `${gated ? 'gated ' : ''}deltaRule${trains ? ', forward and backward' : ''}`,
    shape: `B${B} T${T} H${H} d${K}`,
    flops: (trains ? 3 : 1) * tokens * K * V * (gated ? 7 : 6),
    bytes: (trains ? 3 : 1) * float * tokens * (2 * K + 2 * V + 1 + (gated ? 1 : 0)),
    prepare: (trains ? training : forward)(operands, (inputs) => ops.deltaRule(inputs).o),
  }
}

function deltaRuleStep(B: number, H: number, K: number): BenchmarkCase {
  return {
    op: 'deltaRule step',
    shape: `B${B} H${H} d${K}`,
    flops: 6 * B * H * K * K,
    bytes: float * B * H * (2 * K * K + 4 * K + 1),
    prepare: forward(
      (draw) => ({
        q: draw.normal(B, 1, H, K),
        k: draw.unit(B, 1, H, K),
        v: draw.normal(B, 1, H, K),
        beta: draw.uniform(0, 1, B, 1, H),
        initialState: draw.normal(B, H, K, K),
      }),
      (inputs) => ops.deltaRuleStep(inputs),
    ),
  }
}

const scanOperands = (draw: Draw, B: number, T: number, D: number, N: number) => ({
  u: draw.normal(B, T, D),
  dt: draw.normal(B, T, D),
  A: draw.uniform(-16, -1, D, N),
  B: draw.normal(B, T, N),
  C: draw.normal(B, T, N),
  D: draw.normal(D),
  z: draw.normal(B, T, D),
  dtBias: draw.uniform(-7, -2, D),
})

function selectiveScan(
  B: number,
  T: number,
  D: number,
  N: number,
  pass: 'forward' | 'training',
): BenchmarkCase {
  const trains = pass === 'training'
  return {
    op: `selectiveScan${trains ? ', forward and backward' : ''}`,
    shape: `B${B} T${T} D${D} N${N}`,
    flops: (trains ? 3 : 1) * B * T * D * (9 * N + 3),
    bytes: (trains ? 3 : 1) * float * B * T * (4 * D + 2 * N),
    prepare: (trains ? training : forward)(
      (draw) => scanOperands(draw, B, T, D, N),
      (inputs) => ops.selectiveScan({ ...inputs, eigenvalues: '[0,1]' }).y,
    ),
  }
}

function selectiveScanStep(B: number, D: number, N: number): BenchmarkCase {
  return {
    op: 'selectiveScan step',
    shape: `B${B} D${D} N${N}`,
    flops: B * D * (9 * N + 3),
    bytes: float * (B * (2 * D * N + 4 * D + 2 * N) + D * N),
    prepare: forward(
      (draw) => ({ ...scanOperands(draw, B, 1, D, N), initialState: draw.normal(B, D, N) }),
      (inputs) => ops.selectiveScanStep({ ...inputs, eigenvalues: '[0,1]' }),
    ),
  }
}

function causalConv1d(B: number, T: number, D: number, W: number): BenchmarkCase {
  return {
    op: 'causalConv1d',
    shape: `B${B} T${T} D${D} W${W}`,
    flops: 2 * W * B * T * D,
    bytes: float * (2 * B * T * D + W * D),
    prepare: forward(
      (draw) => ({ x: draw.normal(B, T, D), weight: draw.normal(D, W) }),
      (inputs) => ops.causalConv1d({ ...inputs, activation: 'silu' }).y,
    ),
  }
}

function attention(B: number, T: number, H: number, K: number): BenchmarkCase {
  return {
    op: 'attention',
    shape: `B${B} T${T} H${H} d${K}`,
    flops: (4 * B * H * K * T * (T + 1)) / 2,
    bytes: float * 4 * B * T * H * K,
    prepare: forward(
      (draw) => ({ q: draw.normal(B, T, H, K), k: draw.normal(B, T, H, K), v: draw.normal(B, T, H, K) }),
      (inputs) => ops.attention(inputs),
    ),
  }
}

function rmsNorm(rows: number, columns: number): BenchmarkCase {
  return {
    op: 'rmsNorm',
    shape: `${rows}×${columns}`,
    flops: 4 * rows * columns,
    bytes: float * (2 * rows + 1) * columns,
    prepare: forward(
      (draw) => ({ x: draw.normal(rows, columns), weight: draw.normal(columns) }),
      ({ x, weight }) => ops.rmsNorm(x, { weight }),
    ),
  }
}

/** Every case, in the order of the table. */
export const benchmarkCases: readonly BenchmarkCase[] = [
  ...[256, 512, 1024, 2048].map((size) => matmul(size, size, size)),
  matmul(1024, 512, 128, true),
  matmul(1024, 128, 256, true),
  ...[1, 4, 16].map((rows) => matmul(rows, 1024, 1024, true)),
  ...[1, 4].flatMap((rows) => [matmul(rows, 4096, 4096, true), linearBfloat16(rows, 4096, 4096)]),
  deltaRule({ B: 1, T: 2048, H: 8, K: 64 }, 'forward'),
  deltaRule({ B: 1, T: 2048, H: 8, K: 128 }, 'forward'),
  deltaRule({ B: 1, T: 2048, H: 8, K: 64, gated: true }, 'forward'),
  deltaRule({ B: 1, T: 2048, H: 8, K: 64 }, 'training'),
  deltaRuleStep(1, 8, 128),
  selectiveScan(1, 2048, 1536, 16, 'forward'),
  selectiveScan(1, 512, 1536, 16, 'training'),
  selectiveScanStep(1, 1536, 16),
  causalConv1d(1, 2048, 1536, 4),
  attention(1, 1024, 8, 64),
  rmsNorm(2048, 1024),
]
