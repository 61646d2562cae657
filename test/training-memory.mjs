// Trains a small network without ever letting the event loop turn, and prints its resident memory, in bytes, after
// 2000 steps and after 1000 more. A process of its own for memory.test.ts, under Node's defaults: a test runner's heap
// is larger than all of this.

import { LanguageModel } from '../dist/nn/index.js'
import { scope } from '../dist/tensor/scope.js'
import { AdamW, trainStep } from '../dist/train/index.js'

// A step leaves some 20 kB of garbage, so it takes V8 this long to touch its young generation, twice 16 MB at most, for
// the first time. Until then memory grows by that much, and by nothing else.
const settled = 2000
const measured = 1000
const vocabulary = 16

const batchAt = (/** @type {number} */ step) => {
  const ids = Int32Array.from({ length: 2 * 24 }, (_, i) => (i * i + step) % vocabulary)
  return { shape: [2, 24], ids, targets: ids.map((id) => (id * 5 + 3) % vocabulary) }
}

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
let before = 0
for (let step = 1; step <= settled + measured; step++) {
  scope(() => {
    trainStep(model, batchAt(step), optimizer, 1e-3)
  })
  if (step === settled) before = process.memoryUsage.rss()
}
console.log(JSON.stringify({ before, after: process.memoryUsage.rss() }))
