// Scopes free what was made in them, and memory is where it was afterwards.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addon } from '../../lib/native/load.ts'
import * as ops from '../../lib/tensor/ops.ts'
import { currentScope, openScope, scope, unscoped } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'

describe('scope', () => {
  let before = addon.memoryStats()
  beforeEach(() => {
    before = addon.memoryStats()
  })
  afterEach(() => {
    const { liveBytes, liveHandles } = addon.memoryStats()
    expect({ liveBytes, liveHandles }).toEqual({
      liveBytes: before.liveBytes,
      liveHandles: before.liveHandles,
    })
    expect(currentScope()).toBeNull()
  })

  it('frees every tensor but those returned', () => {
    let inner: Tensor | undefined
    const kept = scope(() => {
      inner = Tensor.zeros([100])
      return ops.add(inner, 1)
    })
    expect(inner?.disposed).toBe(true)
    expect(kept.dataSync()[99]).toBe(1)
    expect(addon.memoryStats().liveHandles).toBe(before.liveHandles + 1)
    kept.dispose()
  })

  it('keeps tensors in arrays, objects and maps, nested at will', () => {
    const result = scope(() => ({
      list: [Tensor.from(1), [Tensor.from(2)]] as const,
      map: new Map([['x', Tensor.from(3)]]),
      text: 'no tensor',
      nothing: null,
    }))
    const tensors = [result.list[0], result.list[1][0], result.map.get('x')]
    expect(tensors.map((tensor) => tensor?.dataSync()[0])).toEqual([1, 2, 3])
    for (const tensor of tensors) tensor?.dispose()
  })

  it('gives what it keeps to the scope around it', () => {
    let inner: Tensor | undefined
    scope(() => {
      inner = scope(() => Tensor.from(4))
      expect(inner.dataSync()[0]).toBe(4)
    })
    expect(inner?.disposed).toBe(true)
  })

  it('leaves alone what was made outside', () => {
    const outside = Tensor.from(5)
    expect(scope(() => outside)).toBe(outside)
    expect(outside.disposed).toBe(false)
    outside.dispose()
  })

  it('frees everything when its body throws', () => {
    let inner: Tensor | undefined
    const body = () => {
      inner = Tensor.zeros([10])
      throw new Error('in the body')
    }
    expect(() => scope(body)).toThrow('in the body')
    expect(inner?.disposed).toBe(true)
  })

  it('refuses an asynchronous body', async () => {
    let running: Promise<void> | undefined
    const body = () => {
      running = Promise.resolve()
      return running
    }
    expect(() => scope(body)).toThrow('`body` must not be asynchronous')
    await running
  })

  it('is open for a block with `using`', () => {
    let inner: Tensor | undefined
    let kept: Tensor | undefined
    {
      using block = openScope()
      inner = Tensor.from(1)
      kept = block.keep(Tensor.from(2))
    }
    expect(inner.disposed).toBe(true)
    expect(kept.disposed).toBe(false)
    kept.dispose()
  })

  it('gives a tensor away for good', () => {
    const outer = openScope()
    const free = scope(() => {
      const tensor = Tensor.from(6)
      tensor.own(null)
      return { of: () => tensor }
    })
    outer.dispose()
    expect(free.of().disposed).toBe(false)
    free.of().dispose()
  })

  it('does not own what is made outside every scope', () => {
    const free = scope(() => {
      const tensor = unscoped(() => Tensor.from(6))
      expect(currentScope()).not.toBeNull()
      return { of: () => tensor }
    })
    expect(free.of().dataSync()[0]).toBe(6)
    free.of().dispose()
  })

  it('returns the memory of graphs that no backward walked', () => {
    scope(() => {
      let x = Tensor.zeros([1000]).requireGradient()
      // Long enough to overflow the stack if nodes were freed one inside the other.
      for (let i = 0; i < 50_000; i++) {
        const next = ops.add(x, 1)
        x.dispose()
        x = next
      }
    })
  })

  it('returns the memory of a graph that backward walked', () => {
    scope(() => {
      const x = Tensor.zeros([1000]).requireGradient()
      const loss = ops.sum(ops.silu(ops.multiply(x, ops.sigmoid(x))))
      loss.backward()
      expect(x.gradient?.shape).toEqual([1000])
    })
  })
})

describe('the allocator', () => {
  it('hands freed blocks out again, and gives them back when told to', async () => {
    await addon.synchronize()
    addon.trimMemory()
    await addon.synchronize()
    const start = addon.memoryStats()
    expect(start.cachedBytes).toBe(0)
    Tensor.zeros([1_000_000]).dispose()
    const cached = addon.memoryStats()
    expect(cached.cachedBytes).toBeGreaterThanOrEqual(4_000_000)
    expect(cached.liveBytes).toBe(start.liveBytes)
    const again = Tensor.zeros([1_000_000])
    const reused = addon.memoryStats()
    expect(reused.reuses).toBe(cached.reuses + 1)
    expect(reused.allocations).toBe(cached.allocations)
    expect(reused.liveBytes - start.liveBytes).toBeGreaterThanOrEqual(4_000_000)
    expect(reused.liveBytes - start.liveBytes).toBeLessThanOrEqual(5_000_000)
    again.dispose()
    addon.trimMemory()
    await addon.synchronize()
    expect(addon.memoryStats().cachedBytes).toBe(0)
  })

  it('remembers the most that was alive at once', () => {
    addon.resetPeakMemory()
    const { liveBytes } = addon.memoryStats()
    scope(() => {
      Tensor.zeros([500_000])
      Tensor.zeros([500_000])
    })
    const { peakBytes } = addon.memoryStats()
    expect(peakBytes - liveBytes).toBeGreaterThanOrEqual(4_000_000)
    addon.resetPeakMemory()
    expect(addon.memoryStats().peakBytes).toBe(addon.memoryStats().liveBytes)
  })

  it('counts the scratch of kernels', () => {
    scope(() => {
      addon.resetPeakMemory()
      ops.matmul(Tensor.zeros([200, 200]), Tensor.zeros([200, 200])).dataSync()
      expect(addon.memoryStats().scratchPeakBytes).toBeGreaterThan(0)
    })
  })
})
