// The main job through the command line, in seconds: one document, and models whose loss `evaluate` repeats.

import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Front } from '../../lib/pipeline/results.ts'
import { parascan } from './terminal.ts'

let folder = ''
let text = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parascan-search-'))
  text = join(folder, 'text.txt')
  await writeFile(text, 'to be or not to be, that is the question. '.repeat(200))
})
afterAll(() => rm(folder, { recursive: true }))

test('a front whose losses evaluate repeats, and whose folder no other search gets', {
  timeout: 120_000,
}, async () => {
  const run = join(folder, 'run')
  const words = ['search', text, '--out', run, '--budget', '500ms', '--objectives', 'loss,parameters']
  const { status, out, err } = await parascan([...words, '--json'])
  expect(status, err).toBe(0)
  const front = JSON.parse(out) as Front
  expect(front.objectives.map(({ name }) => name)).toEqual(['loss', 'parameters'])
  expect(front.points.length).toBeGreaterThan(0)
  for (const { model, values } of front.points.slice(0, 3)) {
    const evaluated = await parascan(['evaluate', join(run, model), text, '--json'])
    expect(Math.abs(JSON.parse(evaluated.out).loss - (values.loss as number))).toBeLessThan(1e-3)
  }
  expect((await stat(join(run, 'report.html'))).size).toBeGreaterThan(10_000)

  const again = await parascan(words)
  expect(again.status, again.err).toBe(0)
  expect(again.out).toMatch(/^ +loss \(nat\) +parameters.* +model +architecture\np1 /)
  expect(again.out).toContain(`report: ${join(run, 'report.html')}`)

  const other = await parascan([...words, '--seed', '1'])
  expect(other.status).toBe(1)
  expect(other.err).toMatch(/parascan: .* holds a search with seed 0, not 1; choose another --out\n$/)
})
