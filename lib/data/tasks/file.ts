// A task from a file of one's own: JSON Lines of `{"input": …, "target": …}`. Tokens and labels are numbered by the file
// that a network is trained on, and the numbering goes with the network.

import { readFile } from 'node:fs/promises'
import { Random } from '../../tensor/random.ts'
import { type Batch, ignored } from '../batch.ts'
import { checkStrings } from './strings.ts'
import type { Task } from './task.ts'

/** What ids and classes stand for: token i has id i + 1, since 0 is padding; label i is class i. */
export interface TaskVocabulary {
  tokens: readonly string[]
  labels: readonly string[]
}

export interface FileTask extends Task {
  readonly symbols: TaskVocabulary
}

export interface ReadTaskOptions {
  /** The numbering of another file, such as the one a network was trained on; made from the file otherwise. */
  symbols?: TaskVocabulary | undefined
}

interface Line {
  number: number
  tokens: string[]
  /** As many as tokens; null where nothing is asked. */
  labels: (string | null)[]
  split: 'train' | 'test' | undefined
}

interface Row {
  ids: Int32Array
  targets: Int32Array
}

const padding = 0
const firstToken = 1
/** Share of the lines that is for testing, in a file that does not say which are. */
const testShare = 0.1
const testBatch = 64
/** Scores are reported for bands of lengths, at most this many. */
const mostBands = 4

/** Whether what stands after `task:` is the path of a file. */
export const isTaskFile = (name: string): boolean => /\.jsonl?$/.test(name)

/**
 * Reads a task from a file. `input` is an array of tokens, numbers or strings, or a string that white space splits into
 * tokens; `target` is one label, of the last token, or an array of as many labels as there are tokens, null where nothing
 * is asked. Lines may say `"split": "train"` or `"test"`: lines that do not are for training if others do; where no line
 * does, a tenth of the lines is for testing, always the same of a file.
 *
 * @throws Error with code ERR_PARASCAN_INPUT for a file that cannot be read, too few lines, or bad ones, with the number
 * of the first
 */
export async function readTask(path: string, options: ReadTaskOptions = {}): Promise<FileTask> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw inputError(
      error.code === 'ENOENT' ? `${path} does not exist` : `${path} cannot be read: ${error.code}`,
    )
  })
  const lines = text
    .split('\n')
    .flatMap((line, i) => (line.trim() === '' ? [] : [parseLine(line, `${path}:${i + 1}`, i + 1)]))
  const { train, test } = splitLines(lines, path)
  const symbols = options.symbols ?? vocabularyOf(lines)
  if (symbols.labels.length < 2) throw inputError(`${path} must have two labels or more to tell apart`)
  const rowOf = rowMaker(symbols, path)
  return fileTask(path, symbols, train.map(rowOf), test.map(rowOf))
}

function inputError(text: string): Error {
  return Object.assign(new Error(text), { code: 'ERR_PARASCAN_INPUT' })
}

function parseLine(line: string, where: string, number: number): Line {
  let value: Record<string, unknown>
  try {
    value = JSON.parse(line)
  } catch {
    throw inputError(`${where} is not JSON`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw inputError(`${where} must be an object with \`input\` and \`target\``)
  const { input, target, split } = value
  const tokens = typeof input === 'string' ? input.split(/\s+/).filter((token) => token !== '') : input
  if (!Array.isArray(tokens) || tokens.length === 0 || !tokens.every(isSymbol))
    throw inputError(`${where}: \`input\` must be tokens, as a string or an array of strings and numbers`)
  if (split !== undefined && split !== 'train' && split !== 'test')
    throw inputError(`${where}: \`split\` must be "train" or "test", got ${JSON.stringify(split)}`)
  return { number, tokens: tokens.map(String), labels: parseTarget(target, tokens.length, where), split }
}

const isSymbol = (value: unknown): value is string | number =>
  typeof value === 'string' || typeof value === 'number'

function parseTarget(target: unknown, tokens: number, where: string): (string | null)[] {
  if (isSymbol(target)) return [...new Array<null>(tokens - 1).fill(null), String(target)]
  if (!Array.isArray(target) || !target.every((label) => label === null || isSymbol(label)))
    throw inputError(`${where}: \`target\` must be a label, or an array of labels and nulls`)
  if (target.length !== tokens)
    throw inputError(
      `${where}: \`target\` must hold as many labels as \`input\` has tokens, ${tokens}, got ${target.length}`,
    )
  if (target.every((label) => label === null)) throw inputError(`${where}: \`target\` asks nothing`)
  return target.map((label) => (label === null ? null : String(label)))
}

function splitLines(lines: readonly Line[], path: string): { train: Line[]; test: Line[] } {
  if (lines.length < 2) throw inputError(`${path} must hold two lines or more, one to test with`)
  let test: Set<Line>
  if (lines.some(({ split }) => split !== undefined))
    test = new Set(lines.filter(({ split }) => split === 'test'))
  else {
    const order = new Random(0).fork('split').shuffle(lines)
    test = new Set(order.slice(0, Math.ceil(testShare * lines.length)))
  }
  if (test.size === 0 || test.size === lines.length)
    throw inputError(
      `${path} must have lines to train on and lines to test with, \`split\` leaves one side none`,
    )
  return { train: lines.filter((line) => !test.has(line)), test: lines.filter((line) => test.has(line)) }
}

/** Numbers in their order, then words in theirs: the same for any order of the lines. */
function vocabularyOf(lines: readonly Line[]): TaskVocabulary {
  const sorted = (symbols: Iterable<string>): string[] => {
    const words = [...new Set(symbols)].sort()
    const isNumber = (word: string): boolean => Number.isFinite(Number(word))
    const numbers = words.filter(isNumber).sort((a, b) => Number(a) - Number(b))
    return [...numbers, ...words.filter((word) => !isNumber(word))]
  }
  return {
    tokens: sorted(lines.flatMap(({ tokens }) => tokens)),
    labels: sorted(lines.flatMap(({ labels }) => labels.filter((label) => label !== null))),
  }
}

function rowMaker({ tokens, labels }: TaskVocabulary, path: string): (line: Line) => Row {
  const ids = new Map(tokens.map((token, i) => [token, i + firstToken]))
  const classes = new Map(labels.map((label, i) => [label, i]))
  return (line) => {
    const find = (known: Map<string, number>, symbol: string, what: string): number => {
      const number = known.get(symbol)
      if (number !== undefined) return number
      throw inputError(`${path}:${line.number}: the ${what} "${symbol}" is not one that the network knows`)
    }
    return {
      ids: Int32Array.from(line.tokens, (token) => find(ids, token, 'token')),
      targets: Int32Array.from(line.labels, (label) =>
        label === null ? ignored : find(classes, label, 'label'),
      ),
    }
  }
}

function fileTask(path: string, symbols: TaskVocabulary, train: Row[], test: Row[]): FileTask {
  const byLength = (rows: Row[]): Row[] => rows.sort((a, b) => a.ids.length - b.ids.length)
  byLength(train)
  byLength(test)
  const [minimum, maximum] = [lengthAt(train, 0), lengthAt(train, train.length - 1)]
  const bands = lengthBands(test)
  return {
    name: path,
    symbols,
    vocabulary: symbols.tokens.length + firstToken,
    classes: symbols.labels.length,
    chance: commonestShare(train),
    metric: 'scaledAccuracy',
    trainingLengths: { minimum, maximum, first: Math.min(maximum, minimum + 1) },
    testLengths: bands,
    prefixes: false,

    batch(options, random) {
      checkStrings(options, { shortest: minimum, prefixes: false })
      const low = lowOf(train, options.minimum)
      const high = train.findLastIndex(({ ids }) => ids.length <= options.maximum)
      // Without a string in between, the next shorter ones.
      const first = low < 0 || low > high ? lowOf(train, lengthAt(train, high)) : low
      const drawn = Array.from({ length: options.count }, () => train[random.integer(first, high + 1)] as Row)
      return rowsBatch(drawn, options.maximum)
    },

    test(length) {
      const shorter = bands[bands.indexOf(length) - 1] ?? 0
      const rows = test.filter(({ ids }) => ids.length > shorter && ids.length <= length)
      return Array.from({ length: Math.ceil(rows.length / testBatch) }, (_, i) =>
        rowsBatch(rows.slice(i * testBatch, (i + 1) * testBatch), length),
      )
    },

    print: (ids, targets) =>
      `${Array.from(ids, (id) => symbols.tokens[id - firstToken] ?? '_').join(' ')} → ${Array.from(targets)
        .filter((target) => target !== ignored)
        .map((target) => symbols.labels[target])
        .join(' ')}`,
  }
}

const lengthAt = (rows: readonly Row[], i: number): number => rows[i]?.ids.length ?? 0

/** The first row of a length or more; -1 if all are shorter. */
const lowOf = (rows: readonly Row[], length: number): number =>
  rows.findIndex(({ ids }) => ids.length >= length)

/** The longest lengths of bands that hold about as many strings each, of rows sorted by length. */
function lengthBands(rows: readonly Row[]): number[] {
  const ends = Array.from({ length: mostBands }, (_, i) =>
    lengthAt(rows, Math.ceil(((i + 1) * rows.length) / mostBands) - 1),
  )
  return [...new Set(ends)]
}

/** Accuracy of always telling the commonest label. */
function commonestShare(rows: readonly Row[]): number {
  const counts = new Map<number, number>()
  for (const { targets } of rows)
    for (const target of targets) if (target !== ignored) counts.set(target, 1 + (counts.get(target) ?? 0))
  const all = [...counts.values()]
  return Math.max(...all) / all.reduce((sum, count) => sum + count, 0)
}

function rowsBatch(rows: readonly Row[], width: number): Batch {
  const ids = new Int32Array(rows.length * width).fill(padding)
  const targets = new Int32Array(rows.length * width).fill(ignored)
  rows.forEach((row, i) => {
    ids.set(row.ids, i * width)
    targets.set(row.targets, i * width)
  })
  return { shape: [rows.length, width], ids, targets }
}
