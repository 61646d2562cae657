// Models survive a file, and a damaged file is an error that says what is wrong.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LanguageModel } from '../../lib/nn/language-model.ts'
import { loadModel, loadModelFile, saveModel } from '../../lib/nn/model-file.ts'
import { SequenceClassifier } from '../../lib/nn/sequence-classifier.ts'
import { readSafetensors, writeSafetensors } from '../../lib/tensor/safetensors.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor, withoutGradients } from '../../lib/tensor/tensor.ts'
import { mixerCases } from './mixers.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parascan-'))
})
afterAll(() => rm(folder, { recursive: true }))

const config = {
  vocabulary: 9,
  hidden: 16,
  layers: mixerCases.map(([, mixer], i) => ({ mixer, mlp: i % 2 ? { width: 8 } : null })),
}
const logits = (model: LanguageModel | SequenceClassifier): Float32Array =>
  scope(() => withoutGradients(() => model.forward(Tensor.fromIndices([[1, 2, 3, 8, 0]])).dataSync()))

test.each([
  ['a language model', () => new LanguageModel({ ...config, tieEmbeddings: true }, { seed: 1 })],
  ['a classifier', () => new SequenceClassifier({ ...config, classes: 3 }, { seed: 1 })],
])('%s of every mixer comes back to the bit', async (_, make) => {
  const path = join(folder, 'model.safetensors')
  const model = make()
  await saveModel(model, path, { note: 'kept' })
  const { model: loaded, notes } = await loadModelFile(path)
  expect(loaded.config).toEqual(model.config)
  expect(notes.note).toBe('kept')
  expect(logits(loaded)).toEqual(logits(model))
})

describe('a file that does not fit', () => {
  test('lists every difference at once', async () => {
    const path = join(folder, 'odd.safetensors')
    await saveModel(new LanguageModel({ ...config, tieEmbeddings: true }), path)
    const file = await readSafetensors(path)
    file.tensors.delete('norm.weight')
    file.tensors.set('extra', { dtype: 'F32', shape: [1], bytes: new Uint8Array(4) })
    file.tensors.set('embeddings.weight', { dtype: 'F32', shape: [1, 1], bytes: new Uint8Array(4) })
    await writeSafetensors(path, file)
    await expect(loadModel(path)).rejects.toThrow(
      /"embeddings.weight" has shape \[1,1\], expected \[9,16\]; "norm.weight" is missing; "extra" is not expected/,
    )
  })

  test('cut off anywhere is refused with its name', async () => {
    const path = join(folder, 'cut.safetensors')
    await saveModel(new LanguageModel({ ...config, tieEmbeddings: true }), path)
    const whole = await readFile(path)
    for (const length of [0, 7, 8, 100, 5000, whole.length - 1]) {
      await writeFile(path, whole.subarray(0, length))
      await expect(loadModel(path), `${length} bytes`).rejects.toMatchObject({ code: 'ERR_PARASCAN_FORMAT' })
    }
  })

  test('without a configuration is refused', async () => {
    const path = join(folder, 'bare.safetensors')
    await writeSafetensors(path, { metadata: {}, tensors: new Map() })
    await expect(loadModel(path)).rejects.toThrow('its metadata has no `config`')
    await writeSafetensors(path, { metadata: { config: '{"kind":"language-model"}' }, tensors: new Map() })
    await expect(loadModel(path)).rejects.toThrow('`config` is wrong at vocabulary')
  })
})
