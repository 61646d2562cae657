// A kernel at one shape as a benchmark times it: how much it computes and moves by formula, and how to run it.

import * as ops from '../../tensor/ops.ts'
import { Program } from '../../tensor/program.ts'
import { scope } from '../../tensor/scope.ts'
import { clearGradients, Tensor } from '../../tensor/tensor.ts'
import { type Limits, timePasses } from '../time-passes.ts'

/** c = a b of shapes (m, k) and (k, n), or (n, k) with `transposeB`. */
export interface ProductShape {
  m: number
  n: number
  k: number
  transposeB: boolean
}

/** How an op is run: one pass, forward and backward with gradients for every operand, or one token in place. */
export type Form = 'forward' | 'forward and backward' | 'step'

export interface BenchmarkCase {
  op: string
  /** Ops of one kind, as a picture tells them apart. */
  family: string
  form: Form
  shape: string
  /** Of all sequences; rows for ops that know no sequences. */
  tokens: number
  /** Floating-point operations of the recurrence or formula, a multiply-add counting two; a backward pass counts as two forward. */
  flops: number
  /** Each input read once, each output written once. */
  bytes: number
  /** Whether nearly all of the traffic reads and overwrites one state: half of `bytes` is the state then. */
  inPlace?: boolean
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

/** Operands drawn one after the other from one seed. */
export interface Draw {
  normal(...shape: number[]): Tensor
  uniform(low: number, high: number, ...shape: number[]): Tensor
  /** Rows of unit length, as keys are. */
  unit(...shape: number[]): Tensor
}

type Operands = Record<string, Tensor>

/** Bytes of a float32. */
export const float = 4

/** A case with the numbers of its forward pass. */
interface Recipe<T extends Operands> extends Omit<BenchmarkCase, 'form' | 'prepare'> {
  operands: (draw: Draw) => T
  run: (operands: T) => Tensor
}

/** A case of one forward pass, timed on the device's own thread. */
export function forwardCase<T extends Operands>({ operands, run, ...facts }: Recipe<T>): BenchmarkCase {
  return {
    ...facts,
    form: 'forward',
    prepare(seed) {
      const inputs = operands(draws(seed))
      const program = Program.capture(() => scope(() => run(inputs)))
      return {
        time: (limits) => program.time(limits),
        [Symbol.dispose]() {
          program.dispose()
          for (const tensor of Object.values(inputs)) tensor.dispose()
        },
      }
    },
  }
}

/** The same forward and backward, as training runs it. */
export function trainingCase<T extends Operands>({ operands, run, ...facts }: Recipe<T>): BenchmarkCase {
  return {
    ...facts,
    op: `${facts.op}, forward and backward`,
    form: 'forward and backward',
    flops: 3 * facts.flops,
    bytes: 3 * facts.bytes,
    prepare(seed) {
      const inputs = operands(draws(seed))
      const leaves = Object.values(inputs)
      for (const leaf of leaves) leaf.requireGradient()
      const upstream = scope(() => Tensor.full(run(inputs).shape, 1))
      const pass = (): void => {
        scope(() => run(inputs).backward(upstream))
        clearGradients(leaves)
      }
      return {
        time: (limits) => timePasses(pass, limits),
        [Symbol.dispose]() {
          for (const tensor of [upstream, ...leaves]) tensor.dispose()
        },
      }
    },
  }
}

/** A case of one token, whose traffic is nearly all that of the state it updates. */
export function stepCase<T extends Operands>(recipe: Recipe<T>): BenchmarkCase {
  return { ...forwardCase({ ...recipe, op: `${recipe.op} step` }), form: 'step', inPlace: true }
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
