// The benchmark: what bounds a kernel, and that every case runs.

import { describe, expect, test } from 'vitest'
import { benchmark, boundOf } from '../../lib/hardware/benchmark.ts'
import { type BenchmarkCase, benchmarkCases } from '../../lib/hardware/benchmark-cases/index.ts'
import { timePasses } from '../../lib/hardware/time-passes.ts'
import { addon } from '../../lib/native/load.ts'

describe('the bound of a kernel', () => {
  const level = (name: string, holds: number, read: number) => {
    return { level: name, bytes: 0, holds, read, readModifyWrite: read / 2 }
  }
  const peak = {
    threads: 2,
    flops: 100e9,
    bandwidths: [
      level('L1', 64e3, 200e9),
      level('L2', 2e6, 100e9),
      level('L3', 32e6, 50e9),
      level('memory', Infinity, 20e9),
    ],
  }
  test('is arithmetic where that takes longer', () => {
    expect(boundOf({ flops: 1e9, bytes: 1e6 }, peak)).toEqual({ seconds: 0.01, limit: 'compute' })
  })

  test('is the bandwidth of the memory that the data fits into', () => {
    const limit = (bytes: number) => boundOf({ flops: 0, bytes }, peak).limit
    expect([60e3, 70e3, 2e6, 3e6, 32e6, 33e6].map(limit)).toEqual(['L1', 'L2', 'L2', 'L3', 'L3', 'memory'])
    expect(boundOf({ flops: 0, bytes: 40e6 }, peak).seconds).toBeCloseTo(40e6 / 20e9, 12)
  })

  test('of an update in place is what the level that holds the state can update', () => {
    expect(boundOf({ flops: 0, bytes: 3e6, inPlace: true }, peak)).toEqual({
      seconds: 3e6 / 50e9,
      limit: 'L2',
    })
  })
})

test('every op runs, its row is complete, and no memory stays behind', { timeout: 120_000 }, async () => {
  const smallest = new Map<string, BenchmarkCase>()
  for (const one of benchmarkCases)
    if (one.flops < (smallest.get(one.op)?.flops ?? Infinity)) smallest.set(one.op, one)
  const cases = [...smallest.values()]
  const { liveHandles } = addon.memoryStats()
  const { peaks, rows } = await benchmark({ threads: [1], cases, secondsPerCase: 0.001 })
  expect(peaks.map((peak) => peak.threads)).toEqual([1])
  expect(rows.map(({ op, shape }) => `${op} ${shape}`)).toEqual(
    cases.map(({ op, shape }) => `${op} ${shape}`),
  )
  for (const row of rows) {
    expect(row.timing.median).toBeGreaterThan(0)
    expect(row.share).toBeGreaterThan(0)
  }
  expect(addon.memoryStats().liveHandles).toBe(liveHandles)
})

test('a number of threads that there is not is refused', async () => {
  await expect(benchmark({ threads: [0] })).rejects.toThrow('`threads` must be whole numbers from 1')
})

describe('timing passes', () => {
  test('measures as often as asked, after warming up', async () => {
    let passes = 0
    const times = await timePasses(() => passes++, { warmup: 3, repeats: 5, seconds: 60 })
    expect([passes, times.length]).toEqual([8, 5])
  })

  test('measures once where there is no time', async () => {
    expect(await timePasses(() => {}, { warmup: 0, repeats: 100, seconds: 0 })).toHaveLength(1)
  })
})
