// Checkpoints of every format give the logits that float64 gives from the same files; what was loaded and is exported
// comes back to the bit.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportModel } from '../../../lib/nn/huggingface/export.ts'
import type { LanguageModel } from '../../../lib/nn/language-model.ts'
import { loadModel, loadModelFile } from '../../../lib/nn/model-file.ts'
import { readSafetensors } from '../../../lib/tensor/safetensors.ts'
import { scope } from '../../../lib/tensor/scope.ts'
import { Tensor, withoutGradients } from '../../../lib/tensor/tensor.ts'
import { checkpointCases } from './cases.ts'
import { type Config, type Dtype, randomTensors, writeCheckpoint } from './checkpoint.ts'
import { float64Logits } from './float64-models.ts'
import { tensorShapes } from './shapes.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parascan-checkpoints-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Longer than a chunk. */
const ids = Array.from({ length: 40 }, (_, t) => (5 * t * t + 2 * t) % 19)

const logits = (model: LanguageModel): Float32Array =>
  scope(() => withoutGradients(() => model.forward(Tensor.fromIndices([ids])).dataSync()))

/** Of the largest logit. */
function largestError(actual: Float32Array, expected: Float64Array): number {
  const size = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  expect(actual.length).toBe(expected.length)
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] ?? 0))), 0) / size
}

let count = 0
async function written(config: Config, options: { dtype?: Dtype; shards?: number } = {}) {
  const path = join(folder, `checkpoint-${count++}`)
  const tensors = randomTensors(tensorShapes(config), 1)
  await writeCheckpoint(path, config, tensors, options)
  return { path, tensors }
}
const load = async (path: string): Promise<LanguageModel> => (await loadModel(path)) as LanguageModel

describe.each(checkpointCases)('%s', (_, config) => {
  test('has the logits that float64 has, at once and token by token', async () => {
    const { path, tensors } = await written(config)
    const model = await load(path)
    const expected = float64Logits(config, tensors, ids)
    expect(largestError(logits(model), expected)).toBeLessThan(5e-5)
    using session = model.session({ maxTokens: ids.length })
    for (const [t, id] of ids.entries())
      expect(largestError(await session.step(id), expected.subarray(19 * t, 19 * t + 19))).toBeLessThan(2e-4)
    model.parameters.dispose()
  })

  test('comes back to the bit from its export, which says the same', async () => {
    const { path } = await written(config)
    const model = await load(path)
    const out = `${path}-exported`
    await exportModel(model, out)
    const again = await load(out)
    expect(again.config).toEqual(model.config)
    expect(logits(again)).toEqual(logits(model))
    const before = await readSafetensors(join(path, 'model.safetensors'))
    const after = await readSafetensors(join(out, 'model.safetensors'))
    const renamed = (name: string): string => name.replace('.g_norm.', '.g_norm_swish_gate.')
    const names = [...before.tensors.keys()]
    const isRwkv = config.model_type === 'rwkv7'
    expect([...after.tensors.keys()].sort()).toEqual(names.map(isRwkv ? String : renamed).sort())
    for (const [name, { shape, bytes }] of before.tensors) {
      const tensor = after.tensors.get(isRwkv ? name : renamed(name))
      expect(tensor?.shape, name).toEqual(shape)
      expect(Buffer.compare(tensor?.bytes as Uint8Array, bytes), name).toBe(0)
    }
    const said = JSON.parse(await readFile(join(out, 'config.json'), 'utf8'))
    for (const key of [
      'model_type',
      'hidden_size',
      'num_hidden_layers',
      'vocab_size',
      'expand_k',
      'expand_v',
    ])
      expect(said[key], key).toEqual(config[key])
    if ('allow_neg_eigval' in config) expect(said.allow_neg_eigval).toBe(config.allow_neg_eigval)
    for (const of of [model, again]) of.parameters.dispose()
  })
})

describe('numbers of 16 bits', () => {
  const config = checkpointCases.find(
    ([name]) => name === 'Gated DeltaNet with grouped values, [-1,1]',
  )?.[1] as Config

  test.each(['BF16', 'F16'] as const)('%s are read as they are', async (dtype) => {
    const [wide, narrow] = [await written(config), await written(config, { dtype })]
    const [expected, actual] = [await load(wide.path), await load(narrow.path)]
    // The random numbers are such that every type holds them.
    expect(logits(actual)).toEqual(logits(expected))
  })

  test('bfloat16 stays what it is where that is asked for; decays, steps and norms are float32', async () => {
    const { path, tensors } = await written(config, { dtype: 'BF16' })
    const model = (await loadModel(path, { weights: 'bfloat16' })) as LanguageModel
    expect(largestError(logits(model), float64Logits(config, tensors, ids))).toBeLessThan(5e-5)
    for (const [{ name }, { dtype }] of model.parameters.entries())
      expect(dtype, name).toBe(/A_log|dt_bias|norm|conv1d/.test(name) ? 'float32' : 'bfloat16')
    await exportModel(model, `${path}-exported`)
    const { tensors: after } = await readSafetensors(join(`${path}-exported`, 'model.safetensors'))
    expect(after.get('model.layers.0.attn.q_proj.weight')?.dtype).toBe('BF16')
    expect(after.get('model.layers.0.attn.A_log')?.dtype).toBe('F32')
    const again = (await loadModel(`${path}-exported`, { weights: 'bfloat16' })) as LanguageModel
    expect(logits(again)).toEqual(logits(model))
  })
})

test('shards are one checkpoint', async () => {
  const config = checkpointCases.find(([name]) => name === 'RWKV-7')?.[1] as Config
  const [one, three] = [await written(config), await written(config, { shards: 3, dtype: 'BF16' })]
  expect(logits(await load(three.path))).toEqual(logits(await load(one.path)))
})

describe('what a folder may have', () => {
  const config = checkpointCases.find(([name]) => name === 'Mamba')?.[1] as Config

  test('the old name of the embeddings, and a tied head that is there all the same', async () => {
    const { path, tensors } = await written(config)
    const expected = logits(await load(path))
    const embeddings = tensors.get('backbone.embeddings.weight') as NonNullable<
      ReturnType<typeof tensors.get>
    >
    tensors.delete('backbone.embeddings.weight')
    tensors.set('backbone.embedding.weight', embeddings).set('lm_head.weight', embeddings)
    await writeCheckpoint(path, config, tensors)
    expect(logits(await load(path))).toEqual(expected)
    tensors.delete('backbone.embedding.weight')
    await writeCheckpoint(path, config, tensors)
    expect(logits(await load(path))).toEqual(expected)
  })

  test('numbers of Python that JSON has not', async () => {
    const wanted = checkpointCases.find(([name]) => name === 'Mamba-2')?.[1] as Config
    const { path } = await written(wanted)
    for (const infinity of ['Infinity', '{"__float__": "Infinity"}']) {
      const limits = `"_name_or_path": "of \\"Infinity\\"", "time_step_limit": [0.0, ${infinity}]`
      await writeFile(join(path, 'config.json'), `{${limits}, ${JSON.stringify(wanted).slice(1)}`)
      expect((await load(path)).config.layers).toHaveLength(2)
    }
  })

  test('a tokenizer, whose path is told', async () => {
    const { path } = await written(config)
    expect((await loadModelFile(path)).tokenizerPath).toBeUndefined()
    await writeFile(join(path, 'tokenizer.json'), '{}')
    expect((await loadModelFile(path)).tokenizerPath).toBe(join(path, 'tokenizer.json'))
  })
})
