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
import { relativeError } from '../ops/numbers.ts'
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

describe('weights in bfloat16', () => {
  const path = (): string => join(folder, 'narrow.safetensors')
  const saved = async (): Promise<LanguageModel> => {
    const model = new LanguageModel({ ...config, tieEmbeddings: true }, { seed: 1 })
    await saveModel(model, path())
    return model
  }
  const ids = [[1, 2, 3, 8, 0]]
  const step = async (model: LanguageModel): Promise<Float32Array> => {
    using session = model.session()
    for (const id of ids[0]?.slice(0, -1) ?? []) await session.step(id)
    return await session.step(0)
  }

  test('are the matrices of every mixer; norms, biases, decays and taps stay float32', async () => {
    await saved()
    const model = await loadModel(path(), { weights: 'bfloat16' })
    const types = new Map(Array.from(model.parameters.entries(), ([spec, tensor]) => [spec, tensor.dtype]))
    for (const [spec, type] of types)
      expect(type, spec.name).toBe(
        spec.dims.length === 2 && !/A_log|bias|norm|r_k/.test(spec.name) ? 'bfloat16' : 'float32',
      )
    expect(model.parameterBytes).toBeLessThan(0.6 * 4 * model.parameterCount)
  })

  test('give logits near those of float32, in prefill and step', async () => {
    const wide = await saved()
    const narrow = (await loadModel(path(), { weights: 'bfloat16' })) as LanguageModel
    // A weight is rounded by 2⁻⁹ at most; two dozen layers of random weights add up.
    expect(relativeError(logits(narrow), logits(wide))).toBeLessThan(0.05)
    // As many layers round in other places when they go step by step.
    expect(relativeError(await step(narrow), logits(narrow).slice(-config.vocabulary))).toBeLessThan(5e-5)
  })

  test('come back to the bit, and as float32 unless asked otherwise', async () => {
    await saved()
    const model = await loadModel(path(), { weights: 'bfloat16' })
    const again = join(folder, 'again.safetensors')
    await saveModel(model, again)
    const { tensors } = await readSafetensors(again)
    expect(tensors.get('embeddings.weight')?.dtype).toBe('BF16')
    expect(tensors.get('norm.weight')?.dtype).toBe('F32')
    expect(logits(await loadModel(again, { weights: 'bfloat16' }))).toEqual(logits(model))
    const widened = await loadModel(again)
    expect([...widened.parameters.entries()].every(([, tensor]) => tensor.dtype === 'float32')).toBe(true)
    expect(relativeError(logits(widened), logits(model))).toBeLessThan(1e-5)
  })

  test('are refused where gradients are recorded, and under another name', async () => {
    await saved()
    const model = await loadModel(path(), { weights: 'bfloat16' })
    expect(() => scope(() => model.forward(Tensor.fromIndices(ids)))).toThrow('infer in `withoutGradients`')
    await expect(loadModel(path(), { weights: 'float16' as 'bfloat16' })).rejects.toThrow(
      '`weights` must be one of float32, bfloat16, got "float16"',
    )
  })
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
