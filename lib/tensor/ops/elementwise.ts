// Elementwise arithmetic with NumPy broadcasting, reductions, gather and dropout.

import type { BinaryName, UnaryName } from '../../native/addon.ts'
import { addon } from '../../native/load.ts'
import { Tensor } from '../tensor.ts'

const binary = (op: BinaryName, a: Tensor, b: Tensor): Tensor =>
  new Tensor(addon.binary(op, a.handle, b.handle))
const unary = (op: UnaryName, x: Tensor): Tensor => new Tensor(addon.unary(op, x.handle))

/** a + b; b may be a number. Shapes broadcast. */
export const add = (a: Tensor, b: Tensor | number): Tensor =>
  typeof b === 'number' ? new Tensor(addon.scale(a.handle, 1, b)) : binary('add', a, b)

/** a - b; b may be a number. Shapes broadcast. */
export const subtract = (a: Tensor, b: Tensor | number): Tensor =>
  typeof b === 'number' ? new Tensor(addon.scale(a.handle, 1, -b)) : binary('subtract', a, b)

/** a b, elementwise; b may be a number. Shapes broadcast. */
export const multiply = (a: Tensor, b: Tensor | number): Tensor =>
  typeof b === 'number' ? new Tensor(addon.scale(a.handle, b, 0)) : binary('multiply', a, b)

/** a / b; b may be a number. Shapes broadcast. */
export const divide = (a: Tensor, b: Tensor | number): Tensor =>
  typeof b === 'number' ? new Tensor(addon.scale(a.handle, 1 / b, 0)) : binary('divide', a, b)

/** The larger of two elements; ties pass their gradient to a. Shapes broadcast. */
export const maximum = (a: Tensor, b: Tensor): Tensor => binary('maximum', a, b)

export const negate = (x: Tensor): Tensor => new Tensor(addon.scale(x.handle, -1, 0))
export const exp = (x: Tensor): Tensor => unary('exp', x)
/** Natural logarithm. */
export const log = (x: Tensor): Tensor => unary('log', x)
export const sigmoid = (x: Tensor): Tensor => unary('sigmoid', x)
/** log(1 + exp x) */
export const softplus = (x: Tensor): Tensor => unary('softplus', x)
/** x sigmoid(x) */
export const silu = (x: Tensor): Tensor => unary('silu', x)
/** x Φ(x), the exact form. */
export const gelu = (x: Tensor): Tensor => unary('gelu', x)
export const relu = (x: Tensor): Tensor => unary('relu', x)
export const tanh = (x: Tensor): Tensor => unary('tanh', x)
export const sqrt = (x: Tensor): Tensor => unary('sqrt', x)
export const square = (x: Tensor): Tensor => unary('square', x)
export const abs = (x: Tensor): Tensor => unary('abs', x)
export const reciprocal = (x: Tensor): Tensor => unary('reciprocal', x)

/** Which dimensions a reduction runs over (all by default), and whether they stay with size 1. */
export interface ReduceOptions {
  dims?: readonly number[]
  keepDims?: boolean
}

export const sum = (x: Tensor, { dims = [], keepDims = false }: ReduceOptions = {}): Tensor =>
  new Tensor(addon.sum(x.handle, dims, keepDims))

export const mean = (x: Tensor, { dims = [], keepDims = false }: ReduceOptions = {}): Tensor =>
  new Tensor(addon.mean(x.handle, dims, keepDims))

/** The largest element; the gradient goes to its first occurrence. */
export const max = (x: Tensor, { dims = [], keepDims = false }: ReduceOptions = {}): Tensor =>
  new Tensor(addon.max(x.handle, dims, keepDims))

/** y[.., j, ..] = x[.., index[.., j, ..], ..] along `dim`; the int32 index has x's shape but for that dimension. */
export const gather = (x: Tensor, dim: number, index: Tensor): Tensor =>
  new Tensor(addon.gather(x.handle, dim, index.handle))

/** Zeroes each element with probability p and scales the others by 1 / (1 - p); a pure function of seed and stream. */
export const dropout = (x: Tensor, options: { p: number; seed: number; stream?: number }): Tensor =>
  new Tensor(addon.dropout(x.handle, options.p, options.seed, options.stream ?? 0))

/** Joins tensors along a dimension. */
export const concat = (tensors: readonly Tensor[], dim: number): Tensor =>
  new Tensor(
    addon.concat(
      tensors.map((tensor) => tensor.handle),
      dim,
    ),
  )

/** Overwrites `target` with the elements of `source`, outside the tape. Shapes are equal. */
export const copy = (source: Tensor, target: Tensor): void => addon.copy(source.handle, target.handle)
