import { execFileSync, spawn } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { journal, readJournal, Study, type StudyStorage } from '../../lib/search/index.ts'
import { Random } from '../../lib/tensor/random.ts'
import { evaluate, problem } from './problem.ts'

const folder = mkdtempSync(join(tmpdir(), 'parascan-journal-'))
afterAll(() => rmSync(folder, { recursive: true }))

const open = (storage: StudyStorage) => Study.open({ ...problem, storage })

async function advance(path: string, count: number): Promise<void> {
  const study = await open(journal(path))
  for (let i = 0; i < count; i++) {
    const trial = await study.ask()
    if (trial) await study.tell(trial, evaluate(trial.configuration))
  }
  await study.close()
}

/** Everything but the times. */
const story = (path: string) => readFileSync(path, 'utf8').replaceAll(/"time":[\d.]+/g, '')

describe('a journal cut off anywhere', () => {
  it('goes on to the same study', async () => {
    const whole = join(folder, 'whole.jsonl')
    await advance(whole, 6)
    const bytes = readFileSync(whole)
    const cut = join(folder, 'cut.jsonl')
    const random = new Random(1)
    const lengths = new Set([
      0,
      1,
      bytes.length - 1,
      ...Array.from({ length: 60 }, () => random.integer(0, bytes.length)),
    ])
    for (const length of lengths) {
      writeFileSync(cut, bytes.subarray(0, length))
      const done = (await readJournal(cut))?.records.filter((record) => record.type === 'told').length ?? 0
      await advance(cut, 6 - done)
      expect(story(cut)).toBe(story(whole))
    }
  })

  it('loses a torn line that happens to be JSON', async () => {
    const path = join(folder, 'torn.jsonl')
    await advance(path, 2)
    const before = readFileSync(path, 'utf8')
    appendFileSync(path, '{"type":"failed","trial":0,"reason":"","time":1}')
    await advance(path, 0)
    expect(readFileSync(path, 'utf8')).toBe(before)
  })
})

describe('a damaged journal', () => {
  const cases: [string, (lines: string[]) => string[], string, string][] = [
    [
      'a line that is no JSON',
      (lines) => lines.with(1, '{"type":'),
      'ERR_PARASCAN_STUDY_CORRUPT',
      ':2 is no JSON',
    ],
    [
      'a line that is no record',
      (lines) => lines.with(2, '7'),
      'ERR_PARASCAN_STUDY_CORRUPT',
      ':3 is no record',
    ],
    ['no header', (lines) => lines.slice(1), 'ERR_PARASCAN_STUDY_CORRUPT', ':1 is not the header'],
    [
      'a second header',
      (lines) => [...lines.slice(0, 3), ...lines],
      'ERR_PARASCAN_STUDY_CORRUPT',
      ':4 is a second',
    ],
    [
      'a later version',
      (lines) => lines.with(0, (lines[0] as string).replace('"version":1', '"version":2')),
      'ERR_PARASCAN_STUDY_MISMATCH',
      'has version 2 of the format, this parascan reads version 1',
    ],
  ]
  it.each(cases)('with %s is refused and left as it is', async (name, damage, code, message) => {
    const path = join(folder, `${name}.jsonl`)
    await advance(path, 2)
    const lines = readFileSync(path, 'utf8').split('\n')
    const damaged = damage(lines).join('\n')
    writeFileSync(path, damaged)
    await expect(open(journal(path))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    })
    await expect(readJournal(path)).rejects.toMatchObject({ code })
    expect(readFileSync(path, 'utf8')).toBe(damaged)
    expect(existsSync(`${path}.lock`)).toBe(false)
  })
})

describe('the lock of a journal', () => {
  const path = join(folder, 'locked.jsonl')
  const gone = { pid: 2 ** 22 + 1, host: hostname(), birth: 'x', id: 'gone' } // above the largest number of Linux

  it('names its holder to the second one', async () => {
    const study = await open(journal(path))
    await expect(open(journal(path))).rejects.toMatchObject({
      code: 'ERR_PARASCAN_STUDY_LOCKED',
      message: expect.stringContaining(`in use by process ${process.pid}`),
    })
    await study.close()
    await (await open(journal(path))).close()
  })

  it.each([
    ['a process that is gone', JSON.stringify(gone)],
    ['a process whose number another has now', JSON.stringify({ ...gone, pid: process.pid })],
    ['nobody, after a power cut', ''],
  ])('of %s is taken over, by one of many', async (_, lock) => {
    writeFileSync(`${path}.lock`, lock)
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => open(journal(path))))
    const opened = attempts.filter((attempt) => attempt.status === 'fulfilled')
    expect(opened).toHaveLength(1)
    for (const attempt of attempts)
      if (attempt.status === 'rejected')
        expect(attempt.reason).toMatchObject({ code: 'ERR_PARASCAN_STUDY_LOCKED' })
    await opened[0]?.value.close()
    expect(readdirSync(folder).filter((name) => name.startsWith('locked.'))).toEqual(['locked.jsonl'])
  })

  it('of another machine is left alone', async () => {
    writeFileSync(`${path}.lock`, JSON.stringify({ ...gone, host: 'elsewhere' }))
    await expect(open(journal(path))).rejects.toThrow(`if that is not so, remove ${path}.lock`)
    rmSync(`${path}.lock`)
  })
})

describe('a process killed at random moments', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  // Beside the build folder, where the compiled library looks for the addon.
  let library = ''
  beforeAll(() => {
    library = mkdtempSync(join(root, 'build-killed-'))
    const options =
      '--rootDir lib --target es2022 --module nodenext --rewriteRelativeImportExtensions --types node'
    const files = ['lib/search/index.ts', 'lib/space/index.ts', '--ignoreConfig', '--outDir', library]
    execFileSync('npx', ['tsc', ...options.split(' '), '--skipLibCheck', ...files], {
      cwd: root,
      stdio: 'inherit',
    })
  })
  afterAll(() => rmSync(library, { recursive: true, force: true }))

  const trials = 300

  interface Run {
    complete: boolean
    /** Trials it said were stored. */
    stored: number[]
  }

  /** Runs the writer to its end, or until it is killed. */
  async function write(
    path: string,
    kill?: { afterLines: number } | { afterMilliseconds: number },
  ): Promise<Run> {
    const script = fileURLToPath(new URL('journal-writer.mjs', import.meta.url))
    const child = spawn(process.execPath, [script, library, path, String(trials)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (kill && 'afterMilliseconds' in kill) setTimeout(() => child.kill('SIGKILL'), kill.afterMilliseconds)
    let output = ''
    child.stdout.on('data', (data) => {
      output += data
      if (kill && 'afterLines' in kill && output.split('\n').length > kill.afterLines) child.kill('SIGKILL')
    })
    await new Promise((resolve) => child.on('close', resolve))
    return { complete: child.exitCode === 0, stored: output.split('\n').slice(1, -1).map(Number) }
  }

  it('loses nothing it has said, and ends with the study of one that was never killed', async () => {
    const killed = join(folder, 'killed.jsonl')
    const random = new Random(2)
    let kills = 0
    for (let complete = false; !complete; ) {
      // Every other one may be hit while it starts, locks or replays.
      const moment =
        kills % 2 === 0
          ? { afterLines: random.integer(1, 40) }
          : { afterMilliseconds: random.integer(0, 300) }
      const run = await write(killed, kills < 8 ? moment : undefined)
      complete = run.complete
      if (!complete) kills++
      const records = (await readJournal(killed))?.records ?? []
      const told = new Set(records.flatMap((record) => (record.type === 'told' ? [record.trial] : [])))
      expect(run.stored.filter((trial) => !told.has(trial))).toEqual([])
    }
    expect(kills).toBeGreaterThan(2)
    const whole = join(folder, 'never-killed.jsonl')
    await write(whole)
    expect(story(killed)).toBe(story(whole))
    expect(existsSync(`${killed}.lock`)).toBe(false)
  }, 120_000) // ten processes, on a busy machine
})
