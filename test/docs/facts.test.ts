// What the README and docs/ name exists: files, links, scripts, environment variables, dependencies.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageRoot } from '../../lib/native/load.ts'
import { mixerKinds } from '../../lib/nn/mixers.ts'
import { objectiveNames } from '../../lib/pipeline/objectives.ts'
import manifest from '../../package.json' with { type: 'json' }
import { documents } from './documents.ts'

const textOf = (path: string): string =>
  documents.find((document) => document.path === path)?.text ?? expect.fail(`${path} is missing`)

const sources = ['lib', 'native', 'scripts', 'test']
  .flatMap((folder) =>
    readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|mjs|cpp|h)$/.test(name) && !name.includes('.examples-'))
      .map((name) => readFileSync(join(packageRoot, folder, name), 'utf8')),
  )
  .join('\n')

describe.each(documents.map((document) => [document.path, document.text] as const))('%s', (path, text) => {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '')

  test('links lead to files that exist', () => {
    for (const [, target] of prose.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g))
      expect(existsSync(join(packageRoot, dirname(path), target as string)), target).toBe(true)
  })

  test('files in backticks exist', () => {
    for (const [, file] of prose.matchAll(/`((?:lib|native|test|scripts|docs|bench)\/[\w./-]*)`/g))
      expect(existsSync(join(packageRoot, file as string)), file).toBe(true)
  })

  test('environment variables and error codes are in the source', () => {
    for (const [name] of text.matchAll(/(?:ERR_)?PARASCAN_[A-Z_]+/g)) expect(sources).toContain(name)
  })
})

test('the README names every run-time dependency, and no other', () => {
  const section = textOf('README.md').split('## Dependencies')[1]?.split('\n## ')[0] ?? ''
  const named = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name)
  expect(named.sort()).toEqual(Object.keys(manifest.dependencies).sort())
})

test('the README names the text of the demo', () => {
  const text = manifest.scripts.demo.split(' ').find((word) => word.startsWith('node_modules'))
  expect(textOf('README.md')).toContain(text)
})

test('every objective is in the table of what is measured', () => {
  for (const name of objectiveNames)
    expect(textOf('README.md')).toMatch(new RegExp(`^\\| \`${name}\` \\|`, 'm'))
})

test('every mixer has its section', () => {
  for (const kind of mixerKinds) expect(textOf('docs/layers.md')).toContain(`\`${kind}\``)
})
