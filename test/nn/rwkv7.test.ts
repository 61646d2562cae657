// The layers of RWKV-7 after the first mix their values with the first one's, which the network hands on.

import { expect, test } from 'vitest'
import { LanguageModel } from '../../lib/nn/language-model.ts'
import type { Rwkv7Config } from '../../lib/nn/mixers/rwkv7.ts'
import { createMixer } from '../../lib/nn/mixers.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor, withoutGradients } from '../../lib/tensor/tensor.ts'

const mixer = (valueResidual: boolean): Rwkv7Config => ({
  kind: 'rwkv7',
  ...{ heads: 2, headDim: 8, decayRank: 3, rateRank: 2, gateRank: 4 },
  valueResidual,
})
const network = (second: boolean): LanguageModel =>
  new LanguageModel(
    {
      vocabulary: 7,
      hidden: 16,
      tieEmbeddings: false,
      layers: [false, second].map((residual) => ({ mixer: mixer(residual), mlp: null })),
    },
    { seed: 3 },
  )
const ids = Int32Array.from({ length: 40 }, (_, t) => (t * t + 2 * t) % 7)

test('a value residual changes the outputs, in steps as in training form', async () => {
  const model = network(true)
  const forward = (of: LanguageModel): Float32Array =>
    scope(() => withoutGradients(() => of.forward(Tensor.fromIndices(ids, [1, ids.length])))).dataSync()
  const whole = forward(model)
  expect(whole).not.toEqual(forward(network(false)))
  using session = model.session()
  for (let t = 0; t < ids.length; t++) {
    const logits = await session.step(ids[t] as number)
    logits.forEach((logit, i) => {
      expect(Math.abs(logit - (whole[t * 7 + i] as number))).toBeLessThan(1e-5)
    })
  }
})

test('its weights receive gradients', () => {
  scope(() => {
    const model = network(true)
    const logits = model.forward(Tensor.fromIndices(ids, [1, ids.length]))
    logits.backward(Tensor.normal(logits.shape, { seed: 6 }))
    for (const [spec, weight] of model.parameters.entries())
      if (spec.name.includes('v_lora'))
        expect(
          weight.gradient?.dataSync().some((value) => value !== 0),
          spec.name,
        ).toBe(true)
  })
})

test('a layer that needs the values of an earlier one says so', () => {
  scope(() => {
    const layer = createMixer(mixer(true), 16)
    expect(() => layer.forward(Tensor.zeros([1, 2, 16]))).toThrow('values of an earlier RWKV-7 layer')
  })
})
