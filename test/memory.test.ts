// Memory stays where it is over a long training run, also when the caller never lets the event loop turn.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Batch } from '../lib/data/batch.ts'
import { addon, packageRoot } from '../lib/native/load.ts'
import { LanguageModel } from '../lib/nn/language-model.ts'
import { scope } from '../lib/tensor/scope.ts'
import { trainStep } from '../lib/train/loop.ts'
import { AdamW } from '../lib/train/optimizer.ts'

const vocabulary = 16

function batchAt(step: number): Batch {
  const ids = Int32Array.from({ length: 2 * 24 }, (_, i) => (i * i + step) % vocabulary)
  return { shape: [2, 24], ids, targets: ids.map((id) => (id * 5 + 3) % vocabulary) }
}

it('tensors take no more memory after a thousand training steps without a turn of the event loop than after the first', () => {
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
  const measured: { liveBytes: number; liveHandles: number }[] = []
  let loss = Number.NaN
  for (let step = 1; step <= 1000; step++) {
    scope(() => {
      const result = trainStep(model, batchAt(step), optimizer, 1e-3)
      if (step === 1000) loss = result.dataSync()[0] as number
    })
    if (step === 1 || step % 200 === 0) {
      const { liveBytes, liveHandles } = addon.memoryStats()
      measured.push({ liveBytes, liveHandles })
    }
  }
  expect(loss).toBeLessThan(Math.log(vocabulary)) // it did train
  expect(measured).toEqual(measured.map(() => measured[0]))
  optimizer.dispose()
  model.parameters.dispose()
  const { liveBytes, liveHandles } = addon.memoryStats()
  expect({ liveBytes, liveHandles }).toEqual({ liveBytes: before.liveBytes, liveHandles: before.liveHandles })
}, 120_000)

// Sanitizers keep what was freed for a while, to catch its use.
it.skipIf(process.env.PARASCAN_BUILD)(
  'a process that trains a thousand steps more stays within 5 % of its size',
  () => {
    const script = join(packageRoot, 'test/training-memory.mjs')
    const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
    expect(stderr).toBe('')
    const { before, after } = JSON.parse(stdout)
    expect(after).toBeLessThanOrEqual(1.05 * before)
  },
  120_000,
)
