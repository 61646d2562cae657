// Sequences packed one behind the other into a batch of one give what each gives alone, and the same gradients.

import { describe, expect, test } from 'vitest'
import { LanguageModel } from '../../lib/nn/language-model.ts'
import { createMixer } from '../../lib/nn/mixers.ts'
import * as ops from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { clearGradients, Tensor } from '../../lib/tensor/tensor.ts'
import { mixerCases, networkCases } from './mixers.ts'

const [vocabulary, hidden, tokens] = [11, 16, 70]
const ids = Int32Array.from({ length: tokens }, (_, t) => (7 * t * t + 3 * t) % vocabulary)
/** The second sequence is empty, the third longer than a chunk. */
const cuSeqlens = [0, 13, 13, 69, 70]
/** Of the largest number that is compared. */
const tolerance = 2e-5

function largestError(actual: Float32Array, expected: Float32Array): number {
  const size = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] ?? 0))), 0) / size
}

describe.each(networkCases)('%s', (_, config) => {
  test('packed sequences are as they are alone, forward and backward', () => {
    const model = new LanguageModel(config, { seed: 5 })
    /** Logits, then the gradient of every weight. */
    const results = (forward: () => Tensor): Float32Array[] =>
      scope(() => {
        const weights = Array.from(model.parameters.entries(), ([, weight]) => weight)
        clearGradients(weights)
        const logits = forward()
        ops.sum(ops.multiply(logits, Tensor.normal(logits.shape, { seed: 8 }))).backward()
        return [logits, ...weights.map((weight) => weight.gradient as Tensor)].map((x) => x.dataSync())
      })
    const packed = results(() =>
      model.forward(Tensor.fromIndices(ids, [1, tokens]), undefined, { cuSeqlens }),
    )
    const alone = results(() => {
      const ranges = cuSeqlens.slice(1).map((end, i) => ids.subarray(cuSeqlens[i], end))
      const parts = ranges.filter((part) => part.length > 0)
      return ops.concat(
        parts.map((part) => model.forward(Tensor.fromIndices(part, [1, part.length]))),
        1,
      )
    })
    const names = ['logits', ...model.specs.map(({ name }) => name)]
    const errors = names.map((name, i) => ({
      name,
      error: largestError(packed[i] as Float32Array, alone[i] as Float32Array),
    }))
    expect(errors.filter(({ error }) => !(error <= tolerance))).toEqual([])
    model.parameters.dispose()
  })
})

describe.each(mixerCases)('%s', (_, mixer) => {
  test('refuses starts that do not fit, and packed sequences with a state', () => {
    scope(() => {
      const layer = createMixer(mixer, hidden)
      const x = Tensor.zeros([1, 9, hidden])
      for (const wrong of [[0, 8], [0, 10], [1, 9], [0, 6, 4, 9], []])
        expect(() => layer.forward(x, undefined, { cuSeqlens: wrong })).toThrow('`cuSeqlens` must')
      const two = Tensor.zeros([2, 9, hidden])
      expect(() => layer.forward(two, undefined, { cuSeqlens: [0, 9] })).toThrow('`cuSeqlens` must')
      const state = layer.createState(1, 9)
      expect(() => layer.forward(x, state, { cuSeqlens: [0, 9] })).toThrow('must not be given with a state')
    })
  })
})
