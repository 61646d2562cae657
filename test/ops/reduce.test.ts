// Reductions, gather, and what moves elements without changing them.

import { describe, expect, it } from 'vitest'
import * as ops from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { battery, opCase } from './gradient-check.ts'
import { indices, Numbers } from './numbers.ts'

/** Folds x over `dims`, all of them where none is given. */
function reduced(
  x: Numbers,
  dims: readonly number[],
  keepDims: boolean,
  fold: (values: number[]) => number,
): Numbers {
  const rank = x.shape.length
  const over = new Set(dims.length > 0 ? dims.map((dim) => (dim + rank) % rank) : x.shape.keys())
  const kept = x.shape.map((size, dim) => (over.has(dim) ? 1 : size))
  const groups = new Map<string, number[]>()
  for (const index of indices(x.shape)) {
    const group = index.map((i, dim) => (over.has(dim) ? 0 : i)).join()
    groups.set(group, [...(groups.get(group) ?? []), x.at(...index)])
  }
  const result = Numbers.build(kept, (...index) => fold(groups.get(index.join()) ?? []))
  return keepDims
    ? result
    : new Numbers(
        x.shape.filter((_, dim) => !over.has(dim)),
        result.data,
      )
}

const total = (values: number[]): number => values.reduce((sum, value) => sum + value, 0)
const reductions = {
  sum: { run: ops.sum, fold: total },
  mean: { run: ops.mean, fold: (values: number[]) => total(values) / values.length },
  max: { run: ops.max, fold: (values: number[]) => Math.max(...values) },
}

const ways: [shape: number[], dims: number[], keepDims: boolean][] = [
  [[3, 4, 5], [], false],
  [[3, 4, 5], [], true],
  [[3, 4, 5], [2], false],
  [[3, 4, 5], [-1], true],
  [[3, 4, 5], [0], false],
  [[3, 4, 5], [1], true],
  [[3, 4, 5], [0, 2], false],
  [[2, 70], [1], false],
  [[70, 2], [0], false],
  [[5], [0], false],
]

battery(
  'reductions',
  Object.entries(reductions).flatMap(([name, { run, fold }]) =>
    ways.map(([shape, dims, keepDims]) =>
      opCase({
        name: `${name} of [${shape}] over [${dims}]${keepDims ? ', kept' : ''}`,
        // Not symmetric about 0: a sum that cancels has no relative error.
        inputs: { x: { shape, low: -0.5, distinct: true } },
        run: ({ x }) => run(x, { dims, keepDims }),
        reference: ({ x }) => reduced(x, dims, keepDims, fold),
      }),
    ),
  ),
)

describe('max', () => {
  it('gives its gradient to the first of equal elements', () => {
    scope(() => {
      const x = Tensor.from([
        [1, 3, 3],
        [2, 2, 2],
      ]).requireGradient()
      ops.sum(ops.max(x, { dims: [1] })).backward()
      expect(x.gradient?.dataSync()).toEqual(Float32Array.of(0, 1, 0, 1, 0, 0))
    })
  })

  it('of negative numbers is negative, and of nothing an error', () => {
    scope(() => {
      expect(ops.max(Tensor.from([-5, -3, -4])).dataSync()[0]).toBe(-3)
      expect(() => ops.max(Tensor.zeros([2, 0]), { dims: [1] })).toThrow('`x` must not be empty')
    })
  })
})

describe('sum', () => {
  it('of nothing is 0', () => {
    scope(() => {
      expect(ops.sum(Tensor.zeros([2, 0]), { dims: [1] }).dataSync()).toEqual(Float32Array.of(0, 0))
    })
  })

  it('refuses a dimension that is not there', () => {
    scope(() => {
      expect(() => ops.sum(Tensor.zeros([2, 3]), { dims: [2] })).toThrow('`dims` must be in [-2, 2), got 2')
    })
  })
})

battery('gather', [
  opCase({
    name: 'along the last dimension',
    inputs: {
      x: { shape: [2, 3, 4] },
      index: { shape: [2, 3, 1], integer: true, values: [3, 0, 2, 1, 1, 0] },
    },
    run: ({ x, index }) => ops.gather(x, 2, index),
    reference: ({ x, index }) =>
      Numbers.build(index.shape, (i, j, k) =>
        x.at(i as number, j as number, index.at(i as number, j as number, k as number)),
      ),
  }),
  opCase({
    name: 'along the first dimension, some elements twice',
    inputs: {
      x: { shape: [3, 2] },
      index: { shape: [4, 2], integer: true, values: [2, 0, 2, 1, 0, 0, 1, 0] },
    },
    run: ({ x, index }) => ops.gather(x, -2, index),
    reference: ({ x, index }) =>
      Numbers.build(index.shape, (i, j) => x.at(index.at(i as number, j as number), j as number)),
  }),
])

battery('views and copies', [
  opCase({
    name: 'narrow',
    inputs: { x: { shape: [4, 5] } },
    run: ({ x }) => x.narrow(0, 1, 2).narrow(-1, 2, 3),
    reference: ({ x }) => Numbers.build([2, 3], (i, j) => x.at((i as number) + 1, (j as number) + 2)),
  }),
  opCase({
    name: 'reshape',
    inputs: { x: { shape: [4, 6] } },
    run: ({ x }) => x.reshape([2, -1, 3]),
    reference: ({ x }) => new Numbers([2, 4, 3], x.data),
  }),
  opCase({
    name: 'reshape across the dimensions of a transpose',
    inputs: { x: { shape: [4, 6] } },
    run: ({ x }) => x.transpose(0, 1).reshape([24]),
    reference: ({ x }) => Numbers.build([24], (i) => x.at((i as number) % 4, Math.floor((i as number) / 4))),
  }),
  opCase({
    name: 'permute',
    inputs: { x: { shape: [2, 3, 4] } },
    run: ({ x }) => x.permute([2, 0, 1]),
    reference: ({ x }) => Numbers.build([4, 2, 3], (k, i, j) => x.at(i as number, j as number, k as number)),
  }),
  opCase({
    name: 'transpose',
    inputs: { x: { shape: [2, 3, 4] } },
    run: ({ x }) => x.transpose(-1, 0),
    reference: ({ x }) => Numbers.build([4, 3, 2], (k, j, i) => x.at(i as number, j as number, k as number)),
  }),
  opCase({
    name: 'contiguous',
    inputs: { x: { shape: [3, 4] } },
    run: ({ x }) => x.transpose(0, 1).contiguous(),
    reference: ({ x }) => Numbers.build([4, 3], (j, i) => x.at(i as number, j as number)),
  }),
  ...[0, 1, -1].map((dim) =>
    opCase({
      name: `concat along dimension ${dim}`,
      inputs: {
        a: { shape: dim === 0 ? [1, 2, 3] : dim === 1 ? [2, 1, 3] : [2, 2, 1] },
        b: { shape: [2, 2, 3] },
        c: { shape: dim === 0 ? [3, 2, 3] : dim === 1 ? [2, 3, 3] : [2, 2, 4] },
      },
      run: ({ a, b, c }) => ops.concat([a, b, c], dim),
      reference: ({ a, b, c }) => {
        const along = (dim + 3) % 3
        const shape = [...b.shape]
        shape[along] = [a, b, c].reduce((sum, part) => sum + part.dim(along), 0)
        return Numbers.build(shape, (...index) => {
          let at = index[along] as number
          for (const part of [a, b, c]) {
            if (at < part.dim(along)) return part.at(...index.with(along, at))
            at -= part.dim(along)
          }
          return Number.NaN
        })
      },
    }),
  ),
])
