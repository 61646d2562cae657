// Normalisations over the last dimension, and the losses over rows.

import { describe, expect, it } from 'vitest'
import * as ops from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { battery, type Input, opCase } from './gradient-check.ts'
import { Numbers } from './numbers.ts'

/** Applies `f` to every row. */
function byRow(x: Numbers, f: (row: Float64Array, place: number) => ArrayLike<number>): Numbers {
  const columns = x.dim(-1)
  const y = new Numbers(x.shape)
  for (let start = 0; start < x.data.length; start += columns)
    y.data.set(Array.from(f(x.data.subarray(start, start + columns), start)), start)
  return y
}

const total = (row: Float64Array): number => row.reduce((sum, value) => sum + value, 0)
const mean = (row: Float64Array): number => total(row) / row.length
const silu = (x: number): number => x / (1 + Math.exp(-x))
const logSumExp = (row: Float64Array): number => {
  const most = Math.max(...row)
  return most + Math.log(total(row.map((value) => Math.exp(value - most))))
}

const shapes = [[2, 3, 5], [4, 16], [3, 37], [5, 1], [7]]
const perShape = <T>(make: (shape: number[]) => T): T[] => shapes.map(make)

battery('softmax', [
  ...perShape((shape) =>
    opCase({
      name: `softmax of [${shape}]`,
      inputs: { x: { shape, low: -4, high: 4 } },
      run: ({ x }) => ops.softmax(x),
      reference: ({ x }) => byRow(x, (row) => row.map((value) => Math.exp(value - logSumExp(row)))),
    }),
  ),
  ...perShape((shape) =>
    opCase({
      name: `logSoftmax of [${shape}]`,
      inputs: { x: { shape, low: -4, high: 4 } },
      run: ({ x }) => ops.logSoftmax(x),
      reference: ({ x }) => byRow(x, (row) => row.map((value) => value - logSumExp(row))),
    }),
  ),
])

const optional = (given: boolean, input: Input): Input | undefined => (given ? input : undefined)
const eps = 0.01

battery('norms', [
  ...shapes.flatMap((shape) =>
    [true, false].map((weighted) =>
      opCase({
        name: `rmsNorm of [${shape}] ${weighted ? 'with' : 'without'} weight`,
        inputs: { x: { shape }, weight: optional(weighted, { shape: shape.slice(-1) }) },
        run: ({ x, weight }) => ops.rmsNorm(x, { eps, ...(weight && { weight }) }),
        reference: ({ x, weight }) =>
          byRow(x, (row) => {
            const scale = 1 / Math.sqrt(mean(row.map((value) => value * value)) + eps)
            return row.map((value, i) => value * scale * (weight ? weight.at(i) : 1))
          }),
      }),
    ),
  ),
  ...shapes.flatMap((shape) =>
    [true, false].map((weighted) =>
      opCase({
        name: `gatedRmsNorm of [${shape}] ${weighted ? 'with' : 'without'} weight`,
        inputs: {
          x: { shape },
          gate: { shape, low: -3, high: 3 },
          weight: optional(weighted, { shape: shape.slice(-1) }),
        },
        run: ({ x, gate, weight }) => ops.gatedRmsNorm(x, gate, { eps, ...(weight && { weight }) }),
        reference: ({ x, gate, weight }) =>
          byRow(x, (row, start) => {
            const scale = 1 / Math.sqrt(mean(row.map((value) => value * value)) + eps)
            return row.map(
              (value, i) =>
                value * scale * (weight ? weight.at(i) : 1) * silu(gate.data[start + i] as number),
            )
          }),
      }),
    ),
  ),
  ...[[2, 3, 5], [4, 16], [3, 37], [7]].flatMap((shape) =>
    [
      [true, true],
      [true, false],
      [false, true],
      [false, false],
    ].map(([weighted, biased]) =>
      opCase({
        name: `layerNorm of [${shape}]${weighted ? ' with weight' : ''}${biased ? ' with bias' : ''}`,
        inputs: {
          x: { shape, low: 0, high: 3 },
          weight: optional(weighted ?? false, { shape: shape.slice(-1) }),
          bias: optional(biased ?? false, { shape: shape.slice(-1) }),
        },
        run: ({ x, weight, bias }) =>
          ops.layerNorm(x, { eps, ...(weight && { weight }), ...(bias && { bias }) }),
        reference: ({ x, weight, bias }) =>
          byRow(x, (row) => {
            const center = mean(row)
            const scale = 1 / Math.sqrt(mean(row.map((value) => (value - center) ** 2)) + eps)
            return row.map(
              (value, i) => (value - center) * scale * (weight ? weight.at(i) : 1) + (bias ? bias.at(i) : 0),
            )
          }),
      }),
    ),
  ),
  ...perShape((shape) =>
    opCase({
      name: `l2Norm of [${shape}]`,
      inputs: { x: { shape } },
      run: ({ x }) => ops.l2Norm(x, { eps }),
      reference: ({ x }) =>
        byRow(x, (row) => {
          const scale = 1 / Math.sqrt(total(row.map((value) => value * value)) + eps)
          return row.map((value) => value * scale)
        }),
    }),
  ),
])

function crossEntropy(logits: Numbers, targets: Numbers, ignoreIndex: number): Numbers {
  let sum = 0
  let count = 0
  byRow(logits, (row, start) => {
    const target = targets.data[start / row.length] as number
    if (target === ignoreIndex) return row
    sum += logSumExp(row) - (row[target] as number)
    count++
    return row
  })
  return new Numbers([], Float64Array.of(count > 0 ? sum / count : 0))
}

const targetCase = (name: string, classes: number, targets: number[], ignoreIndex: number) =>
  opCase({
    name,
    inputs: {
      logits: { shape: [2, 3, classes], low: -3, high: 3 },
      targets: { shape: [2, 3], integer: true, values: targets },
    },
    run: ({ logits, targets }) => ops.crossEntropy(logits, targets, { ignoreIndex }),
    reference: ({ logits, targets }) => crossEntropy(logits, targets, ignoreIndex),
  })

battery('losses', [
  targetCase('crossEntropy where every target counts', 4, [0, 1, 2, 3, 2, 1], -1),
  targetCase('crossEntropy over many classes', 37, [0, 36, 2, 13, 32, 31], -1),
  targetCase('crossEntropy with ignored targets', 4, [0, -1, 2, -1, -1, 1], -1),
  targetCase('crossEntropy where a class is ignored', 4, [0, 1, 2, 3, 2, 1], 2),
  targetCase('crossEntropy where all targets are ignored', 4, [-1, -1, -1, -1, -1, -1], -1),
  ...[1, 2.5].map((temperature) =>
    opCase({
      name: `distillation at temperature ${temperature}`,
      inputs: {
        student: { shape: [2, 2, 19], low: -3, high: 3 },
        teacher: { shape: [2, 2, 19], low: -3, high: 3, gradient: false },
      },
      run: ({ student, teacher }) => ops.distillation(student, teacher, { temperature }),
      reference: ({ student, teacher }) => {
        let sum = 0
        byRow(student, (row, start) => {
          const own = row.map((value) => value / temperature)
          const other = teacher.data.subarray(start, start + row.length).map((value) => value / temperature)
          const [ownNorm, otherNorm] = [logSumExp(own), logSumExp(other)]
          own.forEach((value, i) => {
            sum -= Math.exp((other[i] as number) - otherNorm) * (value - ownNorm)
          })
          return row
        })
        return new Numbers([], Float64Array.of((sum / 4) * temperature ** 2))
      },
    }),
  ),
])

describe('losses', () => {
  it('take no account of a target that is no class', () => {
    scope(() => {
      const logits = Tensor.from([
        [1, 2],
        [3, 4],
      ])
      const both = ops.crossEntropy(logits, Tensor.fromIndices([0, 7])).dataSync()[0]
      const one = ops.crossEntropy(logits, Tensor.fromIndices([0, -1])).dataSync()[0]
      expect(both).toBe(one)
    })
  })

  it('refuse targets of another shape or kind', () => {
    scope(() => {
      const logits = Tensor.zeros([2, 3])
      expect(() => ops.crossEntropy(logits, Tensor.fromIndices([0, 1, 2]))).toThrow(
        '`targets` must have shape [2], got [3]',
      )
      expect(() => ops.crossEntropy(logits, Tensor.zeros([2]))).toThrow(
        '`targets` must hold int32, got float32',
      )
    })
  })

  it('stay finite for logits that would overflow', () => {
    scope(() => {
      const logits = Tensor.from([[1e4, -1e4, 0]]).requireGradient()
      const loss = ops.crossEntropy(logits, Tensor.fromIndices([1]))
      expect(loss.dataSync()[0]).toBe(2e4)
      loss.backward()
      expect(logits.gradient?.dataSync()).toEqual(Float32Array.of(1, -1, 0))
    })
  })
})
