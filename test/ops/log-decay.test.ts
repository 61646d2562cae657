// Decays out of projections, per head and per channel.

import { expect, it } from 'vitest'
import * as ops from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { battery, opCase } from './gradient-check.ts'
import { Numbers } from './numbers.ts'

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const softplus = (x: number): number => Math.log1p(Math.exp(x))

const forms = {
  softplus: (z: number, rate: number, scale: number) => -scale * rate * softplus(z),
  bounded: (z: number, rate: number, scale: number) => -scale * sigmoid(rate * z),
  logSigmoid: (z: number, rate: number, scale: number) => scale * rate * Math.log(sigmoid(z)),
}

battery(
  'logDecay',
  (['softplus', 'bounded', 'logSigmoid'] as const).flatMap((form) =>
    [
      { shape: [2, 5, 3], given: true, signed: false },
      { shape: [2, 20, 2, 19], given: true, signed: false },
      { shape: [1, 4, 3, 5], given: true, signed: true },
      { shape: [3, 2, 2, 4], given: false, signed: false },
    ].map(({ shape, given, signed }) =>
      opCase({
        name: `${form} of [${shape}]${given ? ' with rates and biases' : ''}${signed ? ', signed' : ''}`,
        inputs: {
          x: { shape, low: -3, high: 3 },
          logRate: given ? { shape: shape.slice(2, 3) } : undefined,
          bias: given ? { shape: shape.slice(2) } : undefined,
        },
        run: ({ x, logRate, bias }) => ops.logDecay(x, { form, logRate, bias, scale: 0.8, signed }),
        reference: ({ x, logRate, bias }) =>
          Numbers.build(shape, (...index) => {
            const z = x.at(...index) + (bias ? bias.at(...index.slice(2)) : 0)
            const g = forms[form](z, logRate ? Math.exp(logRate.at(index[2] as number)) : 1, 0.8)
            return signed ? 2 * Math.exp(g) - 1 : g
          }),
      }),
    ),
  ),
)

it('refuses operands that do not fit', () => {
  scope(() => {
    const x = Tensor.zeros([1, 2, 3, 4])
    expect(() => ops.logDecay(x, { logRate: Tensor.zeros([4]) })).toThrow('`logRate` must have shape [3]')
    expect(() => ops.logDecay(x, { bias: Tensor.zeros([3]) })).toThrow('`bias` must have shape [3, 4]')
    expect(() => ops.logDecay(x, { scale: 0 })).toThrow('`scale` must be positive, got 0')
    expect(() => ops.logDecay(Tensor.zeros([2, 3]))).toThrow('`x` must have 3 or 4 dimensions')
  })
})

it('is finite where exponentials are not', () => {
  scope(() => {
    const x = Tensor.from([[[-1000, 1000]]]).requireGradient()
    const g = ops.logDecay(x)
    expect(g.dataSync()).toEqual(Float32Array.of(-0, -1000))
    ops.sum(g).backward()
    expect(x.gradient?.dataSync()).toEqual(Float32Array.of(0, -1))
  })
})
