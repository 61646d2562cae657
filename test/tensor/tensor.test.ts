// Tensors: making, viewing, writing and reading them, and what they say of mistakes.

import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { addon } from '../../lib/native/load.ts'
import * as ops from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'

const nested = (x: Tensor): number[] => Array.from(x.dataSync())

describe('a tensor', () => {
  it('is made of nested numbers, of typed arrays, or of one value', async () => {
    const made: [Tensor, readonly number[], number[]][] = [
      [
        Tensor.from([
          [1, 2, 3],
          [4, 5, 6],
        ]),
        [2, 3],
        [1, 2, 3, 4, 5, 6],
      ],
      [Tensor.from(7), [], [7]],
      [Tensor.from([]), [0], []],
      [Tensor.from([1, 2, 3, 4], [2, 2]), [2, 2], [1, 2, 3, 4]],
      [Tensor.from(Float32Array.of(1, 2)), [2], [1, 2]],
      [Tensor.from(Float32Array.of(1, 2, 3, 4), [4, 1]), [4, 1], [1, 2, 3, 4]],
      [Tensor.fromIndices([[1], [2]]), [2, 1], [1, 2]],
      [Tensor.fromIndices(Int32Array.of(2 ** 30 + 1)), [1], [2 ** 30 + 1]],
      [Tensor.zeros([2, 2]), [2, 2], [0, 0, 0, 0]],
      [Tensor.full([3], 2.5), [3], [2.5, 2.5, 2.5]],
      [Tensor.zeros([3, 0, 2]), [3, 0, 2], []],
    ]
    for (const [tensor, shape, values] of made) {
      expect(tensor.shape).toEqual(shape)
      expect(tensor.size).toBe(values.length)
      expect(nested(tensor)).toEqual(values)
      expect(Array.from(await tensor.data())).toEqual(values)
      tensor.dispose()
    }
  })

  it('names the argument that it cannot be made of', () => {
    const mistakes: [() => unknown, ErrorConstructor, string][] = [
      [() => Tensor.from([[1, 2], [3]]), TypeError, '`values` must be numbers nested to one depth'],
      [() => Tensor.from([1, [2]]), TypeError, '`values`'],
      [() => Tensor.from(['1'] as unknown as number[]), TypeError, '`values`'],
      [
        () => Tensor.from([1, 2, 3], [2, 2]),
        RangeError,
        '`data` must hold 4 elements for shape [2, 2], got 3',
      ],
      [() => Tensor.zeros([-1]), RangeError, '`shape` must hold whole numbers not below 0, got [-1]'],
      [() => Tensor.zeros([1.5]), RangeError, '`shape`'],
      [() => Tensor.zeros([1, 1, 1, 1, 1, 1, 1, 1, 1]), RangeError, 'a tensor has at most'],
      [
        () => Tensor.uniform([1], { seed: -1 }),
        RangeError,
        '`seed` must be a whole number from 0 to 2^53 - 1, got -1',
      ],
      [() => Tensor.normal([1], { seed: 0.5 }), RangeError, '`seed`'],
    ]
    for (const [make, kind, text] of mistakes) {
      expect(make).toThrow(kind)
      expect(make).toThrow(text)
    }
  })

  it('tells its kind, its layout and itself', () => {
    scope(() => {
      const x = Tensor.zeros([2, 3])
      expect([x.dtype, Tensor.fromIndices([1]).dtype]).toEqual(['float32', 'int32'])
      expect([x.isContiguous, x.transpose(0, 1).isContiguous]).toEqual([true, false])
      expect(inspect(x)).toBe('Tensor float32 [2, 3]')
      x.dispose()
      expect(inspect(x)).toBe('Tensor (disposed)')
    })
  })

  it('of one element is read as a number, and no other is', async () => {
    const [one, two] = [Tensor.from([[3]]), Tensor.from([1, 2])]
    expect(await one.item()).toBe(3)
    await expect(two.item()).rejects.toThrow('`item` needs a tensor of one element, got shape [2]')
    one.dispose()
    two.dispose()
  })

  it('of indices is read as such, and no other is', async () => {
    const [ids, floats] = [Tensor.fromIndices([3, -1]), Tensor.from([1])]
    expect(await ids.indices()).toEqual(Int32Array.of(3, -1))
    await expect(floats.indices()).rejects.toThrow(TypeError)
    ids.dispose()
    floats.dispose()
  })

  it('is overwritten after the work that was asked for before', async () => {
    const x = Tensor.from([1, 2])
    const doubled = ops.multiply(x, 2)
    x.write(Float32Array.of(5, 6))
    expect(nested(doubled)).toEqual([2, 4])
    expect(nested(x)).toEqual([5, 6])
    expect(() => x.write(Int32Array.of(1, 2))).toThrow('`data` must be a Float32Array, got Int32Array')
    expect(() => x.write(Float32Array.of(1))).toThrow('`data` must hold 2 elements, got 1')
    expect(() => Tensor.zeros([2, 2]).transpose(0, 1).write(new Float32Array(4))).toThrow(
      '`tensor` must be contiguous',
    )
    x.dispose()
    doubled.dispose()
  })

  it('takes the elements of another, also through a view', () => {
    scope(() => {
      const target = Tensor.zeros([2, 3])
      ops.copy(
        Tensor.from([
          [1, 2],
          [3, 4],
        ]).transpose(0, 1),
        target.narrow(1, 1, 2),
      )
      expect(nested(target)).toEqual([0, 1, 3, 0, 2, 4])
      expect(() => ops.copy(Tensor.zeros([2]), target)).toThrow('`target` must have shape [2], got [2, 3]')
    })
  })

  it('that was disposed of says so, and may be disposed of again', async () => {
    const x = Tensor.from([1])
    const view = x.narrow(0, 0, 1)
    x.dispose()
    x.dispose()
    expect(x.disposed).toBe(true)
    for (const use of [() => x.shape, () => ops.exp(x), () => x.dataSync(), () => x.narrow(0, 0, 1)])
      expect(use).toThrow(expect.objectContaining({ code: 'ERR_PARASCAN_DISPOSED' }))
    expect(nested(view)).toEqual([1])
    view.dispose()
  })
})

describe('views', () => {
  it('share the memory of what they view', () => {
    scope(() => {
      const x = Tensor.from([
        [1, 2, 3],
        [4, 5, 6],
      ])
      const views: [Tensor, number[], number[]][] = [
        [x.narrow(1, 1, 2), [2, 2], [2, 3, 5, 6]],
        [x.narrow(-2, 1, 1), [1, 3], [4, 5, 6]],
        [x.narrow(0, 2, 0), [0, 3], []],
        [x.transpose(0, 1), [3, 2], [1, 4, 2, 5, 3, 6]],
        [x.permute([-1, 0]), [3, 2], [1, 4, 2, 5, 3, 6]],
        [x.reshape([3, -1]), [3, 2], [1, 2, 3, 4, 5, 6]],
        [x.narrow(1, 0, 2).reshape([2, 1, 2]), [2, 1, 2], [1, 2, 4, 5]],
        [x.transpose(0, 1).narrow(0, 1, 2).transpose(0, 1), [2, 2], [2, 3, 5, 6]],
      ]
      for (const [view, shape, values] of views) {
        expect(view.shape).toEqual(shape)
        expect(nested(view)).toEqual(values)
      }
      const bytes = addon.memoryStats().liveBytes
      const row = x.reshape([6]).narrow(0, 2, 2)
      expect(addon.memoryStats().liveBytes).toBe(bytes)
      x.write(Float32Array.of(0, 0, 8, 9, 0, 0))
      expect(nested(row)).toEqual([8, 9])
    })
  })

  it('are copied by reshape only where the layout leaves no other way', () => {
    scope(() => {
      const x = Tensor.from([
        [1, 2, 3],
        [4, 5, 6],
      ])
      const flat = x.transpose(0, 1).reshape([6])
      x.write(new Float32Array(6))
      expect(nested(flat)).toEqual([1, 4, 2, 5, 3, 6])
      expect(x.contiguous().handle).not.toBe(0)
    })
  })

  it('of indices work as those of numbers', () => {
    scope(() => {
      const ids = Tensor.fromIndices([
        [1, 2],
        [3, 4],
      ])
      expect(nested(ids.transpose(0, 1).contiguous())).toEqual([1, 3, 2, 4])
    })
  })

  it('name the argument that does not fit', () => {
    scope(() => {
      const x = Tensor.zeros([2, 3])
      const mistakes: [() => unknown, string][] = [
        [() => x.narrow(2, 0, 1), '`dim` must be in [-2, 2), got 2'],
        [() => x.narrow(1, 2, 2), '`start` and `length` must lie within dimension 1 of [2, 3], got 2 and 2'],
        [() => x.permute([0]), '`order` must name the 2 dimensions, got [0]'],
        [() => x.permute([1, 1]), '`order` must name every dimension once, got [1, 1]'],
        [() => x.transpose(0, 2), '`b` must be a dimension of shape [2, 3], got 2'],
        [() => x.reshape([4]), '`shape` must hold the 6 elements of [2, 3], got [4]'],
        [() => x.reshape([-1, 4]), '`shape` must hold the 6 elements of [2, 3], got [-1, 4]'],
        [() => x.reshape([-1, -1]), '`shape`'],
        [() => x.reshape([-2, -3]), '`shape`'],
        [() => ops.concat([], 0), '`tensors` must not be empty'],
        [() => ops.concat([x, Tensor.zeros([2])], 0), '`tensors` must have shape'],
      ]
      for (const [make, text] of mistakes) {
        expect(make).toThrow(RangeError)
        expect(make).toThrow(text)
      }
    })
  })
})
