// Networks that have learned parity know it on every path: in training form, as packed sequences, in sessions by prompt
// and by step, saved and loaded, and taken out of a supernet. Where a path loses the range of eigenvalues in silence,
// their answers are no better than chance.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findTask, taskBatches, testBatches } from '../../lib/data/index.ts'
import { loadModel, saveModel } from '../../lib/nn/model-file.ts'
import { SequenceClassifier } from '../../lib/nn/sequence-classifier.ts'
import type { SequenceNetwork } from '../../lib/nn/sequence-network.ts'
import { Session } from '../../lib/nn/session.ts'
import { Supernet } from '../../lib/nn/supernet.ts'
import { stateTrackingRecipe, variantLayers } from '../../lib/pipeline/state-tracking/recipes.ts'
import { trainOnTask } from '../../lib/pipeline/state-tracking/train-cell.ts'
import { variantsOf } from '../../lib/pipeline/state-tracking/variants.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor, withoutGradients } from '../../lib/tensor/tensor.ts'
import { argmax, evaluateAccuracy } from '../../lib/train/evaluate.ts'
import { trainStep } from '../../lib/train/loop.ts'
import { AdamW } from '../../lib/train/optimizer.ts'

const task = findTask('parity')
const recipe = stateTrackingRecipe(task, 'small')
const length = 64
const tested = testBatches(task, length).slice(0, 2)
const [strings] = tested
if (!strings) throw new Error('there are strings to test')
const [count] = strings.shape
const answers = Array.from({ length: count }, (_, row) => strings.targets[(row + 1) * length - 1])

const shareRight = (answered: (row: number) => number): number =>
  answers.filter((answer, row) => answered(row) === answer).length / count
const largest = (logits: Float32Array, row: number, classes: number): number =>
  argmax(logits.subarray(row * classes, (row + 1) * classes))

/** Accuracies of a network on all of its paths. */
async function accuracies(network: SequenceNetwork): Promise<Record<string, number>> {
  const classes = network.outputs
  using session = new Session(network, { batch: count })
  const prompted = await session.prefill(strings?.ids ?? [])
  session.reset()
  let stepped = new Float32Array()
  for (let t = 0; t < length; t++)
    stepped = new Float32Array(
      await session.step(Int32Array.from(answers, (_, row) => strings?.ids[row * length + t] ?? 0)),
    )
  const cuSeqlens = Array.from({ length: count + 1 }, (_, row) => row * length)
  using logits = scope(() =>
    withoutGradients(() =>
      network.forward(Tensor.fromIndices(strings?.ids ?? [], [1, count * length]), undefined, { cuSeqlens }),
    ),
  )
  const packed = await logits.data()
  return {
    'training form': await evaluateAccuracy(network, tested),
    'packed sequences': shareRight((row) => largest(packed, (row + 1) * length - 1, classes)),
    prefill: shareRight((row) => largest(prompted, row, classes)),
    steps: shareRight((row) => largest(stepped, row, classes)),
  }
}

function expectAll(found: Record<string, number>, judge: (accuracy: number) => boolean): void {
  for (const [path, accuracy] of Object.entries(found))
    expect(judge(accuracy), `${path}: ${accuracy}`).toBe(true)
}
const learned = (accuracy: number): boolean => accuracy === 1
const guessed = (accuracy: number): boolean => accuracy < 0.75

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parascan-range-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe.each(['deltanet', 'mamba'] as const)('%s', (kind) => {
  const classifier = (eigenvalues: '[0,1]' | '[-1,1]'): SequenceClassifier => {
    const variant = variantsOf([kind]).find((other) => other.eigenvalues === eigenvalues)
    if (!variant) throw new Error(`${kind} has both ranges`)
    const { vocabulary, classes } = task
    return new SequenceClassifier({
      vocabulary,
      classes,
      hidden: recipe.hidden,
      layers: variantLayers(variant, recipe),
    })
  }
  const wide = classifier('[-1,1]')
  afterAll(() => wide.parameters.dispose())

  test('[-1,1] learns parity, and knows it on every path', { timeout: 60_000 }, async () => {
    await trainOnTask(wide, task, recipe, { seed: 0 })
    expectAll(await accuracies(wide), learned)
  })

  test('saved and loaded, it knows it still', async () => {
    const path = join(folder, `${kind}.safetensors`)
    await saveModel(wide, path)
    const loaded = await loadModel(path)
    expectAll(await accuracies(loaded), learned)
    loaded.parameters.dispose()
  })

  test('the same weights guess where the range is lost', async () => {
    const narrow = classifier('[0,1]')
    for (const [spec, tensor] of wide.parameters.entries())
      narrow.parameters.tensor(spec.name).write(tensor.dataSync())
    expectAll(await accuracies(narrow), guessed)
    narrow.parameters.dispose()
  })

  test('[0,1] does not learn it in as many steps', { timeout: 60_000 }, async () => {
    const narrow = classifier('[0,1]')
    await trainOnTask(narrow, task, { ...recipe, steps: 300 }, { seed: 0 })
    expectAll(await accuracies(narrow), guessed)
    narrow.parameters.dispose()
  })

  test('learned as part of a supernet, it is known there and taken out', { timeout: 60_000 }, async () => {
    const supernet = new Supernet({
      ...{
        vocabulary: task.vocabulary,
        hidden: [32, 48],
        depth: [1],
        mixers: [kind],
        heads: [1, 2],
        keyDim: 16,
      },
      ...{ valueDim: [16, 24], householders: [1], expand: [2, 3], states: 16, mlpRatio: [0] },
      ...{ eigenvalues: ['[0,1]', '[-1,1]'], convolution: 1 },
    })
    const choice = kind === 'mamba' ? { expand: 2 } : { heads: 2, valueDim: 16 }
    const architecture = (eigenvalues: '[0,1]' | '[-1,1]') => ({
      hidden: 32,
      layers: [{ mixer: kind, ...choice, eigenvalues, mlpRatio: 0 }],
    })
    using optimizer = new AdamW(supernet.parameters, { weightDecay: 0, eps: recipe.eps })
    const batches = taskBatches(task, { batch: recipe.batch, seed: 0, curriculum: 300 })
    const part = supernet.subnetwork(architecture('[-1,1]'))
    for (let step = 0; step < 500; step++) {
      using loss = trainStep(part, batches(step), optimizer, recipe.learningRate * Math.min(1, step / 50))
      await loss.data()
    }
    const extracted = supernet.extract(architecture('[-1,1]'))
    expectAll(await accuracies(part), learned)
    expectAll(await accuracies(extracted), learned)
    expectAll(await accuracies(supernet.subnetwork(architecture('[0,1]'))), guessed)
    extracted.parameters.dispose()
    supernet.dispose()
  })
})
