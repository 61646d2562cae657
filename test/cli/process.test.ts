// The executable as a process: signals, closed pipes, output that programs read.

import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadModel } from '../../lib/nn/model-file.ts'
import { Random } from '../../lib/tensor/random.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

interface Ended {
  status: number | null
  out: string
  err: string
}

/** `watch` is called with all of stderr whenever there is more of it. */
function start(
  words: readonly string[],
  watch: (err: string, pid: number) => void = () => {},
): Promise<Ended> {
  const child = spawn(process.execPath, words, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.on('data', (data) => {
    out += data
  })
  child.stderr.on('data', (data) => {
    err += data
    watch(err, child.pid as number)
  })
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, out, err })))
}

const executable = join(root, 'dist/cli/main.js')
let folder = ''
let text = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parascan-process-'))
  text = join(folder, 'text.txt')
  await writeFile(text, 'to be or not to be, that is the question. '.repeat(500))
})
afterAll(() => rm(folder, { recursive: true }))

test('doctor: text for people, one document for programs, and it ends by itself', async () => {
  const { status, out, err } = await start([executable, 'doctor', '--json'])
  expect({ status, err }).toEqual({ status: 0, err: '' })
  expect(JSON.parse(out).device.threads).toBeGreaterThan(0)
  const { out: lines } = await start([executable, 'doctor'])
  expect(lines).toMatch(/^parascan \d+\.\d+\.\d+, Node v/)
})

test('every entry point of the package can be imported, and the first be required', async () => {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const names = Object.keys(manifest.exports)
    .filter((name) => !name.endsWith('.json'))
    .map((name) => name.replace('.', 'parascan'))
  const script = `for (const name of ${JSON.stringify(names)}) console.log(name, Object.keys(await import(name)).length)`
  const { status, out, err } = await start(['--input-type=module', '-e', script])
  expect(status, err).toBe(0)
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => line.replace(/ [1-9]\d*$/, '')),
  ).toEqual(names)
  const required = await start(['-e', "console.log(typeof require('parascan').searchText)"])
  expect(required).toMatchObject({ status: 0, out: 'function\n' })
})

test('a failure is one line and a status', async () => {
  const ended = await start([executable, 'evaluate', 'none.safetensors', text])
  expect(ended).toEqual({ status: 1, out: '', err: 'parascan: none.safetensors does not exist\n' })
})

const long = (out: string): string[] => [
  ...[executable, 'train', text, '--model', 'deltanet', '--hidden', '16', '--layers', '1', '--heads', '2'],
  ...['--batch', '1', '--steps', '100000000', '--out', out],
]

test.each(['SIGINT', 'SIGTERM'] as const)('%s saves the model and exits 130', async (signal) => {
  const out = join(folder, `${signal}.safetensors`)
  let sent = false
  const { status, err } = await start(long(out), (log, pid) => {
    if (sent || !log.includes('step 1,')) return
    sent = true
    process.kill(pid, signal)
  })
  expect({ status, last: err.split('\n').at(-2) }).toEqual({ status: 130, last: 'parascan: interrupted' })
  expect((await loadModel(out)).config.kind).toBe('language-model')
})

test('a training that is killed at any moment ends with the same bytes', { timeout: 120_000 }, async () => {
  const runs = join(folder, 'killed')
  await mkdir(runs)
  const training = (out: string): string[] => [
    ...[executable, 'train', text, '--model', 'gated-deltanet', '--hidden', '16', '--layers', '1', '--heads'],
    ...['2', '--batch', '2', '--tokens', '32', '--steps', '240', '--evaluate-every', '120'],
    ...['--checkpoint-every', '5', '--out', join(runs, out)],
  ]
  const whole = await start(training('whole.safetensors'))
  expect(whole.status, whole.err).toBe(0)

  const random = new Random(11)
  let killed = 0
  for (let attempt = 0; attempt < 3; attempt++) {
    let begun = false
    const { status } = await start(training('killed.safetensors'), (log, pid) => {
      if (begun || !log.includes('loss')) return
      begun = true
      // Whatever the pace, one of these may fall into the writing of a checkpoint, and another between two.
      setTimeout(() => alive(pid) && process.kill(pid, 'SIGKILL'), random.uniform(0, 150))
    })
    if (status === null) killed++
  }
  expect(killed).toBeGreaterThan(0)
  const last = await start(training('killed.safetensors'))
  expect(last.status, last.err).toBe(0)
  const [expected, actual] = await Promise.all(
    ['whole', 'killed'].map((name) => readFile(join(runs, `${name}.safetensors`))),
  )
  expect(actual?.equals(expected as Buffer)).toBe(true)
  expect((await readdir(runs)).sort()).toEqual(['killed.safetensors', 'whole.safetensors'])
})

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('other options than those of the checkpoint are refused by name', async () => {
  const out = join(folder, 'refused.safetensors')
  const controlled = (...more: string[]): string[] => [...long(out), '--checkpoint-every', '1', ...more]
  let sent = false
  await start(controlled(), (log, pid) => {
    if (sent || !log.includes('step 1,')) return
    sent = true
    process.kill(pid, 'SIGINT')
  })
  const { status, err } = await start(controlled('--learning-rate', '0.5'))
  expect(status).toBe(1)
  expect(err).toContain(
    `${join(folder, 'refused.checkpoint.safetensors')} was written with \`--learning-rate\` 0.002, not 0.5;`,
  )
})

test('a search that is interrupted says how to go on', async () => {
  const out = join(folder, 'run')
  let sent = false
  const { status, err } = await start([executable, 'search', text, '--out', out], (log, pid) => {
    if (sent || !log.includes('supernet step')) return
    sent = true
    process.kill(pid, 'SIGINT')
  })
  expect(status).toBe(130)
  expect(err).toContain(`what was done is in ${out}; the same command goes on with it\n`)
})

test.each([
  ['state-tracking --tasks parity', /on parity \d/],
  ['language-modelling corpus.txt', /seed 0 \d/],
])(
  'reproduce %s trains in processes of its own, and says how to go on when it is interrupted',
  async (line, underWay) => {
    const out = join(folder, line.split(' ')[0] as string)
    const words = `reproduce ${line.replace('corpus.txt', text)} --models mamba --seeds 1 --out ${out}`.split(
      ' ',
    )
    let sent = false
    const { status, err } = await start([executable, ...words], (log, pid) => {
      if (sent || !underWay.test(log)) return
      sent = true
      process.kill(pid, 'SIGINT')
    })
    expect({ status, last: err.split('\n').at(-2) }).toEqual({ status: 130, last: 'parascan: interrupted' })
    expect(err).toContain(`what was done is in ${out}; the same command goes on with it\n`)
  },
)

test('a reader that has had enough is no failure', async () => {
  const ended = await new Promise<Ended>((resolve) => {
    const child = spawn(process.execPath, [executable, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] })
    let err = ''
    child.stdout.destroy()
    child.stderr.on('data', (data) => {
      err += data
    })
    child.on('close', (status) => resolve({ status, out: '', err }))
  })
  expect(ended).toEqual({ status: 0, out: '', err: '' })
})
