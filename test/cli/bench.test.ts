// `parascan bench`: the table, the document and the page of a few kernels.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parascan } from './terminal.ts'

test('the table, and the page beside it', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parascan-bench-'))
  try {
    const page = join(folder, 'bench.html')
    const { status, out, err } = await parascan([
      ...['bench', '--threads', '1', '--only', 'step', '--seconds', '0.01', '--out', page],
    ])
    expect(status, err).toBe(0)
    expect(out).toMatch(/^1 thread, measured limits: .*FLOP\/s$/m)
    expect(out).toMatch(/^memory +[\d.]+ GB\/s +[\d.]+ GB\/s$/m)
    expect(out).toMatch(/^kernel +shape +time +tokens +arithmetic +traffic +of limit +limit/m)
    expect(out).toMatch(
      /^gated deltaRule step +B1 H8 d128 +[\d.]+ [µm]s +[\d.]+ k tokens\/s +[\d.]+ GFLOP\/s +[\d.]+ GB\/s +\d+ % /m,
    )
    expect(err).toContain(`page: ${page}`)
    expect(await readFile(page, 'utf8')).toContain('selectiveScan step')
    const document = JSON.parse(await readFile(join(folder, 'bench.json'), 'utf8'))
    expect(document.rows.map((row: { op: string }) => row.op)).toContain('selectiveScan step')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('one document', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parascan-bench-'))
  const { status, out, err } = await parascan([
    ...['bench', '--threads', '1', '--only', 'rmsNorm', '--json', '--out', join(folder, 'norms')],
  ])
  expect(status, err).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    version: 1,
    peaks: [{ threads: 1 }],
    rows: [
      { op: 'rmsNorm', threads: 1, tokens: 2048, timing: { runs: expect.any(Number) } },
      { op: 'rmsNorm, forward and backward', threads: 1 },
    ],
  })
  expect(await readFile(join(folder, 'norms.json'), 'utf8').then(JSON.parse)).toEqual(JSON.parse(out))
  await rm(folder, { recursive: true })
})

test('a name that no kernel has', async () => {
  expect(await parascan(['bench', '--only', 'fft'])).toEqual({
    status: 2,
    out: '',
    err: 'parascan: `--only` must be part of a kernel\'s name, got "fft"\n',
  })
})

test('Ctrl-C ends it between two kernels', async () => {
  const { status, out, err } = await parascan(['bench', '--json', '--threads', '1'], AbortSignal.abort())
  expect({ status, out }).toEqual({ status: 130, out: '' })
  expect(err).toMatch(/parascan: interrupted\n$/)
})
