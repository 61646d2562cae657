// Every mixer gives the same outputs in training form, as a prefill in any pieces, and token by token.

import { describe, expect, test } from 'vitest'
import { LanguageModel } from '../../lib/nn/language-model.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor, withoutGradients } from '../../lib/tensor/tensor.ts'
import { mixerCases, networkCases } from './mixers.ts'

const [vocabulary, hidden, tokens] = [11, 16, 70]
const ids = Int32Array.from({ length: tokens }, (_, t) => (7 * t * t + 3 * t) % vocabulary)
/** The bound is 1e-4; float32 reaches this. */
const tolerance = 1e-5

const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? Number.NaN))), 0)

describe.each(networkCases)('%s', (_, config) => {
  const model = new LanguageModel(config, { seed: 5 })
  const trained = (): Float32Array =>
    scope(() => withoutGradients(() => model.forward(Tensor.fromIndices(ids, [1, tokens])))).dataSync()

  test('step by step gives the logits of the training form', async () => {
    const whole = trained()
    using session = model.session({ maxTokens: tokens })
    for (let t = 0; t < tokens; t++) {
      const logits = await session.step(ids[t] as number)
      expect(largestDifference(logits, whole.subarray(t * vocabulary, (t + 1) * vocabulary))).toBeLessThan(
        tolerance,
      )
    }
  })

  test('a prefill in uneven pieces gives the logits of the training form', async () => {
    const whole = trained()
    using session = model.session({ maxTokens: tokens })
    let end = 0
    for (const count of [1, 33, 2, 34]) {
      const logits = await session.prefill(ids.subarray(end, end + count))
      end += count
      expect(
        largestDifference(logits, whole.subarray((end - 1) * vocabulary, end * vocabulary)),
      ).toBeLessThan(tolerance)
    }
  })

  test('sequences of a batch do not see each other', async () => {
    using pair = model.session({ batch: 2, maxTokens: tokens })
    using alone = model.session({ maxTokens: tokens })
    for (let t = 0; t < 12; t++) {
      const other = (ids[t] as number) === 0 ? 1 : 0
      const both = await pair.step([ids[t] as number, other])
      const one = await alone.step(ids[t] as number)
      expect(largestDifference(both.subarray(0, vocabulary), one)).toBeLessThan(tolerance)
    }
  })

  test('a session that was reset repeats itself to the bit', async () => {
    using session = model.session({ maxTokens: tokens })
    const first = await session.prefill(ids)
    await session.step(3)
    session.reset()
    expect(await session.prefill(ids)).toEqual(first)
  })

  test('every parameter receives a gradient', () => {
    scope(() => {
      const logits = model.forward(Tensor.fromIndices(ids, [2, tokens / 2]))
      logits.backward(Tensor.normal(logits.shape, { seed: 6 }))
      for (const [spec, weight] of model.parameters.entries()) {
        const gradient = weight.gradient?.dataSync()
        expect(
          gradient?.some((value) => value !== 0),
          spec.name,
        ).toBe(true)
        expect(gradient?.every(Number.isFinite), spec.name).toBe(true)
      }
    })
  })
})

describe('a session', () => {
  const config = {
    vocabulary,
    hidden,
    tieEmbeddings: true,
    layers: [{ mixer: mixerCases[0]?.[1] as (typeof mixerCases)[0][1], mlp: null }],
  }

  test('holds the same memory after any number of tokens', async () => {
    const { addon } = await import('../../lib/native/load.ts')
    const model = new LanguageModel(config)
    using session = model.session()
    await session.step(1)
    const { liveBytes, liveHandles } = addon.memoryStats()
    const bytes = session.bytes
    for (let t = 0; t < 500; t++) await session.step(t % vocabulary)
    expect(addon.memoryStats()).toMatchObject({ liveBytes, liveHandles })
    expect(session.bytes).toBe(bytes)
  })

  test('of a network that nobody has used yet draws its weights once', async () => {
    const layers = mixerCases.map(([, mixer]) => ({ mixer, mlp: null }))
    const model = new LanguageModel({ ...config, layers }, { seed: 2 })
    using session = model.session()
    const first = await session.step(1)
    const whole = scope(() => withoutGradients(() => model.forward(Tensor.fromIndices([[1]])))).dataSync()
    expect(largestDifference(first, whole)).toBeLessThan(tolerance * layers.length) // rounding adds up
  })

  test('refuses tokens outside the vocabulary and a wrong number of them', async () => {
    using session = new LanguageModel(config).session({ batch: 2 })
    expect(() => session.step([1, vocabulary])).toThrow('`tokens` must be whole numbers in [0, 11), got 11')
    expect(() => session.step([1, 0.5])).toThrow(RangeError)
    expect(() => session.step([1])).toThrow('one token for each of 2 sequences, got 1')
    await expect(session.prefill([1, 2, 3])).rejects.toThrow('equally many tokens for 2 sequences')
  })
})
