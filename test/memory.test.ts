// Memory stays where it is over a long training run, also when the caller never lets the event loop turn.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import type { Batch } from '../lib/data/batch.ts'
import { addon } from '../lib/native/load.ts'
import { LanguageModel } from '../lib/nn/language-model.ts'
import { scope } from '../lib/tensor/scope.ts'
import { trainStep } from '../lib/train/loop.ts'
import { AdamW } from '../lib/train/optimizer.ts'

const vocabulary = 16

function batchAt(step: number): Batch {
  const ids = Int32Array.from({ length: 2 * 24 }, (_, i) => (i * i + step) % vocabulary)
  return { shape: [2, 24], ids, targets: ids.map((id) => (id * 5 + 3) % vocabulary) }
}

// V8's young generation grows while a program runs, by megabytes that have nothing to do with tensors but are more than
// the bound in a process as small as this one. Collections keep it small, and are no turn of the event loop.
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

it('a thousand training steps without a turn of the event loop take no more memory than two hundred', () => {
  const before = addon.memoryStats()
  const mlp = { width: 32 }
  const eigenvalues = '[-1,1]'
  const model = new LanguageModel(
    {
      vocabulary,
      hidden: 16,
      tieEmbeddings: false,
      layers: [
        {
          mixer: { kind: 'gated-deltanet', heads: 2, keyDim: 8, valueDim: 8, convolution: 4, eigenvalues },
          mlp,
        },
        { mixer: { kind: 'mamba', inner: 32, states: 8, dtRank: 1, convolution: 4, eigenvalues }, mlp },
        { mixer: { kind: 'attention', heads: 2, headDim: 8, window: 0 }, mlp: null },
      ],
    },
    { seed: 1 },
  )
  const optimizer = new AdamW(model.parameters)
  const measured: { rss: number; liveBytes: number; liveHandles: number }[] = []
  let loss = Number.NaN
  for (let step = 1; step <= 1000; step++) {
    scope(() => {
      const result = trainStep(model, batchAt(step), optimizer, 1e-3)
      if (step === 1000) loss = result.dataSync()[0] as number
    })
    if (step % 20 === 0) collectGarbage()
    if (step % 200 === 0) {
      const { liveBytes, liveHandles } = addon.memoryStats()
      measured.push({ rss: process.memoryUsage.rss(), liveBytes, liveHandles })
    }
  }
  expect(loss).toBeLessThan(Math.log(vocabulary)) // it did train
  const [early, late] = [measured[0], measured.at(-1)]
  expect(measured.map(({ liveBytes }) => liveBytes)).toEqual(measured.map(() => early?.liveBytes))
  expect(measured.map(({ liveHandles }) => liveHandles)).toEqual(measured.map(() => early?.liveHandles))
  // Sanitizers keep what was freed for a while, to catch its use.
  if (!process.env.PARASCAN_BUILD) expect(late?.rss).toBeLessThanOrEqual(1.05 * (early?.rss ?? 0))
  optimizer.dispose()
  model.parameters.dispose()
  const { liveBytes, liveHandles } = addon.memoryStats()
  expect({ liveBytes, liveHandles }).toEqual({ liveBytes: before.liveBytes, liveHandles: before.liveHandles })
}, 120_000)
