// Wrong usage and failures: one line on stderr that names the culprit, nothing on stdout, and the right exit status.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parascan } from './terminal.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parascan-usage-'))
  await writeFile(join(folder, 'empty.txt'), '')
  await writeFile(join(folder, 'short.txt'), 'too short')
  await writeFile(join(folder, 'text.txt'), 'to be or not to be, that is the question. '.repeat(100))
})
afterAll(() => rm(folder, { recursive: true }))

/** `@` stands for the folder. */
const words = (line: string): string[] => line.split(' ').map((word) => word.replace('@', folder))

describe('wrong usage exits 2', () => {
  test.each([
    ['serch', "unknown command 'serch' (Did you mean search?)"],
    ['doctor --frobnicate', "unknown option '--frobnicate'"],
    ['reproduce everything', "unknown command 'everything'"],
    ['reproduce state-tracking --models lstm', '`--models` must be among deltanet, gated-deltanet'],
    ['reproduce state-tracking --tasks beauty', '`--tasks` must be like one of parity'],
    ['reproduce language-modelling', "missing required argument 'text'"],
    [
      'reproduce language-modelling @/text.txt --models deltanet,attention',
      '`--models` must be among deltanet, gated-deltanet, deltaproduct, kda, mamba, mamba2, gla, got "attention"',
    ],
    ['reproduce language-modelling @/text.txt --steps 0', '`--steps` must be a whole number from 1, got "0"'],
    ['doctor now', "too many arguments for 'doctor'"],
    ['evaluate', "missing required argument 'model'"],
    ['search @/text.txt', "required option '--out <folder>' not specified"],
    [
      'search @/text.txt --out @/run --budget soon',
      '`--budget` must be a time such as 20s, 2m or 1h30m, got "soon"',
    ],
    ['search @/text.txt --out @/run --objectives loss,beauty', '`--objectives` must be among loss, latency'],
    ['search @/text.txt --out @/run --objectives loss,loss', '`--objectives` names "loss" twice'],
    [
      'search @/text.txt --out @/run --algorithm grid',
      '`--algorithm` must be one of nsga2, random, got "grid"',
    ],
    ['search @/text.txt --out @/run --seed x', '`--seed` must be a whole number from 0, got "x"'],
    ['train @/text.txt --out @/m', "required option '--model <kind>' not specified"],
    ['train @/text.txt --model transformer --out @/m', '`--model` must be one of deltanet, gated-deltanet'],
    [
      'train @/text.txt --model mamba --eigenvalues [0,2] --out @/m',
      '`--eigenvalues` must be "[0,1]" or "[-1,1]"',
    ],
    ['train @/text.txt --model attention --eigenvalues [0,1] --out @/m', '`--eigenvalues` does not go with'],
    [
      'train @/text.txt --model mlstm --eigenvalues [-1,1] --out @/m',
      '`--eigenvalues` does not go with `--model mlstm`: its decays are sigmoids',
    ],
    [
      'train @/text.txt --model deltanet --heads 3 --out @/m',
      '`--heads` must divide the hidden width of 128, got 3',
    ],
    [
      'train @/text.txt --model attention --hidden 6 --heads 2 --out @/m',
      'must be even for rotary positions',
    ],
    [
      'train @/text.txt --model deltanet --steps 0 --out @/m',
      '`--steps` must be a whole number from 1, got "0"',
    ],
    [
      'train @/text.txt --model deltanet --learning-rate -1 --out @/m',
      '`--learning-rate` must be a positive number',
    ],
    [
      'train task:chess --model deltanet --out @/m',
      '`task:chess` must be like one of parity, counting_mod_3',
    ],
    ['train task:parity --model deltanet --tokens 64 --out @/m', '`--tokens` is for texts'],
    ['generate @/m --temperature -1', '`--temperature` must be a number from 0'],
    ['generate @/m --top-p 0', '`--top-p` must be above 0 and at most 1'],
    ['evaluate @/m task:chess', '`task:chess` must be like one of parity'],
    ['profile @/m --tokens 1.5', '`--tokens` must be a whole number from 1'],
    ['bench --threads 0', '`--threads` must be a whole number from 1'],
    ['bench --threads 4096', '`--threads` must be at most'],
  ])('%s', async (line, message) => {
    const { status, out, err } = await parascan(words(line))
    expect(err).toContain(message)
    expect(err).toMatch(/^parascan: .*\n$/)
    expect({ status, out }).toEqual({ status: 2, out: '' })
  })

  test('an empty prompt', async () => {
    const { status, err } = await parascan(['generate', 'm', '--prompt', ''])
    expect({ status, err }).toEqual({ status: 2, err: 'parascan: `--prompt` must not be empty\n' })
  })

  test('no command: the help, on stderr', async () => {
    const { status, out, err } = await parascan([])
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err).toMatch(/^Usage: parascan/)
  })
})

describe('failures exit 1', () => {
  test.each([
    ['search @/none.txt --out @/run', '@/none.txt does not exist'],
    ['search @/empty.txt --out @/run', '@/empty.txt is empty'],
    ['search @/short.txt --out @/run', '@/short.txt has 9 bytes'],
    ['search @ --out @/run', '@ is not a file'],
    ['search @/text.txt --out @/text.txt/run', '@/text.txt/run cannot be written to'],
    ['reproduce language-modelling @/none.txt --out @/run', '@/none.txt does not exist'],
    ['reproduce language-modelling @/text.txt --out @/text.txt/run', '@/text.txt/run cannot be written to'],
    ['train @/none.txt --model mamba --out @/m', '@/none.txt does not exist'],
    ['train @/empty.txt --model mamba --out @/m', '@/empty.txt is empty'],
    [
      'train @/text.txt --model mamba --out @/none/m',
      '@/none/m cannot be written: the folder @/none does not exist',
    ],
    ['train @/text.txt --model mamba --out @', '@ cannot be written: it is a folder'],
    [
      'train @/text.txt --model mamba --out @/text.txt/m',
      '@/text.txt/m cannot be written: @/text.txt is not a folder',
    ],
    ['train @/text.txt --model mamba --out /proc/m', '/proc/m cannot be written: '],
    ['generate @/none', '@/none does not exist'],
    ['generate @', '@ cannot be loaded: it has no config.json'],
    ['generate @/empty.txt', '@/empty.txt is not a whole safetensors file'],
    ['generate @/text.txt', '@/text.txt is not a whole safetensors file'],
    ['evaluate @/none @/text.txt', '@/none does not exist'],
    ['profile @/text.txt', '@/text.txt is not a whole safetensors file'],
    ['bench --out @/none/bench.html', '@/none/bench.html cannot be written'],
  ])('%s', async (line, message) => {
    const { status, out, err } = await parascan(words(line))
    expect(err).toContain(message.replaceAll('@', folder))
    expect(err).toMatch(/^parascan: .*\n$/)
    expect({ status, out }).toEqual({ status: 1, out: '' })
  })

  test('PARASCAN_DEBUG=1 shows the stack', async () => {
    process.env.PARASCAN_DEBUG = '1'
    try {
      const { err } = await parascan(words('evaluate @/none @/text.txt'))
      expect(err).toMatch(/\n {4}at /)
    } finally {
      delete process.env.PARASCAN_DEBUG
    }
  })
})

describe('help exits 0', () => {
  const commands = ['search', 'train', 'generate', 'evaluate', 'profile', 'bench', 'doctor']

  test.each(commands)('parascan %s --help', async (command) => {
    const { status, out, err } = await parascan([command, '--help'])
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toContain(`Usage: parascan ${command}`)
    expect(out).toContain('--json')
    expect(out).toContain('--seed')
    expect((await parascan(['help', command])).out).toBe(out)
  })

  test('the list of commands', async () => {
    const { status, out } = await parascan(['--help'])
    expect(status).toBe(0)
    for (const command of commands) expect(out).toMatch(new RegExp(`^ {2}${command} `, 'm'))
  })

  test('the version', async () => {
    expect(await parascan(['--version'])).toMatchObject({ status: 0, err: '' })
  })
})
