// The optimizer as a thing that is saved and goes on.

import { expect, test } from 'vitest'
import { ParameterStore } from '../../lib/nn/parameter.ts'
import { multiply, sum } from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { AdamW } from '../../lib/train/optimizer.ts'

const weights = (): ParameterStore =>
  new ParameterStore([
    {
      name: 'weight',
      dims: [[{ name: 'hidden', size: 8 }]],
      initialiser: { kind: 'normal', deviation: 1 },
      weightDecay: true,
    },
  ]).initialise(3)

function step(store: ParameterStore, optimizer: AdamW): void {
  scope(() => {
    const weight = store.tensor('weight')
    sum(multiply(weight, weight)).backward()
    optimizer.step(0.1)
  })
}

test('with its moments and steps restored, another optimizer goes on to the same bits', () => {
  const store = weights()
  const optimizer = new AdamW(store)
  for (let i = 0; i < 3; i++) step(store, optimizer)
  const saved = {
    weight: store.tensor('weight').dataSync(),
    moments: new Map(Array.from(optimizer.moments, ([name, tensor]) => [name, tensor.dataSync()])),
    steps: optimizer.steps,
  }
  step(store, optimizer)

  const others = weights()
  others.tensor('weight').write(saved.weight)
  const other = new AdamW(others)
  other.restore(saved.steps, (name) => saved.moments.get(name) as Float32Array)
  step(others, other)
  expect(others.tensor('weight').dataSync()).toEqual(store.tensor('weight').dataSync())
  expect(other.steps).toBe(4)

  const fresh = weights()
  fresh.tensor('weight').write(saved.weight)
  const forgetful = new AdamW(fresh)
  step(fresh, forgetful)
  expect(fresh.tensor('weight').dataSync()).not.toEqual(store.tensor('weight').dataSync())
  for (const owner of [store, others, fresh]) owner.dispose()
  for (const each of [optimizer, other, forgetful]) each.dispose()
})
