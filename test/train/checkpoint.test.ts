// A training that was stopped goes on to the same bits, and not with other options.

import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { taskBatches } from '../../lib/data/tasks/batches.ts'
import { findTask } from '../../lib/data/tasks/families.ts'
import type { LanguageModel } from '../../lib/nn/language-model.ts'
import { SequenceClassifier } from '../../lib/nn/sequence-classifier.ts'
import { evaluateAccuracy } from '../../lib/train/evaluate.ts'
import { type TrainOptions, type TrainResult, train } from '../../lib/train/loop.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parascan-checkpoint-'))
})
afterAll(() => rm(folder, { recursive: true }))

const batches = taskBatches(findTask('parity'), { batch: 8, seed: 5 })

const network = (eigenvalues: '[0,1]' | '[-1,1]' = '[-1,1]') =>
  new SequenceClassifier(
    {
      ...{ vocabulary: 3, classes: 2, hidden: 16 },
      layers: [
        {
          mixer: { kind: 'deltanet', heads: 1, keyDim: 8, valueDim: 8, convolution: 0, eigenvalues },
          mlp: null,
        },
      ],
    },
    { seed: 3 },
  )

const weights = async ({ parameters }: Pick<LanguageModel, 'parameters'>): Promise<Float32Array[]> =>
  Promise.all(Array.from(parameters.entries(), ([, tensor]) => tensor.data()))

const steps = 30
/** A run as far as it comes, from where the file stands. */
async function run(path: string | undefined, options: Partial<TrainOptions> = {}, model = network()) {
  const done: TrainResult = await train(model, batches, {
    steps,
    evaluateEvery: 7,
    evaluate: async () => ({ accuracy: await evaluateAccuracy(model, [batches(1000)]) }),
    ...(path === undefined ? {} : { checkpoint: { path, every: 4, settings: { seed: 5 } } }),
    ...options,
  })
  return { ...done, weights: await weights(model) }
}

test('a run that was stopped anywhere ends with the weights, losses and evaluations of one that was not', async () => {
  const whole = await run(undefined)
  expect(whole.evaluations.map(({ step }) => step)).toEqual([7, 14, 21, 28, 30])
  const path = join(folder, 'stopped.safetensors')
  for (const last of [3, 8, 9, 22]) {
    const controller = new AbortController()
    const stopped = run(path, {
      signal: controller.signal,
      onProgress: ({ step }) => {
        if (step === last) controller.abort()
      },
    })
    await expect(stopped).rejects.toThrow()
  }
  expect(await run(path)).toEqual(whole)
  // Nothing is left to do, and nothing is done.
  const onProgress = () => expect.fail('a step was run')
  expect(await run(path, { onProgress })).toEqual(whole)
})

test('a crash goes on from the last whole checkpoint, and what it left beside goes', async () => {
  const path = join(folder, 'crashed.safetensors')
  const crash = run(path, {
    onProgress: ({ step }) => {
      if (step === 11) throw new Error('crash')
    },
  })
  await expect(crash).rejects.toThrow('crash')
  await writeFile(`${path}.0badcafe.part`, 'half of it')
  const seen: number[] = []
  const { weights: resumed } = await run(path, { onProgress: ({ step }) => seen.push(step) })
  expect(seen[0]).toBe(9)
  expect(resumed).toEqual((await run(undefined)).weights)
  expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
})

test('another option, network or setting is refused by its name', async () => {
  const path = join(folder, 'other.safetensors')
  await run(path)
  const copy = join(folder, 'copy.safetensors')
  await copyFile(path, copy)
  const refused = async (name: string, options: Partial<TrainOptions>, model = network()) =>
    expect(run(path, options, model)).rejects.toMatchObject({
      code: 'ERR_PARASCAN_CHECKPOINT_MISMATCH',
      setting: name,
      message: expect.stringContaining(`\`${name}\``),
    })
  await refused('steps', { steps: 31 })
  await refused('learningRate', { learningRate: 2e-3 })
  await refused('warmup', { warmup: 1 })
  await refused('clip', { clip: 2 })
  await refused('seed', { checkpoint: { path, settings: { seed: 6 } } })
  await refused('network', {}, network('[0,1]'))
  await run(copy, { checkpoint: { path: copy, every: 100, settings: { seed: 5 } } })
})

test('a file that is no checkpoint is refused, and so is a wrong interval', async () => {
  const path = join(folder, 'no-checkpoint.safetensors')
  await writeFile(path, 'nothing of the kind')
  await expect(run(path)).rejects.toMatchObject({ code: 'ERR_PARASCAN_FORMAT' })
  const every = train(network(), batches, { steps: 1, checkpoint: { path, every: 0 } })
  await expect(every).rejects.toThrow('`checkpoint.every` must be a whole number from 1, got 0')
})
