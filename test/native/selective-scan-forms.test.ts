// Chunked, recurrent and step forms of the selective scan give equal results, wherever a sequence is split, and stay
// finite and right on inputs made to break them.

import { describe, expect, it } from 'vitest'
import * as ops from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { Numbers, relativeError } from '../ops/numbers.ts'
import * as reference from '../ops/scan-reference.ts'

const tolerance = 5e-6

const numbers = (x: Tensor | undefined): Numbers | undefined =>
  x && new Numbers(x.shape, Float64Array.from(x.dataSync()))

function selectiveOperands(tokens: number, eigenvalues: ops.Eigenvalues) {
  return {
    u: Tensor.normal([2, tokens, 37], { seed: 1 }),
    dt: Tensor.normal([2, tokens, 37], { seed: 2 }),
    A: Tensor.uniform([37, 16], { seed: 3, low: -3, high: -0.1 }),
    B: Tensor.normal([2, tokens, 16], { seed: 4 }),
    C: Tensor.normal([2, tokens, 16], { seed: 5 }),
    D: Tensor.normal([37], { seed: 6 }),
    z: Tensor.normal([2, tokens, 37], { seed: 7 }),
    dtBias: Tensor.normal([37], { seed: 8 }),
    initialState: Tensor.normal([2, 37, 16], { seed: 9 }),
    eigenvalues,
  } satisfies ops.SelectiveScanInputs
}

function selectivePart(
  inputs: ReturnType<typeof selectiveOperands>,
  start: number,
  length: number,
  state: Tensor,
) {
  const part = (x: Tensor) => x.narrow(1, start, length)
  const { u, dt, B, C, z } = inputs
  return { ...inputs, u: part(u), dt: part(dt), B: part(B), C: part(C), z: part(z), initialState: state }
}

function selectiveReference(inputs: ReturnType<typeof selectiveOperands>): [Numbers, Numbers] {
  const { eigenvalues, ...tensors } = inputs
  const operands = Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, numbers(x)]))
  return reference.selectiveScan(operands as unknown as reference.SelectiveScanNumbers, {
    dtSoftplus: true,
    negativeEigenvalues: eigenvalues === '[-1,1]',
  })
}

describe('the selective scan', () => {
  it.each(['[0,1]', '[-1,1]'] as const)(
    'gives the same chunked, recurrent, stepped and split anywhere, %s',
    (eigenvalues) => {
      scope(() => {
        const tokens = 130
        const inputs = selectiveOperands(tokens, eigenvalues)
        const [y, state] = selectiveReference(inputs)
        for (const form of [ops.selectiveScan, ops.selectiveScanRecurrent]) {
          const result = form(inputs)
          expect(relativeError(result.y.dataSync(), y.data)).toBeLessThan(tolerance)
          expect(relativeError(result.finalState.dataSync(), state.data)).toBeLessThan(tolerance)
        }
        for (const split of [1, 63, 64, 65, tokens - 1]) {
          const first = ops.selectiveScan(selectivePart(inputs, 0, split, inputs.initialState))
          const rest = ops.selectiveScan(selectivePart(inputs, split, tokens - split, first.finalState))
          expect(relativeError(ops.concat([first.y, rest.y], 1).dataSync(), y.data)).toBeLessThan(tolerance)
          expect(relativeError(rest.finalState.dataSync(), state.data)).toBeLessThan(tolerance)
        }
        const carried = Tensor.normal([2, 37, 16], { seed: 9 })
        const steps = Array.from({ length: tokens }, (_, t) =>
          ops.selectiveScanStep(selectivePart(inputs, t, 1, carried)),
        )
        expect(relativeError(ops.concat(steps, 1).dataSync(), y.data)).toBeLessThan(tolerance)
        expect(relativeError(carried.dataSync(), state.data)).toBeLessThan(tolerance)
      })
    },
  )

  it('tells the two ranges apart in every form', () => {
    scope(() => {
      for (const form of [ops.selectiveScan, ops.selectiveScanRecurrent]) {
        const [narrow, wide] = (['[0,1]', '[-1,1]'] as const).map((range) =>
          form(selectiveOperands(9, range)).y.dataSync(),
        )
        expect(relativeError(wide as Float32Array, narrow as Float32Array)).toBeGreaterThan(0.1)
      }
    })
  })

  it('of no tokens is the state it began with', () => {
    scope(() => {
      const inputs = selectiveOperands(0, '[-1,1]')
      const initial = inputs.initialState.dataSync()
      for (const form of [ops.selectiveScan, ops.selectiveScanRecurrent]) {
        const { y, finalState } = form(inputs)
        expect(y.shape).toEqual([2, 0, 37])
        expect(finalState.dataSync()).toEqual(initial)
      }
    })
  })

  it.each(['[0,1]', '[-1,1]'] as const)(
    'is right and has finite gradients for huge and tiny steps, %s',
    (eigenvalues) => {
      scope(() => {
        const inputs = selectiveOperands(70, eigenvalues)
        const dt = Tensor.from(
          Float32Array.from({ length: 2 * 70 * 37 }, (_, i) => [-60, 0, 60][i % 3] as number),
          [2, 70, 37],
        ).requireGradient()
        const { y } = ops.selectiveScan({ ...inputs, dt })
        const [expected] = selectiveReference({ ...inputs, dt })
        expect(relativeError(y.dataSync(), expected.data)).toBeLessThan(tolerance)
        ops.sum(y).backward()
        expect(dt.gradient?.dataSync().every(Number.isFinite)).toBe(true)
      })
    },
  )
})
