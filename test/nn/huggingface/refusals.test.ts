// What cannot be loaded says why: all of it at once, by the names in the files.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadModel } from '../../../lib/nn/model-file.ts'
import { checkpointCases } from './cases.ts'
import { type Config, encoded, randomTensors, type Tensors, writeCheckpoint } from './checkpoint.ts'
import { tensorShapes } from './shapes.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'parascan-refusals-'))
})
afterAll(() => rm(root, { recursive: true }))

let count = 0
const folder = (): string => join(root, `folder-${count++}`)
const configOf = (wanted: string): Config => {
  const found = checkpointCases.find(([name]) => name.startsWith(wanted))
  if (!found) throw new Error(`no case is named ${wanted}`)
  return found[1]
}

/** The error of loading a checkpoint that was changed. */
async function errorOf(
  config: Config,
  change: (tensors: Tensors) => void = () => undefined,
  shapesOf: Config = config,
): Promise<{ message: string; code: string }> {
  const path = folder()
  const tensors = randomTensors(tensorShapes(shapesOf), 1)
  change(tensors)
  await writeCheckpoint(path, config, tensors)
  return loadModel(path).then(
    () => expect.fail('it loads'),
    (error) => ({ message: error.message.replace(path, 'folder'), code: error.code }),
  )
}

describe('keys of config.json', () => {
  const attn = { layers: [1], num_heads: 4 }
  test.each<[name: string, key: string, value: unknown, reason: RegExp]>([
    ['DeltaNet', 'qk_norm', 'sum', /`qk_norm` is "sum": queries and keys are divided by their lengths/],
    ['DeltaNet', 'qk_activation', 'relu', /`qk_activation` is "relu"/],
    ['DeltaNet', 'use_beta', false, /`use_beta` is false/],
    ['DeltaNet', 'norm_first', true, /`norm_first` is true/],
    ['DeltaNet', 'conv_bias', true, /`conv_bias` is true/],
    ['DeltaNet', 'hidden_act', 'powlu', /`hidden_act` is "powlu"/],
    ['DeltaNet', 'attn', { ...attn, num_kv_heads: 2 }, /`attn` is \{.*as many key heads as heads/],
    ['DeltaNet', 'attn', { ...attn, qkv_bias: true }, /`attn` is/],
    ['DeltaNet', 'attn', { ...attn, rope_theta: 500000 }, /`attn` is/],
    ['DeltaNet', 'attn', { ...attn, layers: [2] }, /`attn` is/],
    ['DeltaNet', 'attn', { ...attn, qk_norm: true }, /`attn` is/],
    ['DeltaNet', 'allow_neg_eigval', 'yes', /`allow_neg_eigval` must be true or false, got "yes"/],
    ['DeltaNet', 'num_heads', 3, /`hidden_size` times `expand_k` by `num_heads` must be a whole number/],
    ['DeltaNet', 'quantization_config', { bits: 4 }, /nothing here knows `quantization_config`/],
    ['Gated DeltaNet', 'num_v_heads', 3, /`num_v_heads` is 3: it has to be a multiple of the 2/],
    ['Gated DeltaNet', 'attnres_block_size', 4, /`attnres_block_size` is 4/],
    ['Gated DeltaNet', 'hidden_size', undefined, /`hidden_size` is missing/],
    ['Gated DeltaProduct', 'num_v_heads', 4, /`num_v_heads` is 4: the published model reads as many/],
    ['KDA', 'safe_gate', true, /`safe_gate` is true: it needs a `lower_bound`/],
    ['KDA', 'lower_bound', 5, /`lower_bound` is 5: it has to be a number below 0/],
    ['GLA', 'feature_map', 'relu', /`feature_map` is "relu"/],
    ['GLA', 'use_short_conv', true, /`use_short_conv` is true/],
    ['GLA', 'clamp_min', -1, /`clamp_min` is -1/],
    ['GLA', 'num_kv_heads', 1, /`num_kv_heads` is 1/],
    [
      'GLA',
      'gate_logit_normalizer',
      8,
      /`gate_logit_normalizer` is 8: flash-linear-attention computes with 16/,
    ],
    ['GLA', 'rms_norm_eps', 1e-5, /`rms_norm_eps` is 0.00001: `norm_eps`, another name of it, is 0.000001/],
    ['Mamba', 'ssm_cfg', { layer: 'Mamba2' }, /`ssm_cfg` is \{"layer":"Mamba2"\}/],
    ['Mamba', 'intermediate_size', 96, /`intermediate_size` is 96: `hidden_size` times `expand` is 64/],
    ['Mamba', 'rms_norm', false, /`rms_norm` is false/],
    ['Mamba', 'allow_neg_eigval', true, /nothing here knows `allow_neg_eigval`/],
    ['Mamba-2', 'time_step_limit', [0, 0.1], /`time_step_limit` is \[0,0.1\]: step sizes have no bounds/],
    ['Mamba-2', 'num_heads', 4, /`num_heads` is 4: heads of 8 channels have to make the 64/],
    ['Mamba-2 of flash', 'D_has_hdim', true, /`D_has_hdim` is true/],
    ['Mamba-2 of flash', 'norm_before_gate', true, /`norm_before_gate` is true/],
    ['RWKV-7', 'value_dim', 64, /`value_dim` is 64: values are as wide as the model, 32/],
    ['RWKV-7', 'hidden_act', 'relu', /`hidden_act` is "relu"/],
    ['RWKV-7', 'attn', attn, /`attn` is/],
  ])('of %s: `%s` as %j is refused', async (name, key, value, reason) => {
    const config = configOf(name)
    const { message, code } = await errorOf({ ...config, [key]: value }, undefined, config)
    expect(message).toMatch(/^folder cannot be loaded: in its config\.json /)
    expect(message).toMatch(reason)
    expect(code).toBe('ERR_PARASCAN_UNSUPPORTED')
  })

  test('are refused all at once', async () => {
    const config = configOf('DeltaNet')
    const { message } = await errorOf({ ...config, qk_norm: 'sum', use_beta: false, new_key: 1, other: 2 })
    expect(message).toBe(
      'folder cannot be loaded: in its config.json `qk_norm` is "sum": queries and keys are divided by their lengths ' +
        'here; `use_beta` is false: beta is projected here; nothing here knows `new_key`, `other`; remove what changes ' +
        'nothing the model computes',
    )
  })

  test.each([
    [{ model_type: 'llama' }, /`model_type` "llama"; it may be delta_net, gated_deltanet, /],
    [{ d_model: 768 }, /no `model_type`/],
  ])('of another model are refused: %j', async (config, reason) => {
    const { message, code } = await errorOf(config, undefined, configOf('DeltaNet'))
    expect({ message, code }).toEqual({
      message: expect.stringMatching(reason),
      code: 'ERR_PARASCAN_UNSUPPORTED',
    })
  })
})

describe('tensors', () => {
  test('that are missing, unexpected, misshapen or of whole numbers are told all at once', async () => {
    const { message, code } = await errorOf(configOf('Gated DeltaNet'), (tensors) => {
      tensors.delete('model.norm.weight')
      tensors.delete('model.layers.1.attn.A_log')
      tensors.set('model.layers.0.attn.extra', { shape: [1], values: new Float64Array(1) })
      tensors.set('model.layers.0.attn.q_proj.weight', { shape: [2, 3], values: new Float64Array(6) })
    })
    expect(message).toBe(
      'folder cannot be loaded: "model.layers.0.attn.q_proj.weight" has shape [2,3], expected [16,32]; ' +
        '"model.layers.1.attn.A_log" is missing; "model.norm.weight" is missing; ' +
        '"model.layers.0.attn.extra" is not expected',
    )
    expect(code).toBe('ERR_PARASCAN_FORMAT')
  })

  test('that old files of Gated DeltaNet carry along are no error', async () => {
    const path = folder()
    const config = configOf('Gated DeltaNet')
    const tensors = randomTensors(tensorShapes(config), 1)
    tensors.set('model.layers.0.attn.D', { shape: [4], values: new Float64Array(4) })
    await writeCheckpoint(path, config, tensors)
    await loadModel(path)
  })

  test('of a head that is tied and another', async () => {
    const { message } = await errorOf(configOf('Mamba'), (tensors) => {
      const { shape, values } = tensors.get('backbone.embeddings.weight') ?? expect.fail()
      tensors.set('lm_head.weight', { shape, values: values.map((value) => value + 1) })
    })
    expect(message).toContain(
      '"lm_head.weight" is not "backbone.embeddings.weight", though `tie_word_embeddings`',
    )
  })
})

describe('files', () => {
  const loadError = (path: string): Promise<{ message: string; code: string }> =>
    loadModel(path).then(
      () => expect.fail('it loads'),
      (error) => ({ message: error.message.replaceAll(root, ''), code: error.code }),
    )
  const config = configOf('RWKV-7')
  const index = 'model.safetensors.index.json'

  test('pickles are refused with the reason and what to do', async () => {
    const path = folder()
    await mkdir(path)
    await writeFile(join(path, 'config.json'), '{"d_model": 768}')
    await writeFile(join(path, 'pytorch_model.bin'), 'code')
    for (const asked of [path, join(path, 'pytorch_model.bin')]) {
      const { message, code } = await loadError(asked)
      expect(message).toMatch(
        /pytorch_model\.bin is a pickle, which runs code when it is read.*safe_serialization/,
      )
      expect(code).toBe('ERR_PARASCAN_PICKLE')
    }
  })

  test.each([
    ['nothing', {}, 'it has no config.json'],
    ['only a configuration', { 'config.json': JSON.stringify(config) }, 'neither model.safetensors nor'],
    ['a configuration that is none', { 'config.json': '{"a": ' }, 'its config.json is not JSON'],
    ['a list for a configuration', { 'config.json': '[1]' }, 'its config.json holds no object'],
    ['an index without a map', { 'config.json': '{}', [index]: '{"weight_map": 5}' }, 'has no `weight_map`'],
    [
      'shards elsewhere',
      { 'config.json': '{}', [index]: '{"weight_map": {"a": "../other/model.safetensors"}}' },
      'names "../other/model.safetensors", which is no safetensors file of the folder',
    ],
    [
      'shards that are missing',
      { 'config.json': '{}', [index]: '{"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}' },
      'names files that are missing: 1.safetensors, 2.safetensors',
    ],
  ])('a folder with %s', async (_, files, reason) => {
    const path = folder()
    await mkdir(path)
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
    const { message, code } = await loadError(path)
    expect(message).toContain(reason)
    expect(code).toBe('ERR_PARASCAN_FORMAT')
  })

  test('an index that does not agree with its shards', async () => {
    const path = folder()
    await writeCheckpoint(path, config, randomTensors(tensorShapes(config), 1), { shards: 2 })
    const said = JSON.parse(await readFile(join(path, index), 'utf8'))
    const [name, shard] = Object.entries(said.weight_map)[0] as [string, string]
    const other = shard.replace('00001-of', '00002-of')
    await writeFile(
      join(path, index),
      JSON.stringify({ weight_map: { ...said.weight_map, [name]: other, ghost: shard } }),
    )
    const { message } = await loadError(path)
    expect(message).toContain(`"${name}" is not in ${other}, where the index says it is`)
    expect(message).toContain(`"ghost" is not in ${shard}`)
  })

  test('a file that was cut off', async () => {
    const path = folder()
    const tensors = randomTensors(tensorShapes(config), 1)
    await writeCheckpoint(path, config, tensors)
    const whole = encoded(tensors, 'F32')
    for (const length of [0, 7, 100, whole.length - 1]) {
      await writeFile(join(path, 'model.safetensors'), whole.subarray(0, length))
      expect((await loadError(path)).code, `${length} bytes`).toBe('ERR_PARASCAN_FORMAT')
    }
  })
})
