// Products and embeddings with weights in bfloat16, against the same ops on the widened weights.

import { describe, expect, test } from 'vitest'
import * as ops from '../../lib/tensor/ops.ts'
import { Tensor, withoutGradients } from '../../lib/tensor/tensor.ts'
import { relativeError } from './numbers.ts'

/** Products of the two types may cut their sums differently: the error is that of float32 sums. */
const tolerance = 1e-6

const normal = (shape: number[], seed: number) => Tensor.normal(shape, { seed })
const both = (shape: number[], seed: number): [narrow: Tensor, wide: Tensor] => {
  const narrow = ops.cast(normal(shape, seed), 'bfloat16')
  return [narrow, ops.cast(narrow, 'float32')]
}

async function expectEqual(actual: Tensor, expected: Tensor): Promise<void> {
  expect(actual.dtype).toBe('float32')
  expect(actual.shape).toEqual(expected.shape)
  const [found, wanted] = [await actual.data(), await expected.data()]
  if (wanted.length > 0) expect(relativeError(found, wanted)).toBeLessThan(tolerance)
}

// Few rows are inner products, more are packed into panels; k and n end inside and on the edge of a vector.
const sizes = [1, 2, 3, 4, 5, 7, 16, 33, 70].flatMap((m) =>
  [
    [1, 40],
    [7, 1],
    [19, 33],
    [64, 256],
    [130, 520],
  ].map(([n, k]) => [m, n, k] as [number, number, number]),
)

describe('linear', () => {
  test.each(sizes)('of %i rows, %i outputs and %i inputs', async (m, n, k) => {
    const [narrow, wide] = both([n, k], 1)
    const x = normal([m, k], 2)
    const bias = normal([n], 3)
    await expectEqual(ops.linear(x, narrow, { bias }), ops.linear(x, wide, { bias }))
  })

  test.each([1, 4, 40])('of %i rows takes slices of larger weights as they lie', async (m) => {
    const [narrow, wide] = both([6, 20, 8, 24], 4)
    const slice = (weight: Tensor): Tensor =>
      weight.narrow(0, 1, 4).narrow(1, 2, 11).narrow(2, 3, 5).narrow(3, 0, 24)
    const x = normal([m, 5 * 24], 5)
    const bias = normal([44], 6)
    const options = { bias, outputDims: 2 }
    await expectEqual(ops.linear(x, slice(narrow), options), ops.linear(x, slice(wide), options))
  })

  test.each([1, 4, 40])('of %i rows takes weights that lie across', async (m) => {
    const [narrow, wide] = both([50, 30], 7)
    const x = normal([m, 50], 8)
    await expectEqual(ops.linear(x, narrow.transpose(0, 1)), ops.linear(x, wide.transpose(0, 1)))
  })

  test('of no rows, or of no inputs, is empty, or the bias', async () => {
    const [narrow, wide] = both([3, 4], 9)
    await expectEqual(ops.linear(Tensor.zeros([0, 4]), narrow), ops.linear(Tensor.zeros([0, 4]), wide))
    const bias = normal([3], 10)
    const nothing = ops.linear(Tensor.zeros([2, 0]), narrow.narrow(1, 0, 0), { bias })
    await expectEqual(nothing, ops.linear(Tensor.zeros([2, 0]), wide.narrow(1, 0, 0), { bias }))
  })
})

describe('matmul', () => {
  const transposes = [{}, { transposeA: true }, { transposeB: true }, { transposeA: true, transposeB: true }]
  const leading: [lead: number[], leadB: number[]][] = [
    [[], []],
    [[3], []],
    [[3], [3]],
    [[], [3]],
  ]
  test.each(
    leading.flatMap(([leadA, leadB]) => transposes.map((transpose) => ({ leadA, leadB, ...transpose }))),
  )('%o', async ({ leadA, leadB, ...transpose }) => {
    for (const [m, n, k] of [
      [1, 33, 70],
      [6, 20, 40],
      [40, 35, 65],
    ] as const) {
      const [narrow, wide] = both([...leadB, ...('transposeB' in transpose ? [n, k] : [k, n])], 1)
      const a = normal([...leadA, ...('transposeA' in transpose ? [k, m] : [m, k])], 2)
      const options = { ...transpose, bias: normal([n], 3) }
      await expectEqual(ops.matmul(a, narrow, options), ops.matmul(a, wide, options))
    }
  })
})

describe('embedding', () => {
  test('rows come widened, an index outside the table as NaN', async () => {
    const [narrow, wide] = both([9, 40], 1)
    const ids = Tensor.fromIndices([
      [0, 8, 3],
      [3, 9, -1],
    ])
    expect(await ops.embedding(narrow, ids).data()).toEqual(await ops.embedding(wide, ids).data())
    const part = (table: Tensor): Tensor => table.narrow(0, 2, 5).narrow(1, 3, 21)
    expect(await ops.embedding(part(narrow), ids).data()).toEqual(await ops.embedding(part(wide), ids).data())
  })
})

describe('where a gradient is recorded', () => {
  test('weights in bfloat16 are refused with a way to go on', async () => {
    const [weight] = both([3, 4], 1)
    const x = normal([2, 4], 2).requireGradient()
    const refused =
      /`weight` holds bfloat16, .*infer in `withoutGradients`, or train with `ops.cast\(weight, 'float32'\)`/
    expect(() => ops.linear(x, weight)).toThrow(TypeError)
    expect(() => ops.linear(x, weight)).toThrow(refused)
    expect(() => ops.linear(x.detach(), weight, { bias: normal([3], 3).requireGradient() })).toThrow(refused)
    expect(() => ops.matmul(x, weight, { transposeB: true })).toThrow('`b` holds bfloat16')
    const expected = ops.linear(x.detach(), weight)
    await expectEqual(
      withoutGradients(() => ops.linear(x, weight)),
      expected,
    )
  })
})
