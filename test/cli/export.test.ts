// A model that was trained here becomes a folder, and a folder is taken wherever a model file is.

import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bytePairs } from '../data/byte-pairs.ts'
import { parascan } from './terminal.ts'

let root = ''
let text = ''
let model = ''
let folder = ''

const json = async (...words: string[]) => {
  const { status, out, err } = await parascan([...words, '--json'])
  expect(status, err).toBe(0)
  return JSON.parse(out)
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'parascan-export-'))
  text = join(root, 'text.txt')
  model = join(root, 'model.safetensors')
  folder = join(root, 'folder')
  await writeFile(text, 'A line that says little.\n'.repeat(300))
  const small = ['--hidden', '16', '--layers', '1', '--heads', '2', '--batch', '4', '--steps', '10']
  await json('train', text, '--model', 'gated-deltanet', '--eigenvalues', '[-1,1]', ...small, '--out', model)
  expect(await json('export', model, '--format', 'huggingface', '--out', folder)).toMatchObject({
    model,
    out: folder,
    format: 'huggingface',
    weights: 'float32',
  })
})
afterAll(() => rm(root, { recursive: true }))

test('evaluate, generate and profile take the folder for the model', async () => {
  const { loss } = await json('evaluate', model, text)
  expect((await json('evaluate', folder, text)).loss).toBe(loss)
  const words = ['--prompt', 'A ', '--tokens', '8']
  expect((await json('generate', folder, ...words)).text).toBe((await json('generate', model, ...words)).text)
  expect((await json('profile', folder, '--tokens', '16')).parameters).toBeGreaterThan(0)
  expect(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))).toMatchObject({
    model_type: 'gated_deltanet',
    allow_neg_eigval: true,
    torch_dtype: 'float32',
  })
})

test('an export of a folder takes its tokenizer along, and may be of 16 bits', async () => {
  const source = join(root, 'source')
  await cp(folder, source, { recursive: true })
  await writeFile(join(source, 'tokenizer.json'), '{}')
  const out = join(root, 'narrow')
  const { status, out: said } = await parascan(['export', source, '--out', out, '--weights', 'bfloat16'])
  expect({ status, said }).toEqual({
    status: 0,
    said: expect.stringMatching(
      /^language model, 16 wide, gated-deltanet \[-1,1\], [\d,]+ parameters; saved .*narrow\n$/,
    ),
  })
  expect((await readdir(out)).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json'])
})

test('the tokenizer in a folder is the one that is spoken', async () => {
  const source = join(root, 'pairs')
  const tokenizer = join(root, 'tokenizer.json')
  await writeFile(tokenizer, JSON.stringify(bytePairs('A line that says little.\n', 12)))
  const trained = join(root, 'pairs.safetensors')
  const small = ['--hidden', '16', '--layers', '1', '--heads', '2', '--batch', '4', '--steps', '10']
  await json('train', text, '--tokenizer', tokenizer, '--model', 'deltanet', ...small, '--out', trained)
  await json('export', trained, '--out', source)
  await cp(tokenizer, join(source, 'tokenizer.json'))
  const words = ['--prompt', 'A line', '--tokens', '20', '--seed', '3']
  const { text: told } = await json('generate', trained, ...words)
  expect(await json('generate', source, ...words)).toMatchObject({ text: told })
  const { score } = await json('evaluate', trained, text)
  expect((await json('evaluate', source, text)).score).toEqual(score)
})

describe('one line says', () => {
  const failure = async (...words: string[]) => {
    const { status, out, err } = await parascan(words)
    expect(out).toBe('')
    expect(err).toMatch(/^parascan: [^\n]*\n$/)
    return { status, err: err.replaceAll(root, '') }
  }

  test('that a folder has no model, or what is wrong with it', async () => {
    expect((await failure('generate', root)).err).toBe('parascan:  cannot be loaded: it has no config.json\n')
    const damaged = join(root, 'damaged')
    await cp(folder, damaged, { recursive: true })
    const config = JSON.parse(await readFile(join(damaged, 'config.json'), 'utf8'))
    await writeFile(
      join(damaged, 'config.json'),
      JSON.stringify({ ...config, use_gate: false, num_hidden_layers: 2 }),
    )
    const { status, err } = await failure('evaluate', damaged, text)
    expect(status).toBe(1)
    expect(err).toContain('"model.layers.1.attn_norm.weight" is missing; ')
    expect(err).toContain('"model.layers.0.attn.g_proj.weight" is not expected')
  })

  test('that the vocabulary is another', async () => {
    const other = join(root, 'other')
    await cp(folder, other, { recursive: true })
    const config = JSON.parse(await readFile(join(other, 'config.json'), 'utf8'))
    await writeFile(join(other, 'config.json'), JSON.stringify({ ...config, vocab_size: 300 }))
    const { err } = await failure('generate', other)
    expect(err).toContain('"model.embeddings.weight" has shape [256,16], expected [300,16]')
  })

  test('that a pickle is none of its business', async () => {
    await writeFile(join(root, 'pytorch_model.bin'), 'code')
    expect(await failure('evaluate', join(root, 'pytorch_model.bin'), text)).toEqual({
      status: 1,
      err: expect.stringContaining('is a pickle, which runs code'),
    })
  })

  test('what cannot be exported, where, and as what', async () => {
    expect((await failure('export', model, '--out', folder)).err).toContain('a folder that is not empty')
    expect((await failure('export', model)).status).toBe(2)
    expect(await failure('export', model, '--out', join(root, 'gguf'), '--format', 'gguf')).toEqual({
      status: 2,
      err: 'parascan: `--format` must be one of huggingface, got "gguf"\n',
    })
    const out = join(root, 'xlstm.safetensors')
    const small = ['--hidden', '16', '--layers', '1', '--heads', '2', '--steps', '1', '--batch', '2']
    await json('train', text, '--model', 'mlstm', ...small, '--out', out)
    expect((await failure('export', out, '--out', join(root, 'xlstm'))).err).toContain('no format for mlstm')
  })
})
