// Sub-networks are views of the supernet's weights; extracted ones are equal and independent.

import { afterAll, describe, expect, test } from 'vitest'
import { addon } from '../../lib/native/load.ts'
import type { Architecture, SupernetConfig } from '../../lib/nn/architecture.ts'
import { Supernet } from '../../lib/nn/supernet.ts'
import { architectureSpace, toArchitecture } from '../../lib/pipeline/architecture-space.ts'
import { crossEntropy } from '../../lib/tensor/ops/loss.ts'
import { Random } from '../../lib/tensor/random.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor, withoutGradients } from '../../lib/tensor/tensor.ts'
import { AdamW } from '../../lib/train/optimizer.ts'
import { sandwichStep } from '../../lib/train/sandwich.ts'

const config: SupernetConfig = {
  vocabulary: 13,
  hidden: [8, 12, 16],
  depth: [1, 2, 3],
  mixers: ['deltanet', 'gated-deltanet', 'deltaproduct', 'mamba', 'attention'],
  heads: [1, 2, 3],
  keyDim: 4,
  valueDim: [3, 8],
  householders: [1, 2],
  expand: [1, 2],
  states: 4,
  mlpRatio: [0, 1, 1.5],
  eigenvalues: ['[0,1]', '[-1,1]'],
  convolution: 3,
}
const supernet = new Supernet(config, { seed: 3 })
const space = architectureSpace(config)
const ids = Int32Array.from({ length: 2 * 21 }, (_, i) => (i * i) % 13)
const input = (): Tensor => Tensor.fromIndices(ids, [2, 21])
afterAll(() => supernet.dispose())

function architectures(count: number): Architecture[] {
  const random = new Random(8)
  return Array.from({ length: count }, () => toArchitecture(space.sample(random)))
}

describe('a sub-network', () => {
  test('copies no weights', () => {
    const before = addon.memoryStats().liveBytes
    for (const architecture of architectures(20)) supernet.subnetwork(architecture)
    expect(addon.memoryStats().liveBytes).toBe(before)
  })

  test('has the outputs of the network extracted from it, to 1e-5, for 40 random architectures', () => {
    for (const architecture of architectures(40)) {
      const extracted = supernet.extract(architecture)
      const [shared, alone] = scope(() =>
        withoutGradients(() => [
          supernet.subnetwork(architecture).forward(input()).dataSync(),
          extracted.forward(input()).dataSync(),
        ]),
      ) as [Float32Array, Float32Array]
      const worst = Math.max(...shared.map((value, i) => Math.abs(value - (alone[i] as number))))
      expect(worst, JSON.stringify(architecture)).toBeLessThan(1e-5)
      extracted.parameters.dispose()
    }
  })

  test('has the gradients of the extracted network, and leaves the rest of the weights without any', () => {
    for (const architecture of architectures(10)) {
      const extracted = supernet.extract(architecture)
      scope(() => {
        const targets = Tensor.fromIndices(ids, [2, 21])
        crossEntropy(supernet.subnetwork(architecture).forward(input()), targets).backward()
        crossEntropy(extracted.forward(input()), targets).backward()
        for (const [spec, weight] of extracted.parameters.entries()) {
          const own = weight.gradient?.dataSync() as Float32Array
          let slice = supernet.parameters.tensor(spec.name)
          weight.shape.forEach((size, axis) => {
            slice = slice.narrow(axis, 0, size)
          })
          const shared = slice.gradient?.dataSync() as Float32Array
          expect(
            Math.max(...own.map((value, i) => Math.abs(value - (shared[i] as number)))),
            spec.name,
          ).toBeLessThan(1e-5)
          const whole = supernet.parameters.tensor(spec.name).gradient?.dataSync() as Float32Array
          const nonZero = (values: Float32Array): number => values.filter((value) => value !== 0).length
          expect(nonZero(whole), spec.name).toBe(nonZero(shared))
        }
      })
      addon.clearGradients([...supernet.parameters.entries()].map(([, tensor]) => tensor.handle))
      extracted.parameters.dispose()
    }
  })

  test('larger than the supernet is refused', () => {
    const [architecture] = architectures(1) as [Architecture]
    const network = supernet.subnetwork({ ...architecture, hidden: 20 })
    expect(() => scope(() => network.forward(input()))).toThrow('along axis')
  })
})

test('an extracted network does not follow the supernet', () => {
  const [architecture] = architectures(1) as [Architecture]
  const extracted = supernet.extract(architecture)
  const before = scope(() => withoutGradients(() => extracted.forward(input()).dataSync()))
  using optimizer = new AdamW(supernet.parameters)
  scope(() => {
    crossEntropy(supernet.subnetwork(architecture).forward(input()), input()).backward()
    optimizer.step(0.1)
  })
  expect(scope(() => withoutGradients(() => extracted.forward(input()).dataSync()))).toEqual(before)
  extracted.parameters.dispose()
})

test('a sandwich step trains all its networks at once', () => {
  const fresh = new Supernet(config, { seed: 4 })
  using optimizer = new AdamW(fresh.parameters)
  const [largest, smallest, ...random] = [
    {
      hidden: 16,
      layers: [{ mixer: 'deltanet', heads: 3, valueDim: 8, eigenvalues: '[-1,1]', mlpRatio: 1.5 }],
    },
    { hidden: 8, layers: [{ mixer: 'deltanet', heads: 1, valueDim: 3, eigenvalues: '[0,1]', mlpRatio: 0 }] },
    ...architectures(2),
  ] as [Architecture, Architecture, ...Architecture[]]
  const batch = { shape: [2, 21] as const, ids, targets: Int32Array.from(ids, (id) => (id + 1) % 13) }
  const losses: Float32Array[] = []
  for (let step = 0; step < 60; step++)
    losses.push(
      scope(() => sandwichStep(fresh, { largest, smallest, random }, batch, optimizer, 0.01).dataSync()),
    )
  const [first, last] = [losses[0] as Float32Array, losses.at(-1) as Float32Array]
  expect(last[0]).toBeLessThan(0.3 * (first[0] as number))
  expect(last.every((loss, i) => loss < 0.9 * (first[i] as number))).toBe(true)
  fresh.dispose()
})
