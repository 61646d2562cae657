// Elementwise arithmetic, broadcasting and the unary functions.

import { describe, expect, it } from 'vitest'
import type { UnaryName } from '../../lib/native/addon.ts'
import * as ops from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { battery, opCase } from './gradient-check.ts'
import { Numbers } from './numbers.ts'

/** The element of a smaller array that meets this index under broadcasting. */
function broadcast(x: Numbers, index: readonly number[]): number {
  const own = index.slice(index.length - x.shape.length)
  return x.at(...own.map((i, dim) => (x.shape[dim] === 1 ? 0 : i)))
}

function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, dim) => {
    const [i, j] = [a[dim - rank + a.length] ?? 1, b[dim - rank + b.length] ?? 1]
    return i === 1 ? j : i
  })
}

const binaries = {
  add: { run: ops.add, reference: (a: number, b: number) => a + b },
  subtract: { run: ops.subtract, reference: (a: number, b: number) => a - b },
  multiply: { run: ops.multiply, reference: (a: number, b: number) => a * b },
  divide: { run: ops.divide, reference: (a: number, b: number) => a / b },
  maximum: { run: ops.maximum, reference: Math.max },
}

const shapes: [a: number[], b: number[]][] = [
  [
    [7, 5],
    [7, 5],
  ],
  [[3, 4, 5], [5]],
  [
    [3, 4, 5],
    [4, 1],
  ],
  [
    [4, 1],
    [3, 1, 5],
  ],
  [
    [2, 1, 3, 1],
    [5, 1, 4],
  ],
  [[], [3, 2]],
  [[37], [1]],
  [
    [2, 3, 35],
    [2, 1, 35],
  ],
]

battery(
  'binary functions',
  Object.entries(binaries).flatMap(([name, { run, reference }]) =>
    shapes.map(([a, b]) =>
      opCase({
        name: `${name} of [${a}] and [${b}]`,
        // Divisors stay away from 0, and what is compared from each other.
        inputs: {
          a: { shape: a, distinct: true },
          b:
            name === 'divide'
              ? { shape: b, low: 0.5, high: 2 }
              : { shape: b, low: -0.91, high: 0.97, distinct: true },
        },
        run: ({ a, b }) => run(a, b),
        reference: ({ a, b }) =>
          Numbers.build(broadcastShape(a.shape, b.shape), (...index) =>
            reference(broadcast(a, index), broadcast(b, index)),
          ),
      }),
    ),
  ),
)

battery('arithmetic with a number', [
  ...Object.entries({
    'adding 2.5': { run: (x: Tensor) => ops.add(x, 2.5), reference: (x: number) => x + 2.5 },
    'subtracting 2.5': { run: (x: Tensor) => ops.subtract(x, 2.5), reference: (x: number) => x - 2.5 },
    'multiplying by -3': { run: (x: Tensor) => ops.multiply(x, -3), reference: (x: number) => -3 * x },
    'dividing by 4': { run: (x: Tensor) => ops.divide(x, 4), reference: (x: number) => x / 4 },
    negating: { run: (x: Tensor) => ops.negate(x), reference: (x: number) => -x },
  }).map(([name, { run, reference }]) =>
    opCase({
      name,
      inputs: { x: { shape: [3, 19] } },
      run: ({ x }) => run(x),
      reference: ({ x }) => new Numbers(x.shape, x.data.map(reference)),
    }),
  ),
])

/** The error function by its Maclaurin series, exact to rounding for |x| < 4. */
function erf(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

const unaries: Record<
  UnaryName,
  { run: (x: Tensor) => Tensor; low: number; high: number; reference: (x: number) => number }
> = {
  exp: { run: ops.exp, low: -5, high: 3, reference: Math.exp },
  log: { run: ops.log, low: 0.01, high: 5, reference: Math.log },
  sigmoid: { run: ops.sigmoid, low: -8, high: 8, reference: sigmoid },
  softplus: { run: ops.softplus, low: -8, high: 8, reference: (x) => Math.log1p(Math.exp(x)) },
  silu: { run: ops.silu, low: -8, high: 8, reference: (x) => x * sigmoid(x) },
  gelu: { run: ops.gelu, low: -4, high: 4, reference: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)) },
  relu: { run: ops.relu, low: -1, high: 1, reference: (x) => Math.max(x, 0) },
  tanh: { run: ops.tanh, low: -4, high: 4, reference: Math.tanh },
  sqrt: { run: ops.sqrt, low: 0.01, high: 5, reference: Math.sqrt },
  square: { run: ops.square, low: -3, high: 3, reference: (x) => x * x },
  abs: { run: ops.abs, low: -1, high: 1, reference: Math.abs },
  reciprocal: { run: ops.reciprocal, low: 0.2, high: 3, reference: (x) => 1 / x },
}

battery(
  'unary functions',
  Object.entries(unaries).map(([name, { run, low, high, reference }]) =>
    opCase({
      name,
      // An even number of distinct values keeps clear of the kinks at 0.
      inputs: { x: { shape: [4, 9, 2], low, high, distinct: true } },
      run: ({ x }) => run(x),
      reference: ({ x }) => new Numbers(x.shape, x.data.map(reference)),
    }),
  ),
)

function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expected.forEach((value, i) => {
    if (Number.isNaN(value)) expect(actual[i]).toBeNaN()
    else expect(actual[i]).toBeCloseTo(value, 5)
  })
}

describe('unary functions far out', () => {
  it.each<[name: UnaryName, x: number[], y: number[], gradient: number[]]>([
    ['exp', [-200, 200, -Infinity, Infinity], [0, Infinity, 0, Infinity], [0, Infinity, 0, Infinity]],
    ['log', [0, Infinity], [-Infinity, Infinity], [Infinity, 0]],
    ['log', [-1], [Number.NaN], [-1]],
    ['sigmoid', [-200, 200, 0], [0, 1, 0.5], [0, 0, 0.25]],
    ['softplus', [-200, 200, 90], [0, 200, 90], [0, 1, 1]],
    ['silu', [-200, 200], [0, 200], [0, 1]],
    ['gelu', [-100, 100], [0, 100], [0, 1]],
    ['tanh', [-50, 50], [-1, 1], [0, 0]],
    ['relu', [-Infinity, Infinity], [0, Infinity], [0, 1]],
  ])('%s of %j is %j with slopes %j', (name, x, y, gradient) => {
    scope(() => {
      const input = Tensor.from(x).requireGradient()
      const output = unaries[name].run(input)
      expectClose(output.dataSync(), y)
      ops.sum(output).backward()
      expectClose(input.gradient?.dataSync() ?? [], gradient)
    })
  })

  it('not a number stays so', () => {
    scope(() => {
      for (const [name, { run }] of Object.entries(unaries))
        expect(run(Tensor.from([Number.NaN])).dataSync()[0], name).toBeNaN()
    })
  })
})

describe('maximum', () => {
  it('gives the gradient of a tie to its first operand', () => {
    scope(() => {
      const a = Tensor.from([1, 2]).requireGradient()
      const b = Tensor.from([1, 3]).requireGradient()
      ops.sum(ops.maximum(a, b)).backward()
      expect(a.gradient?.dataSync()).toEqual(Float32Array.of(1, 0))
      expect(b.gradient?.dataSync()).toEqual(Float32Array.of(0, 1))
    })
  })
})

describe('arithmetic', () => {
  it('names the operand whose shape does not broadcast', () => {
    scope(() => {
      const [a, b] = [Tensor.zeros([2, 3]), Tensor.zeros([2])]
      expect(() => ops.add(a, b)).toThrow(RangeError)
      expect(() => ops.add(a, b)).toThrow(/`[ab]`.*\[2, 3\].*\[2\]/)
      expect(() => ops.multiply(a, Tensor.fromIndices([1, 2, 3]))).toThrow('`b` must hold float32, got int32')
    })
  })
})
