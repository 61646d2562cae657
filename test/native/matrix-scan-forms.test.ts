// Every scan with a matrix state gives the same chunked, recurrent, in steps, and split anywhere.

import { describe, expect, it } from 'vitest'
import * as ops from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { matrixScans, partOf, type Tensors } from './matrix-scans.ts'
import { relativeError, tensorsOf } from './reference-comparison.ts'

const tolerance = 5e-6
const tokens = 70
const sizes = { batch: 2, tokens, heads: 2, valueHeads: 4, keyDim: 19, valueDim: 21 }

function expectClose(actual: Tensors, expected: Tensors, what: string): void {
  for (const [name, x] of Object.entries(expected))
    expect(
      relativeError((actual[name] as Tensor).dataSync(), x.dataSync()),
      `${name}, ${what}`,
    ).toBeLessThanOrEqual(tolerance)
}

describe.each(Object.entries(matrixScans))('%s', (_, scan) => {
  it('gives the same chunked, recurrent, in steps, and split anywhere', () => {
    scope(() => {
      const operands = tensorsOf(scan.operands(sizes))
      const stateName = Object.keys(operands).find((name) => name.endsWith('State')) as string
      const expected = scan.recurrent(operands)
      const [outputName, finalName] = Object.keys(expected) as [string, string]
      expectClose(scan.chunked(operands), expected, 'chunked')
      for (const split of [1, 16, 31, 33, tokens - 1]) {
        const first = scan.chunked(partOf(scan, operands, tokens, 0, split))
        const rest = scan.chunked({
          ...partOf(scan, operands, tokens, split, tokens - split),
          [stateName]: first[finalName] as Tensor,
        })
        const o = ops.concat([first[outputName] as Tensor, rest[outputName] as Tensor], 1)
        expectClose({ ...rest, [outputName]: o }, expected, `split at ${split}`)
      }
      const stepper = scan.stepper(operands)
      let at = 0
      const parts = [1, 1, 5, 1, 30, 1, 31].map((length) => {
        const part = stepper.step(partOf(scan, operands, tokens, at, length))
        at += length
        return part
      })
      expect(at).toBe(tokens)
      expectClose({ [outputName]: ops.concat(parts, 1), [finalName]: stepper.state() }, expected, 'in steps')
    })
  })

  it('of no tokens is the state it began with', () => {
    scope(() => {
      const operands = tensorsOf(scan.operands({ ...sizes, tokens: 1 }))
      const none = partOf(scan, operands, 1, 0, 0)
      const state = Object.entries(operands).find(([name]) => name.endsWith('State'))?.[1] as Tensor
      for (const form of [scan.chunked, scan.recurrent]) {
        const [output, final] = Object.values(form(none)) as [Tensor, Tensor]
        expect(output.shape[1]).toBe(0)
        expect(final.dataSync()).toEqual(state.dataSync())
      }
    })
  })
})

describe('linear attention', () => {
  it('with a decay a head is that with the decay at every token, and so is its gradient', () => {
    scope(() => {
      const { q, k, v } = tensorsOf(matrixScans['linear attention']?.operands(sizes) ?? {}) as Tensors
      const inputs = { q, k, v } as { q: Tensor; k: Tensor; v: Tensor }
      const decay = Tensor.from([0.9, -0.5, 0, 1]).requireGradient()
      const repeated = Tensor.from(
        Float32Array.from({ length: 2 * tokens * 4 }, (_, i) => decay.dataSync()[i % 4] as number),
        [2, tokens, 4],
      ).requireGradient()
      const results = [decay, repeated].map((decay) => ops.linearAttention({ ...inputs, decay }))
      for (const { o } of results) ops.sum(o).backward()
      expectClose({ ...results[0] }, { ...(results[1] as ops.ScanOutputs) }, 'with a decay a head')
      const gradient = ops.sum(repeated.gradient as Tensor, { dims: [0, 1] })
      expectClose({ decay: decay.gradient as Tensor }, { decay: gradient }, 'gradients')
      const fixed = ops.linearAttention({ ...inputs, decay: decay.detach() })
      expectClose(
        { ...fixed },
        { ...(results[1] as ops.ScanOutputs) },
        'with a decay that gathers no gradient',
      )
    })
  })
})

describe('the step of Mamba-2', () => {
  it('ends in the given tensor, whether it lies as kernels want it or not', () => {
    scope(() => {
      const scan = matrixScans['the scan of Mamba-2, [-1,1]']
      const operands = tensorsOf(scan?.operands(sizes) ?? {})
      const expected = scan?.recurrent(operands) as Tensors
      const given = operands.initialState as Tensor
      const native = Tensor.from(given.transpose(2, 3).contiguous().dataSync(), [2, 4, 19, 21]).transpose(
        2,
        3,
      )
      for (const initialState of [native, given]) {
        const y = ops.ssdStep({
          ...operands,
          initialState,
          eigenvalues: '[-1,1]',
        } as unknown as ops.SsdInputs & {
          initialState: Tensor
        })
        expectClose({ y, finalState: initialState }, expected, 'in place')
      }
    })
  })
})

describe('the mLSTM', () => {
  it('stays finite and keeps its stabiliser where gates are far beyond what exp can hold', () => {
    scope(() => {
      const shape = [1, 40, 2]
      const gate = (values: readonly number[]): Tensor =>
        Tensor.from(
          Float32Array.from({ length: 80 }, (_, i) => values[i % values.length] as number),
          shape,
        ).requireGradient()
      const [i, f] = [gate([-900, 300, 0, 1000, -50]), gate([2, -500, 900])]
      const [q, k, v] = [1, 2, 3].map((seed) => Tensor.normal([1, 40, 2, 8], { seed })) as [
        Tensor,
        Tensor,
        Tensor,
      ]
      const { h, finalState } = ops.mlstm({ q, k, v, i, f })
      ops.sum(h).backward()
      for (const x of [h, finalState.memory, finalState.m, i.gradient, f.gradient])
        expect((x as Tensor).dataSync().every(Number.isFinite)).toBe(true)
      const zero = ops.mlstm({ q: Tensor.zeros(q.shape), k, v, i, f }).h.dataSync()
      expect(zero.every((value) => value === 0)).toBe(true)
    })
  })

  it('adds eps to its divisor', () => {
    scope(() => {
      const [q, k, v] = [1, 2, 3].map((seed) => Tensor.normal([1, 5, 1, 4], { seed })) as [
        Tensor,
        Tensor,
        Tensor,
      ]
      const i = Tensor.zeros([1, 5, 1])
      const plain = ops.mlstm({ q, k, v, i, f: i }).h
      const eased = ops.mlstm({ q, k, v, i, f: i, eps: 1 }).h
      const ratio = eased.dataSync().map((value, at) => value / (plain.dataSync()[at] as number))
      for (const value of ratio) expect(value >= 0.499 && value < 1).toBe(true)
    })
  })
})
