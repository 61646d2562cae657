// Matrix products, packed and of slices of larger matrices, as weight sharing takes them.

import * as ops from '../../tensor/ops.ts'
import { scope } from '../../tensor/scope.ts'
import { type BenchmarkCase, float, forwardCase, type ProductShape } from './case.ts'

function facts(op: string, { m, n, k, transposeB }: ProductShape) {
  return {
    op,
    family: 'matrix products',
    shape: `${m}×${n}×${k}${transposeB ? ', bᵀ' : ''}`,
    tokens: m,
    flops: 2 * m * n * k,
    bytes: float * (m * k + k * n + m * n),
  }
}

function matmul(m: number, n: number, k: number, transposeB = false): BenchmarkCase {
  const product = { m, n, k, transposeB }
  return forwardCase({
    ...facts('matmul', product),
    product,
    operands: (draw) => ({ a: draw.normal(m, k), b: transposeB ? draw.normal(n, k) : draw.normal(k, n) }),
    run: ({ a, b }) => ops.matmul(a, b, { transposeB }),
  })
}

/** Columns that a slice leaves out on its left and on its right. */
const margin = 16

function matmulOfSlices(m: number, n: number, k: number, transposeB: boolean): BenchmarkCase {
  const [rows, columns] = transposeB ? [n, k] : [k, n]
  return forwardCase({
    ...facts('matmul of slices', { m, n, k, transposeB }),
    operands: (draw) => {
      const a = draw.normal(m, k + 2 * margin)
      const b = draw.normal(rows, columns + 2 * margin)
      return { a, b, aSlice: a.narrow(1, margin, k), bSlice: b.narrow(1, margin, columns) }
    },
    run: ({ aSlice, bSlice }) => ops.matmul(aSlice, bSlice, { transposeB }),
  })
}

/** A linear map whose weights are read in bfloat16. */
function linearBfloat16(m: number, n: number, k: number): BenchmarkCase {
  return forwardCase({
    ...facts('linear, bfloat16 weights', { m, n, k, transposeB: true }),
    bytes: float * (m * k + m * n) + 2 * n * k,
    operands: (draw) => ({
      x: draw.normal(m, k),
      weight: scope(() => ops.cast(draw.normal(n, k), 'bfloat16')),
    }),
    run: ({ x, weight }) => ops.linear(x, weight),
  })
}

/** (rows, outputs, inputs) of linear maps: square ones, and those of small models in training, prefill and decoding. */
const modelShapes = [
  [2048, 1024, 1024],
  [1024, 512, 128],
  [1024, 128, 256],
  [512, 1376, 512],
  [512, 512, 1376],
  [16, 1024, 1024],
  [4, 1024, 1024],
  [1, 1024, 1024],
] as const

export const matmulCases: readonly BenchmarkCase[] = [
  ...[256, 512, 1024, 2048].map((size) => matmul(size, size, size)),
  ...modelShapes.flatMap(([m, n, k]) => [matmul(m, n, k, true), matmulOfSlices(m, n, k, true)]),
  matmul(2048, 256, 1024),
  matmulOfSlices(2048, 256, 1024, false),
  ...[1, 4, 512].flatMap((rows) => [matmul(rows, 4096, 4096, true), linearBfloat16(rows, 4096, 4096)]),
]
