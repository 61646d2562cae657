// The life of a model on the command line: trained, evaluated, profiled, asked to generate, damaged.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mixerKinds } from '../../lib/nn/mixers.ts'
import { loadModel, loadModelFile, type WeightType } from '../../lib/nn/model-file.ts'
import { Random } from '../../lib/tensor/random.ts'
import type { Scores } from '../../lib/train/metrics.ts'
import { bytePairs } from '../data/byte-pairs.ts'
import { parascan } from './terminal.ts'

let folder = ''
let text = ''
let model = ''
const small = ['--hidden', '16', '--layers', '1', '--heads', '2', '--batch', '4']

const json = async (...words: string[]) => {
  const { status, out, err } = await parascan([...words, '--json'])
  expect(status, err).toBe(0)
  return JSON.parse(out)
}

let trained: Record<string, unknown> & { score: Record<string, number> }
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parascan-models-'))
  text = join(folder, 'text.txt')
  model = join(folder, 'model.safetensors')
  await writeFile(text, 'The naïve café — a “quoted” line.\n'.repeat(200))
  const words = ['train', text, '--model', 'deltanet', '--eigenvalues', '[-1,1]', '--steps', '40']
  trained = await json(...words, ...small, '--tokens', '64', '--out', model)
})
afterAll(() => rm(folder, { recursive: true }))

describe('train', () => {
  test('tells what it did, as one document', () => {
    expect(trained).toMatchObject({ input: text, model, steps: 40, seed: 0, interrupted: false })
    expect(trained.score.loss).toBeLessThan(Math.log(256))
    expect(trained.score.bitsPerByte).toBeCloseTo((trained.score.loss as number) / Math.LN2, 9)
  })

  test('saves the model with notes on how it came to be', async () => {
    const { model: loaded, notes } = await loadModelFile(model)
    expect(loaded.config.layers).toMatchObject([{ mixer: { kind: 'deltanet', eigenvalues: '[-1,1]' } }])
    expect(JSON.parse(notes.training as string)).toMatchObject({ input: text, seed: 0, step: 40, hidden: 16 })
  })

  test('the same seed gives the same model, another seed another', async () => {
    const again = (seed: number) =>
      json(
        ...['train', text, '--model', 'deltanet', '--eigenvalues', '[-1,1]', '--steps', '40', ...small],
        ...['--tokens', '64', '--seed', String(seed), '--out', join(folder, 'again.safetensors')],
      )
    expect((await again(0)).score).toEqual(trained.score)
    expect((await again(1)).score).not.toEqual(trained.score)
  })

  test.each(mixerKinds.filter((kind) => kind !== 'deltanet'))('%s learns', async (kind) => {
    const out = join(folder, `${kind}.safetensors`)
    const { score } = await json('train', text, '--model', kind, '--steps', '30', ...small, '--out', out)
    expect(score.loss).toBeLessThan(Math.log(256))
    const { status, out: generated } = await parascan(['generate', out, '--tokens', '8', '--prompt', 'The '])
    expect(status).toBe(0)
    expect(generated).toMatch(/^The /)
  })

  test('a task is a classifier with an accuracy at each length, which evaluate repeats', async () => {
    const out = join(folder, 'parity.safetensors')
    const { score } = await json(
      'train',
      'task:parity',
      '--model',
      'mamba',
      '--steps',
      '5',
      ...small,
      '--out',
      out,
    )
    expect(score.metric).toBe('scaledAccuracy')
    expect(Object.keys(score.lengths)).toEqual(['40', '128', '256'])
    for (const { accuracy, scaledAccuracy, sequenceAccuracy } of Object.values<Scores>(score.lengths)) {
      expect(scaledAccuracy).toBeCloseTo(2 * accuracy - 1, 9)
      expect(sequenceAccuracy).toBe(accuracy)
    }
    expect(await json('evaluate', out, 'task:parity')).toEqual({ model: out, input: 'task:parity', ...score })
    const { status, err } = await parascan(['generate', out])
    expect({ status, err }).toEqual({
      status: 1,
      err: `parascan: ${out} holds a sequence classifier, a language model is needed here\n`,
    })
    expect((await parascan(['evaluate', out, text])).status).toBe(1)
    expect((await parascan(['evaluate', model, 'task:parity'])).err).toContain('parity has 3 and 2')
  })

  test('Ctrl-C saves the model so far and exits 130', async () => {
    const out = join(folder, 'stopped.safetensors')
    const controller = new AbortController()
    const words = ['train', text, '--model', 'mamba', '--steps', '1000000', ...small, '--out', out, '--json']
    const running = parascan(words, controller.signal)
    setTimeout(() => controller.abort(), 300)
    const { status, out: document, err } = await running
    expect(status).toBe(130)
    expect(err).toMatch(/parascan: interrupted\n$/)
    const { steps, interrupted } = JSON.parse(document)
    expect(interrupted).toBe(true)
    expect(steps).toBeLessThan(1_000_000)
    expect((await loadModel(out)).config.kind).toBe('language-model')
  })

  test('leaves nothing beside the model', async () => {
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
  })
})

test('evaluate repeats the loss that training ended with', async () => {
  const { loss, bitsPerByte, perplexity } = await json('evaluate', model, text)
  expect({ loss, bitsPerByte, perplexity }).toEqual(trained.score)
  expect((await parascan(['evaluate', model, text])).out).toMatch(
    /^validation loss \d\.\d{4} nats, \d\.\d{3} bits per byte, perplexity [\d.]+\n$/,
  )
})

describe('a model with a tokenizer, of documents', () => {
  let tokenized = ''
  let documents = ''
  beforeAll(async () => {
    const line = 'The naïve café — a “quoted” line.'
    const tokenizer = join(folder, 'tokenizer.json')
    documents = join(folder, 'documents.jsonl')
    tokenized = join(folder, 'tokenized.safetensors')
    await writeFile(tokenizer, JSON.stringify(bytePairs(line.repeat(3), 24)))
    await writeFile(documents, `${JSON.stringify({ text: line })}\n`.repeat(200))
    const words = [
      'train',
      documents,
      '--documents',
      'jsonl',
      '--tokenizer',
      tokenizer,
      '--model',
      'deltanet',
    ]
    const options = ['--steps', '60', '--learning-rate', '1e-2', '--tokens', '24', '--accumulate', '2']
    const more = ['--warmup', '3', '--clip', '0.5', '--weight-decay', '0', '--evaluate-every', '30']
    const { score } = await json(...words, ...options, ...more, ...small, '--out', tokenized)
    await rm(tokenizer) // the model has its own
    expect(await json('evaluate', tokenized, documents, '--documents', 'jsonl')).toMatchObject(score)
    // Several bytes a token, and an end that has none.
    expect(score.bitsPerByte).toBeLessThan(0.8 * (score.loss / Math.LN2))
    expect(score.perplexity).toBeCloseTo(Math.exp(score.loss), 9)
  })

  test('continues a prompt and ends at the end of the text', async () => {
    const words = ['--prompt', 'The naïve ', '--temperature', '0', '--tokens', '200']
    const { text: written, tokens } = await json('generate', tokenized, ...words)
    expect(written).toMatch(/^The naïve café/)
    expect(tokens.length).toBeLessThan(200)
  })

  test('of bytes ends them with a byte of its own', async () => {
    const out = join(folder, 'byte-documents.safetensors')
    const words = [
      'train',
      documents,
      '--documents',
      'jsonl',
      '--model',
      'deltanet',
      '--steps',
      '2',
      ...small,
    ]
    const { score } = await json(...words, '--out', out)
    expect(score.bitsPerByte).toBeGreaterThan(score.loss / Math.LN2)
    expect(await json('evaluate', out, documents, '--documents', 'jsonl')).toMatchObject(score)
  })

  test('options that do not go together are refused', async () => {
    const { status, err } = await parascan([
      'train',
      'task:parity',
      ...['--model', 'mamba', '--documents', 'jsonl'],
      ...['--out', 'x'],
    ])
    expect({ status, err }).toEqual({
      status: 2,
      err: 'parascan: `--documents` is for texts: a task has lengths and tokens of its own\n',
    })
    const none = await parascan(['train', text, '--model', 'mamba', '--tokenizer', text, '--out', 'x'])
    expect(none.err).toBe(`parascan: ${text} cannot be used as a tokenizer: it is not a tokenizer.json\n`)
  })
})

test('weights in bfloat16 cost a little loss, and less memory', async () => {
  const { loss } = await json('evaluate', model, text, '--weights', 'bfloat16')
  expect(loss).not.toBe(trained.score.loss)
  expect(loss).toBeCloseTo(trained.score.loss as number, 1)
  const [wide, narrow] = await Promise.all(
    ['float32', 'bfloat16'].map((weights) => loadModel(model, { weights: weights as WeightType })),
  )
  expect(narrow?.parameterBytes).toBeLessThan(0.7 * (wide?.parameterBytes ?? 0))
  const { out } = await parascan([
    'generate',
    model,
    '--tokens',
    '8',
    '--prompt',
    'The ',
    '--weights',
    'bfloat16',
  ])
  expect(out).toMatch(/^The /)
  const { status, err } = await parascan(['generate', model, '--weights', 'int8'])
  expect({ status, err }).toEqual({
    status: 2,
    err: expect.stringContaining('`--weights` must be one of float32, bfloat16, got "int8"'),
  })
})

test('profile measures everything, and says why what is missing is', async () => {
  const measured = await json('profile', model, '--tokens', '32')
  expect(measured).toMatchObject({ model, tokens: 32, batch: 1, parameters: trained.parameters })
  expect(measured.decode.median).toBeGreaterThan(0)
  const { out } = await parascan(['profile', model])
  for (const name of ['decode', 'prefill', 'memory', 'parameters', 'arithmetic', 'energy'])
    expect(out).toMatch(new RegExp(`^${name} `, 'm'))
})

describe('generate', () => {
  test('draws the same text for the same seed, in whole characters', async () => {
    const words = ['generate', model, '--prompt', 'The naïve ', '--tokens', '60']
    const { status, out, err } = await parascan(words)
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toMatch(/^The naïve .*\n$/s)
    expect(await parascan(words)).toEqual({ status, out, err })
    expect((await parascan([...words, '--seed', '1'])).out).not.toBe(out)
  })

  test('the document holds the bytes and the text they stand for', async () => {
    const { tokens, text: whole, prompt } = await json('generate', model, '--tokens', '50')
    expect(tokens).toHaveLength(50)
    expect(whole).toBe(prompt + new TextDecoder().decode(Uint8Array.from(tokens)))
  })

  test('goes on from a saved session as if it had never stopped', async () => {
    const session = join(folder, 'session.safetensors')
    const words = (...more: string[]) => ['generate', model, '--temperature', '2', '--seed', '3', ...more]
    const whole = await json(...words('--prompt', 'café ', '--tokens', '40'))
    const first = await parascan(words('--prompt', 'café ', '--tokens', '15', '--save-session', session))
    const go = ['generate', model, '--temperature', '2', '--session', session]
    const second = await parascan([...go, '--tokens', '25'])
    expect({ status: second.status, err: second.err }).toEqual({ status: 0, err: '' })
    expect(first.out.slice(0, -1) + second.out).toBe(`${whole.text}\n`)
    // A seed that is given draws anew; a prompt is taken on top.
    expect((await json(...go, '--seed', '4')).text).not.toBe(second.out)
    expect((await json(...go, '--prompt', 'The ')).text).toMatch(/^The /)

    const out = join(folder, 'other.safetensors')
    await json('train', text, '--model', 'mamba', '--steps', '1', ...small, '--out', out)
    const refused = await parascan(['generate', out, '--session', session])
    expect(refused.err).toBe(`parascan: ${session} holds a session of another model, or of other weights\n`)
  })

  test('several prompts at once are continued as each is alone', async () => {
    const words = ['--prompt', 'The ', '--prompt', 'a “quoted” one', '--tokens', '30']
    const { sequences } = await json('generate', model, ...words)
    const alone = (prompt: string, seed: string) =>
      json('generate', model, '--prompt', prompt, '--tokens', '30', '--seed', seed)
    const each = [await alone('The ', '0'), await alone('a “quoted” one', '1')]
    expect(sequences).toEqual(each.map(({ prompt, text, tokens }) => ({ prompt, text, tokens })))
    const { out } = await parascan(['generate', model, ...words])
    expect(out).toBe(`${sequences.map(({ text }: { text: string }) => text).join('\n---\n')}\n`)
  })

  test('temperature 0 takes the likeliest byte whatever the seed', async () => {
    const words = ['generate', model, '--temperature', '0', '--tokens', '20']
    expect((await parascan(words)).out).toBe((await parascan([...words, '--seed', '9'])).out)
  })
})

describe('a damaged model', () => {
  const damaged = () => join(folder, 'damaged.safetensors')
  /** Bytes of the header with its length. */
  const headerEnd = (file: Buffer): number => 8 + Number(file.readBigUInt64LE(0))

  test('truncated anywhere, is refused in one line', async () => {
    const file = await readFile(model)
    const end = headerEnd(file)
    const lengths = new Set([0, 1, 7, 8, 9, end - 1, end, end + 1, file.length - 4, file.length - 1])
    for (let i = 1; i < 24; i++) lengths.add(Math.floor((i * file.length) / 24))
    for (const length of lengths) {
      await writeFile(damaged(), file.subarray(0, length))
      const { status, out, err } = await parascan(['generate', damaged(), '--tokens', '1'])
      expect({ length, status, out }).toEqual({ length, status: 1, out: '' })
      expect(err).toMatch(/^parascan: .*damaged\.safetensors .*\n$/)
    }
  })

  test('with any byte of its header changed, loads or is refused', async () => {
    const file = await readFile(model)
    const end = headerEnd(file)
    const random = new Random(5)
    let refused = 0
    for (let i = 0; i < 200; i++) {
      const changed = Buffer.from(file)
      changed[random.integer(0, end)] = random.integer(0, 256)
      await writeFile(damaged(), changed)
      await loadModel(damaged()).then(
        (loaded) => loaded.parameters.dispose(),
        (error) => {
          refused++
          expect(error).toBeInstanceOf(Error)
        },
      )
    }
    expect(refused).toBeGreaterThan(100)
  })

  test('that lacks a tensor, names it', async () => {
    const file = await readFile(model)
    const changed = Buffer.from(file.toString('latin1').replace('"norm.weight"', '"nose.weight"'), 'latin1')
    await writeFile(damaged(), changed)
    const { status, err } = await parascan(['profile', damaged()])
    expect(status).toBe(1)
    expect(err).toContain('"norm.weight" is missing; "nose.weight" is not expected')
  })
})
