// The documents whose examples are run, and what is in them: fenced blocks, links, names in backticks.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../lib/native/load.ts'

export interface Block {
  /** After the opening fence. */
  language: string
  code: string
  /** Of the first line of code, from 1. */
  line: number
}

export interface Document {
  /** Relative to the repository. */
  path: string
  text: string
  blocks: readonly Block[]
}

function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(\S*).*\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1] as string,
    code: match[2] as string,
    line: text.slice(0, match.index).split('\n').length + 1,
  }))
}

const guides = readdirSync(join(packageRoot, 'docs')).filter((name) => name.endsWith('.md'))

export const documents: readonly Document[] = ['README.md', ...guides.map((name) => `docs/${name}`)].map(
  (path) => {
    const text = readFileSync(join(packageRoot, path), 'utf8')
    return { path, text, blocks: blocksOf(text) }
  },
)

/** The lines of a shell block as words, without comments, prompts and the `\` that joins two lines. */
export function commandsOf(code: string): string[][] {
  return code
    .replaceAll('\\\n', ' ')
    .split(/\n|&&/)
    .map((line) => wordsOf(line))
    .filter((words) => words.length > 0)
}

function wordsOf(line: string): string[] {
  const words: string[] = []
  for (const [token] of line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
    if (token.startsWith('#')) break
    words.push(token.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'))
  }
  return words
}
