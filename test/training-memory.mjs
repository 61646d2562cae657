// Trains parity by its recipe without ever letting the event loop turn, and prints its resident memory, in bytes, after
// 200 steps and after 1000 more. A process of its own for memory.test.ts: a test runner's heap is larger than all of this.

import { findTask, taskBatches } from '../dist/data/index.js'
import { SequenceClassifier } from '../dist/nn/index.js'
import { scope } from '../dist/tensor/scope.js'
import { AdamW, recipeFor, trainStep, uniformLayers } from '../dist/train/index.js'

// A step leaves some 10 kB of garbage, so it takes V8 some steps to touch its young generation for the first time. Until
// then memory grows by that much, and by nothing else.
const settled = 200
const measured = 1000

const task = findTask('parity')
const { vocabulary, classes } = task
const recipe = recipeFor('task', 'deltanet')
const { hidden, batch, learningRate } = recipe
const layers = uniformLayers('deltanet', { ...recipe, eigenvalues: '[-1,1]' })
const model = new SequenceClassifier({ vocabulary, classes, hidden, layers }, { seed: 0 })
const batches = taskBatches(task, { batch, seed: 0 })
const optimizer = new AdamW(model.parameters)
let before = 0
for (let step = 0; step < settled + measured; step++) {
  if (step === settled) before = process.memoryUsage.rss()
  scope(() => {
    trainStep(model, batches(step), optimizer, learningRate)
  })
}
console.log(JSON.stringify({ before, after: process.memoryUsage.rss() }))
