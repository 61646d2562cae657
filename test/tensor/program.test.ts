// Captured programs: replays over fixed memory, and captures that fail.

import { describe, expect, it } from 'vitest'
import { addon } from '../../lib/native/load.ts'
import * as ops from '../../lib/tensor/ops.ts'
import { Program } from '../../lib/tensor/program.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'

describe('a program', () => {
  it('does what its body does, on what the tensors from outside hold at each run', () => {
    const x = Tensor.from([1, 2])
    const calls = { count: 0 }
    using program = Program.capture(() => {
      calls.count++
      return ops.add(ops.square(x), 1)
    })
    for (const values of [Float32Array.of(1, 2), Float32Array.of(3, 4)]) {
      x.write(values)
      program.run()
      expect(program.output.dataSync()).toEqual(values.map((value) => value * value + 1))
    }
    expect(calls.count).toBe(1)
    x.dispose()
  })

  it('carries a state from run to run', async () => {
    const position = Tensor.fromIndices([5])
    using program = Program.capture(() => {
      ops.advance(position, 3)
      return Tensor.zeros([1])
    })
    for (let i = 0; i < 4; i++) program.run()
    expect(await position.indices()).toEqual(Int32Array.of(17))
    position.dispose()
  })

  it('steps with one call: writes tokens, runs, and reads the output', async () => {
    const table = Tensor.from([
      [1, 10],
      [2, 20],
      [3, 30],
    ])
    const input = Tensor.fromIndices([0, 0])
    using program = Program.capture(() => ops.multiply(ops.embedding(table, input), 2))
    const steps = [Int32Array.of(2, 0), Int32Array.of(1, 1)].map((ids) => program.step(input, ids))
    expect(await Promise.all(steps)).toEqual([Float32Array.of(6, 60, 2, 20), Float32Array.of(4, 40, 4, 40)])
    expect(() => program.step(input, Int32Array.of(1))).toThrow('`ids` must hold 2 tokens, got 1')
    expect(() => program.step(table, Int32Array.of(1, 1))).toThrow(
      '`input` must be a contiguous int32 tensor',
    )
    table.dispose()
    input.dispose()
  })

  it('measures its runs on the thread that runs them', async () => {
    const x = Tensor.zeros([64, 64])
    using program = Program.capture(() => ops.matmul(x, x))
    const times = await program.time({ warmup: 2, repeats: 5, seconds: 10 })
    expect(times.length).toBe(5)
    expect(times.every((seconds) => seconds > 0 && seconds < 1)).toBe(true)
    expect((await program.time({ warmup: 0, repeats: 100_000, seconds: 0.01 })).length).toBeLessThan(100_000)
    expect((await program.time({ warmup: 0, repeats: 5, seconds: 0 })).length).toBe(1)
    x.dispose()
  })

  it('gives back its memory when it ends', () => {
    const before = addon.memoryStats()
    const x = Tensor.zeros([1000])
    const program = Program.capture(() => ops.exp(ops.exp(ops.exp(ops.exp(x)))))
    // A result that nothing needs any more makes room for the next: two blocks and no more.
    expect(program.bytes).toBeGreaterThanOrEqual(2 * 4000)
    expect(program.bytes).toBeLessThan(5 * 4000)
    program.run()
    program.output.dataSync()
    program.dispose()
    x.dispose()
    const after = addon.memoryStats()
    expect([after.liveBytes, after.liveHandles]).toEqual([before.liveBytes, before.liveHandles])
  })

  it('keeps the memory from outside that it works on', async () => {
    const { program, weight } = scope(() => {
      const weight = Tensor.from([[2, 3]])
      const program = Program.capture(() => ops.multiply(weight, 10))
      return { program: [program], weight }
    })
    weight.dispose()
    addon.trimMemory()
    await addon.synchronize()
    scope(() => {
      for (let i = 0; i < 100; i++) Tensor.full([2], -1)
      program[0]?.run()
      expect(program[0]?.output.dataSync()).toEqual(Float32Array.of(20, 30))
    })
    program[0]?.dispose()
  })

  it('records no gradients', () => {
    const x = Tensor.from([1]).requireGradient()
    using program = Program.capture(() => ops.exp(x))
    expect(program.output.requiresGradient).toBe(false)
    x.dispose()
  })

  it('frees what its body made when the body throws, and the next capture works', () => {
    const before = addon.memoryStats()
    const x = Tensor.from([1])
    const bodies: [() => Tensor, string][] = [
      [() => ops.matmul(ops.exp(x), x), '`a` must have 2 dimensions or more'],
      [
        () => {
          x.dataSync()
          return x
        },
        'a tensor cannot be read while a program is being captured',
      ],
      [() => Program.capture(() => ops.exp(x)).output, 'a program is being captured already'],
    ]
    for (const [body, text] of bodies) expect(() => Program.capture(body)).toThrow(text)
    using program = Program.capture(() => ops.add(x, 1))
    program.run()
    expect(program.output.dataSync()).toEqual(Float32Array.of(2))
    program.dispose()
    x.dispose()
    expect(addon.memoryStats().liveHandles).toBe(before.liveHandles)
    expect(addon.memoryStats().liveBytes).toBe(before.liveBytes)
  })

  it('that was disposed of runs no more', () => {
    const x = Tensor.from([1])
    const program = Program.capture(() => ops.exp(x))
    program.dispose()
    program.dispose()
    expect(() => program.run()).toThrow('this program was disposed of')
    x.dispose()
  })
})
