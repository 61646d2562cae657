// Training learns, repeats itself, can be stopped, and leaves the event loop free.

import { expect, test } from 'vitest'
import type { Batch } from '../../lib/data/batch.ts'
import { textDataset } from '../../lib/data/text.ts'
import { LanguageModel } from '../../lib/nn/language-model.ts'
import { evaluateLoss } from '../../lib/train/evaluate.ts'
import { train } from '../../lib/train/loop.ts'
import { cosineSchedule } from '../../lib/train/schedule.ts'

const text = new TextEncoder().encode('the quick brown fox jumps over the lazy dog. '.repeat(60))
const data = textDataset('pangram', text, { batch: 4, tokens: 48, seed: 1 })
const small = (seed = 0): LanguageModel =>
  new LanguageModel(
    {
      vocabulary: 256,
      hidden: 32,
      tieEmbeddings: false,
      layers: [
        {
          mixer: {
            kind: 'deltanet',
            heads: 2,
            keyDim: 16,
            valueDim: 16,
            convolution: 4,
            eigenvalues: '[-1,1]',
          },
          mlp: { width: 64 },
        },
      ],
    },
    { seed },
  )

test('a repeating text is learnt', async () => {
  const { losses } = await train(small(), data.train, { steps: 120, learningRate: 5e-3 })
  expect(losses[0]).toBeGreaterThan(4)
  expect(losses.at(-1)).toBeLessThan(0.7)
})

test('the same seed gives the same losses to the bit', async () => {
  const run = () => train(small(7), data.train, { steps: 15 })
  expect((await run()).losses).toEqual((await run()).losses)
})

test.each([
  ['rows', {}],
  ['packed documents', { documents: { separator: '. ' } }],
])('%s in parts train as the whole batch does, up to rounding', async (_, documents) => {
  const { train: batches } = textDataset('pangram', text, { batch: 6, tokens: 32, seed: 1, ...documents })
  const run = (accumulate: number) => train(small(3), batches, { steps: 6, learningRate: 1e-3, accumulate })
  const whole = (await run(1)).losses
  for (const accumulate of [2, 3, 6]) {
    const { losses } = await run(accumulate)
    for (const [i, loss] of losses.entries()) expect(Math.abs(loss - (whole[i] as number))).toBeLessThan(1e-4)
  }
})

test('a packed batch has the loss of its documents alone', async () => {
  const { train: batches } = textDataset('pangram', text, {
    ...{ batch: 3, tokens: 40, seed: 1, documents: { separator: '. ' } },
  })
  const model = small(2)
  const batch = batches(0)
  const starts = batch.cuSeqlens as number[]
  const alone = starts.slice(1).map((end, i): Batch => {
    const part = (all: Int32Array) => all.subarray(starts[i], end)
    return { shape: [1, end - (starts[i] as number)], ids: part(batch.ids), targets: part(batch.targets) }
  })
  expect(alone.length).toBeGreaterThan(4)
  expect(await evaluateLoss(model, [batch])).toBeCloseTo(await evaluateLoss(model, alone), 5)
})

// Instrumented and debug builds are slower by an unbounded factor; the promise is about the one users get.
test.skipIf(process.env.PARASCAN_BUILD)('the event loop is never blocked for more than 50 ms', async () => {
  // A network wide enough that a step takes long: only the enqueueing may happen on this thread.
  const wide = new LanguageModel({
    vocabulary: 256,
    hidden: 192,
    tieEmbeddings: false,
    layers: Array.from({ length: 3 }, () => ({
      mixer: {
        kind: 'mamba' as const,
        inner: 384,
        states: 16,
        dtRank: 12,
        convolution: 4,
        eigenvalues: '[-1,1]' as const,
      },
      mlp: { width: 512 },
    })),
  })
  const batches = textDataset('pangram', text, { batch: 4, tokens: 128, seed: 1 }).train
  // Other work on the machine delays timers too, but not in every one of several attempts; blocking would.
  const attempts: number[] = []
  for (let attempt = 0; attempt < 5 && !(Math.min(...attempts) < 50); attempt++) {
    const training = train(wide, batches, { steps: 6 })
    attempts.push(await longestDelayUntil(training))
  }
  expect(Math.min(...attempts), attempts.join(' ms, ')).toBeLessThan(50)
})

async function longestDelayUntil(end: Promise<unknown>): Promise<number> {
  let ended = false
  end.finally(() => {
    ended = true
  })
  let longest = 0
  while (!ended) {
    const before = performance.now()
    await new Promise((resolve) => setTimeout(resolve, 1))
    longest = Math.max(longest, performance.now() - before - 1)
  }
  return longest
}

test('a signal ends training with its reason, and the network can be trained on', async () => {
  const model = small()
  const controller = new AbortController()
  const reason = new Error('enough')
  const stopped = train(model, data.train, {
    steps: 1000,
    signal: controller.signal,
    onProgress: ({ step }) => {
      if (step === 3) controller.abort(reason)
    },
  })
  await expect(stopped).rejects.toBe(reason)
  expect((await train(model, data.train, { steps: 2 })).steps).toBe(2)
})

test('returning "stop" from `onProgress` ends training early, and nothing else does', async () => {
  const stopped = await train(small(), data.train, {
    steps: 50,
    onProgress: ({ step }) => (step < 4 ? undefined : 'stop'),
  })
  expect(stopped.steps).toBeLessThanOrEqual(5)
  expect((await train(small(), data.train, { steps: 6, onProgress: () => false })).steps).toBe(6)
})

test.each([
  [{ steps: 0 }, '`steps` must be a whole number from 1, got 0'],
  [{ steps: 1, learningRate: -1 }, '`learningRate` must be positive, got -1'],
  [{ steps: 1, accumulate: 0 }, '`accumulate` must be a whole number from 1, got 0'],
  [{ steps: 1, weightDecay: -1 }, '`weightDecay` must not be negative, got -1'],
])('the options %j are refused', async (options, message) => {
  await expect(train(small(), data.train, options)).rejects.toThrow(message)
})

test('the cosine schedule warms up, peaks and decays to its final share', () => {
  const rate = cosineSchedule({ peak: 1, steps: 110, warmup: 10, final: 0.1 })
  expect(rate(0)).toBeCloseTo(0.1)
  expect(rate(9)).toBeCloseTo(1)
  expect(rate(60)).toBeCloseTo(0.55)
  expect(rate(110)).toBeCloseTo(0.1)
})
