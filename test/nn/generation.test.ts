// Generation token by token, for several prompts at once, and across a session that was saved.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generate, generateBatch } from '../../lib/nn/generation.ts'
import { LanguageModel } from '../../lib/nn/language-model.ts'
import { saveModel } from '../../lib/nn/model-file.ts'
import { Session } from '../../lib/nn/session.ts'
import { Random } from '../../lib/tensor/random.ts'
import { relativeError } from '../ops/numbers.ts'
import { mixerCases } from './mixers.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parascan-sessions-'))
})
afterAll(() => rm(folder, { recursive: true }))

const vocabulary = 11
const network = (layers: LanguageModel['config']['layers'], seed = 4): LanguageModel =>
  new LanguageModel({ vocabulary, hidden: 16, tieEmbeddings: false, layers }, { seed })
const small = (seed?: number) => network([{ mixer: mixerCases[0]?.[1] as never, mlp: { width: 24 } }], seed)

async function collect<T>(tokens: AsyncIterable<T>, most = Number.POSITIVE_INFINITY): Promise<T[]> {
  const all: T[] = []
  for await (const token of tokens) if (all.push(token) === most) break
  return all
}

describe.each(mixerCases)('%s', (name, mixer) => {
  const model = network([
    { mixer, mlp: null },
    { mixer, mlp: { width: 24 } },
  ])
  const prompts = [[1, 2, 3, 4, 5, 6, 7], [9], [3, 1, 4, 1]]

  test('prompts of different lengths at once are continued as each is alone', async () => {
    using together = model.session({ batch: prompts.length, maxTokens: 40 })
    const tokens = await collect(generateBatch(together, { prompts, tokens: 20, seed: 7 }))
    for (const [i, prompt] of prompts.entries()) {
      using alone = model.session({ maxTokens: 40 })
      expect(await collect(generate(alone, { prompt, tokens: 20, seed: 7 + i }))).toEqual(
        tokens.map((step) => step[i]),
      )
      const logits = together.logits?.subarray(i * vocabulary, (i + 1) * vocabulary)
      expect(relativeError(logits as Float32Array, alone.logits as Float32Array)).toBeLessThan(1e-4)
    }
  })

  test('a session that was saved goes on to the same bits', async () => {
    const path = join(folder, `${name.replaceAll(/\W/g, '-')}.safetensors`)
    using first = model.session({ batch: prompts.length, maxTokens: 40 })
    await first.prefill(prompts)
    await first.step([1, 2, 3])
    await first.save(path, { author: 'test' })
    using second = await Session.restore(model, path)
    expect(second.notes).toEqual({ author: 'test' })
    expect(second.logits).toEqual(first.logits)
    for (const tokens of [
      [4, 5, 6],
      [7, 8, 9],
    ])
      expect(await second.step(tokens)).toEqual(await first.step(tokens))
  })
})

test('generation that was cut in two draws the same tokens', async () => {
  const model = small()
  const path = join(folder, 'cut.safetensors')
  using whole = model.session()
  const expected = await collect(generate(whole, { prompt: [1, 2], tokens: 30, seed: 5 }))
  const random = new Random(5)
  using first = model.session()
  const before = await collect(generate(first, { prompt: [1, 2], random }), 12) // the loop is left early
  await first.save(path)
  using second = await Session.restore(model, path)
  expect([...before, ...(await collect(generate(second, { tokens: 18, random })))]).toEqual(expected)
})

test('a stop token ends its sequence, and generation when all have ended', async () => {
  const model = small()
  using session = model.session({ batch: 2 })
  const all = await collect(generateBatch(session, { prompts: [[1], [2, 3]], tokens: 60 }))
  const stop = all[10]?.[0] as number
  using again = model.session({ batch: 2 })
  const stopped = await collect(generateBatch(again, { prompts: [[1], [2, 3]], tokens: 60, stop }))
  for (const i of [0, 1]) {
    const whole = all.map((step) => step[i])
    const end = whole.indexOf(stop)
    const shown = stopped.map((step) => step[i])
    expect(shown.filter((token) => token !== null)).toEqual(end < 0 ? whole : whole.slice(0, end))
  }
  expect(stopped.length).toBeLessThanOrEqual(60)
})

test('an abort ends generation after the token under way', async () => {
  using session = small().session()
  const controller = new AbortController()
  let count = 0
  for await (const _ of generate(session, { prompt: [1], signal: controller.signal }))
    if (++count === 3) controller.abort()
  expect(count).toBe(3)
})

test('what makes no sense is refused', async () => {
  const model = small()
  using two = model.session({ batch: 2 })
  await expect(generate(two).next()).rejects.toThrow('`session` must hold one sequence, got 2')
  await expect(generateBatch(two).next()).rejects.toThrow('`prompts` must be given')
  await expect(two.prefill([[1], []])).rejects.toThrow(
    '`tokens` must hold a token or more for each of 2 sequences, got 1,0',
  )
  await expect(two.prefill([[1], [vocabulary]])).rejects.toThrow('`tokens` must be whole numbers in [0, 11)')
  const path = join(folder, 'refused.safetensors')
  await two.save(path)
  const others = [small(5), network([{ mixer: mixerCases[0]?.[1] as never, mlp: null }])]
  for (const other of others)
    await expect(Session.restore(other, path)).rejects.toMatchObject({
      code: 'ERR_PARASCAN_SESSION_MISMATCH',
    })
  await saveModel(model, path)
  await expect(Session.restore(model, path)).rejects.toMatchObject({ code: 'ERR_PARASCAN_FORMAT' })
})
