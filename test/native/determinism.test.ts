// The same bits from run to run and for any number of threads.

import { afterAll, describe, expect, it } from 'vitest'
import { addon } from '../../lib/native/load.ts'
import * as ops from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { matrixScans } from './matrix-scans.ts'
import { tensorsOf } from './reference-comparison.ts'

const threads = addon.threads()
afterAll(() => addon.setThreads(threads))

let seed = 0
const leaf = (shape: readonly number[], low = -1, high = 1): Tensor =>
  Tensor.uniform(shape, { seed: seed++, low, high }).requireGradient()

const bitsOf = (tensor: Tensor): Buffer => Buffer.from(tensor.dataSync().buffer)

/** An op over leaves big enough to be shared out among threads. */
const cases: Record<string, () => { leaves: Tensor[]; run: (leaves: Tensor[]) => Tensor[] }> = {
  'a matrix product': () => ({
    leaves: [leaf([150, 130]), leaf([130, 170]), leaf([170])],
    run: ([a, b, bias]) => [ops.matmul(a as Tensor, b as Tensor, { bias: bias as Tensor })],
  }),
  'a batched product with a shared operand': () => ({
    leaves: [leaf([8, 40, 50]), leaf([50, 30])],
    run: ([a, b]) => [ops.matmul(a as Tensor, b as Tensor)],
  }),
  'a long inner dimension': () => ({
    leaves: [leaf([6, 5000]), leaf([5000, 7])],
    run: ([a, b]) => [ops.matmul(a as Tensor, b as Tensor)],
  }),
  ...Object.fromEntries(
    Object.entries(matrixScans).map(([name, scan]) => [
      name,
      () => {
        const operands = tensorsOf(
          scan.operands({ batch: 2, tokens: 100, heads: 2, valueHeads: 4, keyDim: 16, valueDim: 24 }),
        )
        const names = Object.keys(operands)
        return {
          leaves: Object.values(operands).map((x) => x.requireGradient()),
          run: (leaves: Tensor[]) =>
            Object.values(
              scan.chunked(Object.fromEntries(names.map((key, at) => [key, leaves[at] as Tensor]))),
            ),
        }
      },
    ]),
  ),
  'the selective scan': () => ({
    leaves: [
      leaf([2, 200, 48]),
      leaf([2, 200, 48], -2, 1),
      leaf([48, 16], -2, -0.1),
      leaf([2, 200, 16]),
      leaf([2, 200, 16]),
      leaf([48]),
      leaf([2, 200, 48]),
      leaf([48]),
    ],
    run: ([u, dt, A, B, C, D, z, dtBias]) =>
      Object.values(
        ops.selectiveScan({ u, dt, A, B, C, D, z, dtBias, eigenvalues: '[-1,1]' } as ops.SelectiveScanInputs),
      ),
  }),
  'the selective scan of packed sequences': () => ({
    leaves: [
      leaf([1, 500, 48]),
      leaf([1, 500, 48], -2, 1),
      leaf([48, 16], -2, -0.1),
      leaf([1, 500, 16]),
      leaf([1, 500, 16]),
      leaf([48]),
      leaf([5, 48, 16]),
    ],
    run: ([u, dt, A, B, C, dtBias, initialState]) =>
      Object.values(
        ops.selectiveScan({
          ...({ u, dt, A, B, C, dtBias, initialState } as ops.SelectiveScanInputs),
          eigenvalues: '[0,1]',
          cuSeqlens: [0, 33, 33, 40, 400, 500],
        }),
      ),
  }),
  'the causal convolution': () => ({
    leaves: [leaf([3, 300, 70]), leaf([70, 4]), leaf([70]), leaf([3, 3, 70])],
    run: ([x, weight, bias, initialState]) =>
      Object.values(
        ops.causalConv1d({ x, weight, bias, initialState, activation: 'silu' } as ops.CausalConv1dInputs),
      ),
  }),
  'the causal convolution of packed sequences': () => ({
    leaves: [leaf([1, 700, 70]), leaf([70, 4]), leaf([5, 3, 70])],
    run: ([x, weight, initialState]) =>
      Object.values(
        ops.causalConv1d({
          ...({ x, weight, initialState } as ops.CausalConv1dInputs),
          cuSeqlens: [0, 1, 300, 300, 431, 700],
        }),
      ),
  }),
  attention: () => ({
    leaves: [leaf([2, 130, 4, 16]), leaf([2, 130, 2, 16]), leaf([2, 130, 2, 16])],
    run: ([q, k, v]) => [ops.attention({ q: q as Tensor, k: k as Tensor, v: v as Tensor })],
  }),
  rmsNorm: () => ({
    leaves: [leaf([3000, 60]), leaf([60])],
    run: ([x, weight]) => [ops.rmsNorm(x as Tensor, { weight: weight as Tensor })],
  }),
  gatedRmsNorm: () => ({
    leaves: [leaf([3000, 60]), leaf([3000, 60]), leaf([60])],
    run: ([x, gate, weight]) => [ops.gatedRmsNorm(x as Tensor, gate as Tensor, { weight: weight as Tensor })],
  }),
  'gatedRmsNorm, gate first, weights by group': () => ({
    leaves: [leaf([700, 3, 60]), leaf([700, 3, 60]), leaf([3, 60])],
    run: ([x, gate, weight]) => [
      ops.gatedRmsNorm(x as Tensor, gate as Tensor, { weight: weight as Tensor, gateFirst: true }),
    ],
  }),
  'log-decays': () => ({
    leaves: [leaf([3, 500, 4, 20]), leaf([4]), leaf([4, 20]), leaf([2, 900, 6]), leaf([6]), leaf([6])],
    run: ([x, logRate, bias, perHead, headRate, headBias]) => [
      ops.logDecay(x as Tensor, { logRate, bias }),
      ops.logDecay(perHead as Tensor, { logRate: headRate, bias: headBias, form: 'bounded' }),
    ],
  }),
  layerNorm: () => ({
    leaves: [leaf([3000, 60]), leaf([60]), leaf([60])],
    run: ([x, weight, bias]) => [
      ops.layerNorm(x as Tensor, { weight: weight as Tensor, bias: bias as Tensor }),
    ],
  }),
  'broadcasting, sums and losses': () => ({
    leaves: [leaf([4000, 30]), leaf([30]), leaf([4000, 1])],
    run: ([x, row, column]) => {
      const y = ops.multiply(ops.add(x as Tensor, row as Tensor), column as Tensor)
      const targets = Tensor.fromIndices(Int32Array.from({ length: 4000 }, (_, i) => i % 30))
      return [
        ops.sum(y, { dims: [0] }),
        ops.mean(y),
        ops.crossEntropy(y, targets),
        ops.distillation(y, y.detach()),
      ]
    },
  }),
  embedding: () => ({
    leaves: [leaf([20, 130])],
    run: ([weight]) => {
      const ids = Tensor.fromIndices(Int32Array.from({ length: 3000 }, (_, i) => (i * i) % 20))
      return [ops.embedding(weight as Tensor, ids)]
    },
  }),
}

describe('results and gradients have the same bits from run to run, for 1, 2 and 3 threads', () => {
  it.each(Object.keys(cases))('%s', (name) => {
    scope(() => {
      const { leaves, run } = (cases[name] as (typeof cases)[string])()
      const bits = (count: number): Buffer[] =>
        scope(() => {
          addon.setThreads(count)
          addon.clearGradients(leaves.map((tensor) => tensor.handle))
          const outputs = run(leaves)
          const losses = outputs.map((output, i) =>
            ops.sum(ops.multiply(output, Tensor.uniform(output.shape, { seed: 900 + i, low: -1 }))),
          )
          losses.reduce((sum, loss) => ops.add(sum, loss)).backward()
          return [...outputs, ...leaves.map((tensor) => tensor.gradient as Tensor)].map(bitsOf)
        })
      const first = bits(1)
      for (const count of [1, 2, 3, 2])
        bits(count).forEach((again, i) => {
          expect(again.equals(first[i] as Buffer), `tensor ${i}, ${count} threads`).toBe(true)
        })
    })
  })

  it('numbers drawn at random', () => {
    const draw = (count: number): Buffer[] =>
      scope(() => {
        addon.setThreads(count)
        const normal = Tensor.normal([100_003], { seed: 3 })
        return [normal, ops.dropout(normal, { p: 0.4, seed: 4 })].map(bitsOf)
      })
    const [normal, dropped] = draw(1) as [Buffer, Buffer]
    for (const count of [2, 3]) {
      const again = draw(count)
      expect(again[0]?.equals(normal) && again[1]?.equals(dropped), `${count} threads`).toBe(true)
    }
  })
})
