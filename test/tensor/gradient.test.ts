// The tape: what gathers a gradient, what does not, and what a graph may be asked for.

import { describe, expect, it } from 'vitest'
import { addon } from '../../lib/native/load.ts'
import * as ops from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { clearGradients, Tensor, withoutGradients } from '../../lib/tensor/tensor.ts'

const gradientOf = (x: Tensor): number[] | null => x.gradient && Array.from(x.gradient.dataSync())

describe('backward', () => {
  it('adds to the gradients of leaves until they are cleared', () => {
    scope(() => {
      const x = Tensor.from([1, 2]).requireGradient()
      expect(x.gradient).toBeNull()
      for (const total of [1, 2]) {
        ops.sum(ops.square(x)).backward()
        expect(gradientOf(x)).toEqual([2 * total, 4 * total])
      }
      clearGradients([x])
      expect(x.gradient).toBeNull()
    })
  })

  it('sums over every use of a tensor', () => {
    scope(() => {
      const x = Tensor.from([3]).requireGradient()
      const y = ops.multiply(x, x)
      ops.add(ops.multiply(y, y), ops.add(y, x)).backward()
      expect(gradientOf(x)).toEqual([4 * 27 + 6 + 1])
    })
  })

  it('walks a graph once', () => {
    scope(() => {
      const x = Tensor.from([1, 2]).requireGradient()
      const y = ops.square(x)
      const loss = ops.sum(y)
      loss.backward()
      expect(() => loss.backward()).toThrow('this graph was walked by an earlier `backward` and is gone')
      expect(() => ops.sum(y).backward()).not.toThrow()
      expect(gradientOf(x)).toEqual([2, 4])
    })
  })

  it('needs a tensor that depends on a leaf, and a seed for more than one element', () => {
    scope(() => {
      const x = Tensor.from([1, 2]).requireGradient()
      expect(() => Tensor.from([1]).backward()).toThrow(
        '`backward` needs a tensor made from one that requires',
      )
      expect(() => ops.square(x).backward()).toThrow('needs a seed gradient')
      expect(() => ops.square(x).backward(Tensor.zeros([3]))).toThrow('`seed` must have shape [2], got [3]')
      ops.square(x).backward(Tensor.from([10, 100]))
      expect(gradientOf(x)).toEqual([20, 400])
    })
  })

  it('takes a seed that is a view', () => {
    scope(() => {
      const x = Tensor.from([
        [1, 2],
        [3, 4],
      ]).requireGradient()
      ops.multiply(x, 1).backward(
        Tensor.from([
          [1, 2],
          [3, 4],
        ]).transpose(0, 1),
      )
      expect(gradientOf(x)).toEqual([1, 3, 2, 4])
    })
  })

  it('leaves out outputs that nothing depends on', () => {
    scope(() => {
      const q = Tensor.normal([1, 3, 1, 2], { seed: 1 }).requireGradient()
      const beta = Tensor.full([1, 3, 1], 1)
      const { o, finalState } = ops.deltaRule({ q, k: q, v: q, beta })
      finalState.dispose()
      ops.sum(o).backward()
      expect(gradientOf(q)?.every(Number.isFinite)).toBe(true)
    })
  })

  it('reaches leaves whose graph has no handles left', () => {
    scope(() => {
      const x = Tensor.from([
        [1, 2],
        [3, 4],
      ]).requireGradient()
      const loss = scope(() => ops.sum(ops.exp(x.transpose(0, 1).reshape([4]))))
      loss.backward()
      gradientOf(x)?.forEach((value, i) => {
        expect(value).toBeCloseTo(Math.exp(i + 1), 3)
      })
    })
  })

  it('reads operands as they were when the op was called, unless they were overwritten', () => {
    scope(() => {
      const x = Tensor.from([2]).requireGradient()
      const y = ops.square(x)
      const z = ops.multiply(y, 3)
      y.dispose()
      z.backward()
      expect(gradientOf(x)).toEqual([12])
    })
  })
})

describe('the gradient of a view', () => {
  it('lies in that of the tensor it views', () => {
    scope(() => {
      const x = Tensor.zeros([2, 3]).requireGradient()
      const view = x.narrow(1, 1, 2)
      expect(view.requiresGradient).toBe(true)
      ops.sum(ops.multiply(view, 5)).backward()
      expect(gradientOf(x)).toEqual([0, 5, 5, 0, 5, 5])
      expect(gradientOf(view)).toEqual([5, 5, 5, 5])
      expect(gradientOf(x.transpose(0, 1))).toEqual([0, 0, 5, 5, 5, 5])
    })
  })

  it('adds up over views that overlap', () => {
    scope(() => {
      const x = Tensor.zeros([4]).requireGradient()
      ops.sum(ops.add(x.narrow(0, 0, 3), x.narrow(0, 1, 3))).backward()
      expect(gradientOf(x)).toEqual([1, 2, 2, 1])
    })
  })

  it('flows through views of results', () => {
    scope(() => {
      const x = Tensor.from([1, 2, 3, 4]).requireGradient()
      const y = ops.square(x).reshape([2, 2]).transpose(0, 1)
      ops.sum(ops.multiply(y.narrow(0, 0, 1), 10)).backward()
      expect(gradientOf(x)).toEqual([20, 0, 60, 0])
    })
  })
})

describe('a leaf', () => {
  it('is a whole tensor of numbers that no op made', () => {
    scope(() => {
      const x = Tensor.zeros([2, 2])
      expect(() => x.narrow(1, 0, 1).requireGradient()).toThrow('a view cannot become a leaf')
      expect(() => Tensor.fromIndices([1]).requireGradient()).toThrow(TypeError)
      x.requireGradient().requireGradient()
      expect(() => ops.exp(x).requireGradient()).toThrow('only a tensor not made by an op can become a leaf')
    })
  })

  it('is not what it was detached from', () => {
    scope(() => {
      const x = Tensor.from([1]).requireGradient()
      const detached = x.detach()
      expect(detached.requiresGradient).toBe(false)
      expect(ops.exp(detached).requiresGradient).toBe(false)
      ops.add(ops.multiply(x, 2), detached).backward()
      expect(gradientOf(x)).toEqual([2])
    })
  })
})

describe('withoutGradients', () => {
  it('records nothing inside, however deep, and goes on recording afterwards', () => {
    scope(() => {
      const x = Tensor.from([1]).requireGradient()
      withoutGradients(() => {
        expect(withoutGradients(() => ops.exp(x)).requiresGradient).toBe(false)
        expect(ops.exp(x).requiresGradient).toBe(false)
      })
      expect(() =>
        withoutGradients(() => {
          throw new Error('inside')
        }),
      ).toThrow('inside')
      expect(ops.exp(x).requiresGradient).toBe(true)
    })
  })
})

describe('a graph', () => {
  it('holds what backward needs, and lets go of it on the way', () => {
    scope(() => {
      const x = Tensor.zeros([10_000]).requireGradient()
      const before = addon.memoryStats().liveBytes
      const loss = scope(() => ops.sum(ops.exp(ops.exp(ops.exp(x)))))
      expect(addon.memoryStats().liveBytes).toBeGreaterThan(before + 3 * 40_000)
      loss.backward()
      // The gradient of x, the loss and its gradient.
      expect(addon.memoryStats().liveBytes).toBeLessThan(before + 2 * 40_000)
    })
  })
})
