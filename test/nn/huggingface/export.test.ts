// What cannot be exported says why, and an export appears whole or not at all.

import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportModel } from '../../../lib/nn/huggingface/export.ts'
import { LanguageModel } from '../../../lib/nn/language-model.ts'
import type { MixerConfig } from '../../../lib/nn/mixers.ts'
import { loadModel } from '../../../lib/nn/model-file.ts'
import { SequenceClassifier } from '../../../lib/nn/sequence-classifier.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'parascan-export-'))
})
afterAll(() => rm(root, { recursive: true }))

let count = 0
const folder = (): string => join(root, `folder-${count++}`)

describe('models that a format has no words for', () => {
  const heads = { heads: 2, keyDim: 8, valueDim: 8, convolution: 4, eigenvalues: '[-1,1]' } as const
  const mlp = { width: 8 }
  const mamba: MixerConfig = {
    kind: 'mamba',
    inner: 32,
    states: 4,
    dtRank: 1,
    convolution: 4,
    eigenvalues: '[0,1]',
  }
  const of = (...mixers: MixerConfig[]): LanguageModel =>
    new LanguageModel({
      ...{ vocabulary: 7, hidden: 16, tieEmbeddings: false },
      layers: mixers.map((mixer) => ({ mixer, mlp: mixer.kind === 'mamba' ? null : mlp })),
    })
  const gla: MixerConfig = {
    kind: 'gla',
    heads: 2,
    keyDim: 8,
    valueDim: 8,
    gateRank: 16,
    gateRoot: 16,
    eigenvalues: '[0,1]',
  }

  test.each<[string, () => LanguageModel | SequenceClassifier]>([
    [
      'it is a classifier',
      () =>
        new SequenceClassifier({
          vocabulary: 7,
          hidden: 16,
          classes: 2,
          layers: [{ mixer: mamba, mlp: null }],
        }),
    ],
    ['eigenvalues in [-1,1]', () => of({ ...mamba, eigenvalues: '[-1,1]' })],
    ['GLA with eigenvalues in [-1,1]', () => of({ ...gla, eigenvalues: '[-1,1]' })],
    ['its gate has rank 4', () => of({ ...gla, gateRank: 4 })],
    ['several kinds, deltanet, mamba', () => of({ kind: 'deltanet', ...heads }, mamba)],
    ['no format for mlstm', () => of({ kind: 'mlstm', heads: 2, headDim: 8, block: 4, convolution: 4 })],
    ['no format for attention', () => of({ kind: 'attention', heads: 2, headDim: 8, window: 0 })],
    [
      'not alike',
      () => of({ kind: 'deltanet', ...heads }, { kind: 'deltanet', ...heads, eigenvalues: '[0,1]' }),
    ],
    ['an eps of 0.001', () => of({ kind: 'deltanet', ...heads, normEps: 1e-3 })],
    ['4 value heads for 2 heads', () => of({ kind: 'deltanet', ...heads, valueHeads: 4 })],
    [
      'attention is 8 wide',
      () => of({ kind: 'deltanet', ...heads }, { kind: 'attention', heads: 1, headDim: 8, window: 0 }),
    ],
    [
      'a SwiGLU layer of the same width in every block',
      () =>
        new LanguageModel({
          ...{ vocabulary: 7, hidden: 16, tieEmbeddings: false },
          layers: [{ mixer: { kind: 'deltanet', ...heads }, mlp: null }],
        }),
    ],
  ])('%s', async (reason, make) => {
    const path = folder()
    await expect(exportModel(make(), path)).rejects.toMatchObject({
      message: expect.stringContaining(reason),
      code: 'ERR_PARASCAN_UNSUPPORTED',
    })
    expect((await readdir(root)).map((name) => join(root, name))).not.toContain(path)
  })

  test('a model as this package trains it is written, and folders are not overwritten', async () => {
    const model = of(
      { kind: 'gated-deltanet', ...heads },
      { kind: 'attention', heads: 2, headDim: 8, window: 5 },
    )
    const path = folder()
    await mkdir(path)
    await writeFile(join(root, 'tokenizer.json'), '{}')
    await exportModel(model, path, { files: [join(root, 'tokenizer.json')] })
    expect((await readdir(path)).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json'])
    expect((await loadModel(path)).config.layers).toMatchObject(model.config.layers)
    await expect(exportModel(model, path)).rejects.toMatchObject({
      message: `${path} cannot be written: it is a folder that is not empty`,
      code: 'ERR_PARASCAN_OUTPUT',
    })
    await expect(exportModel(model, join(path, 'config.json'))).rejects.toThrow('it is a file')
    await expect(exportModel(model, join(root, 'no', 'where'))).rejects.toThrow('does not exist')
    await expect(exportModel(model, folder(), { files: [join(root, 'none')] })).rejects.toThrow('ENOENT')
    expect((await readdir(root)).filter((name) => name.endsWith('.part'))).toEqual([])
  })
})
