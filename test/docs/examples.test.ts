// Every TypeScript and shell example of the README and of docs/ runs as it stands, document by document, in a folder that
// holds a `corpus.txt`. What a comment `// → …` says is what is printed. Commands that take minutes are made small by
// options that are added to them.

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format } from 'node:util'
import { Command } from 'commander'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { defineBench } from '../../lib/cli/commands/bench.ts'
import { packageRoot } from '../../lib/native/load.ts'
import manifest from '../../package.json' with { type: 'json' }
import { hwGptAvailable, hwGptFolder } from '../benchmarks/hwgpt-folder.ts'
import { fakeTerminal, parascan } from '../cli/terminal.ts'
import { commandsOf, documents } from './documents.ts'

// Inside the repository, so that `parascan` and its dependencies resolve as they do for any test.
const scratch = mkdtempSync(join(packageRoot, 'test', 'docs', '.examples-'))
afterAll(() => rmSync(scratch, { recursive: true }))

/** Searches measure time, and share the machine with the other tests. */
const timeout = process.env.PARASCAN_BUILD ? 600_000 : 90_000

// Data that are not in the package, in a folder that examples take from the environment.
if (hwGptAvailable) process.env.HWGPT_DATA = hwGptFolder
const hasData = (code: string): boolean => hwGptAvailable || !code.includes('HWGPT_DATA')

/** Of files made from a document. */
const nameOf = (path: string): string => path.replaceAll(/\W/g, '-')

/** Options that come last win. */
const smaller: Record<string, readonly string[]> = {
  search: ['--budget', '200ms'],
  train: ['--steps', '3'],
  generate: ['--tokens', '5'],
  'reproduce state-tracking': ['--budget', '1ms'],
  'reproduce language-modelling': ['--models', 'deltanet', '--steps', '2', '--seeds', '1'],
}

async function runCommand(words: readonly string[]): Promise<void> {
  const at = words.findIndex((word) => !/^[A-Z_]+=/.test(word))
  const [program, ...rest] = words.slice(at)
  if (program === 'npm') return checkNpm(rest)
  if (program === 'cp') return copyFileSync(join(packageRoot, rest[0] as string), rest[1] as string)
  const [name, command = '', ...options] = rest
  if (program !== 'npx' || name !== 'parascan') throw new Error(`this test cannot run ${words.join(' ')}`)
  if (command === 'bench') return checkBench(options)
  const less = smaller[command] ?? smaller[`${command} ${options[0]}`] ?? []
  const { status, err } = await parascan([command, ...options, ...less])
  expect(status, err).toBe(0)
}

/** Scripts exist; what they do is the business of other tests. */
function checkNpm([command, script]: readonly string[]): void {
  if (command === 'run') expect(Object.keys(manifest.scripts)).toContain(script)
  else expect(['ci', 'test', 'pack', 'install', 'rebuild']).toContain(command)
}

/** A benchmark takes a minute: its options are parsed, and nothing is run. */
function checkBench(options: readonly string[]): void {
  const command = new Command('bench').exitOverride()
  defineBench(command, fakeTerminal().terminal)
  const run = vi.fn()
  command.action(run).parse(options, { from: 'user' })
  expect(run).toHaveBeenCalledOnce()
}

/** Imports the example, and compares what it prints. */
async function runModule(code: string, path: string): Promise<void> {
  writeFileSync(path, code)
  const printed: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => {
    printed.push(format(...values))
  })
  try {
    await import(/* @vite-ignore */ path)
  } finally {
    log.mockRestore()
  }
  const expected = [...code.matchAll(/console\.log\(.*\/\/ → (.*)$/gm)].map((match) => match[1])
  expect(printed.filter((line) => expected.includes(line))).toEqual(expected)
}

test('the TypeScript examples have the right types', () => {
  const folder = join(scratch, 'types')
  mkdirSync(folder)
  for (const { path, blocks } of documents)
    for (const { language, code, line } of blocks)
      if (language === 'ts') writeFileSync(join(folder, `${nameOf(path)}-${line}.ts`), code)
  const lib = join(packageRoot, 'lib')
  const settings = {
    extends: join(packageRoot, 'tsconfig.json'),
    compilerOptions: {
      allowImportingTsExtensions: true,
      noUnusedLocals: true,
      paths: { parascan: [`${lib}/index.ts`], 'parascan/*': [`${lib}/*/index.ts`] },
    },
    include: ['*.ts'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  const compiler = join(packageRoot, 'node_modules', 'typescript', 'bin', 'tsc')
  const { stdout, status } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' })
  expect(status, stdout).toBe(0)
})

describe.each(documents.map((document) => [document.path, document] as const))('%s', (path, { blocks }) => {
  const home = process.cwd()
  const name = nameOf(path)
  const folder = join(scratch, name)
  beforeEach(() => {
    mkdirSync(folder, { recursive: true })
    copyFileSync(join(packageRoot, 'node_modules', '@types', 'node', 'fs.d.ts'), join(folder, 'corpus.txt'))
    process.chdir(folder)
  })
  afterEach(() => process.chdir(home))

  for (const { language, code, line } of blocks.filter((block) => block.language !== 'text'))
    test.skipIf(!hasData(code))(`the ${language} example on line ${line} runs`, { timeout }, async () => {
      if (language === 'ts') await runModule(code, join(scratch, `${name}-${line}.ts`))
      else if (language === 'sh') for (const words of commandsOf(code)) await runCommand(words)
      else throw new Error(`examples are ts, sh or text, this one is "${language}"`)
    })
})
