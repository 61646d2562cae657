// Pieces on squares, as in a game of chess without captures: every move names two squares, whose pieces change places; at
// the end one square is named, and the piece that stands there is asked. At the start piece i stands on square i. Tokens
// are 0 for padding, the squares from 1, and the sign of the question.

import { checkNumber, drawLength, lastOnly, paperTestLengths, stringBatch } from './strings.ts'
import type { CheckedTask, TaskFamily } from './task.ts'

const firstSquare = 1
const lengths = { shortest: 4, step: 2 }
const letters = 'abcdefghijklmnopqrstuvwxyz'

function piecesTask(name: string, squares: number): CheckedTask {
  const question = firstSquare + squares
  const printToken = (id: number): string => (id === question ? '?' : (letters[id - firstSquare] ?? '_'))
  return {
    name,
    vocabulary: squares + 2,
    classes: squares,
    chance: 1 / squares,
    metric: 'scaledAccuracy',
    trainingLengths: { minimum: 4, maximum: 40, first: 6 },
    testLengths: paperTestLengths,
    prefixes: false,

    batch: (options, random) =>
      stringBatch(options, { ...lengths, padding: 0, prefixes: false }, (ids, targets) => {
        const length = drawLength(options, lengths, random)
        const board = Array.from({ length: squares }, (_, square) => square)
        for (let t = 0; t < length - 2; t += 2) {
          const from = random.integer(0, squares)
          const to = (from + random.integer(1, squares)) % squares
          ;[board[from], board[to]] = [board[to] as number, board[from] as number]
          ids[t] = firstSquare + from
          ids[t + 1] = firstSquare + to
        }
        const asked = random.integer(0, squares)
        ids[length - 2] = question
        ids[length - 1] = firstSquare + asked
        targets[length - 1] = board[asked] as number
      }),

    print(ids, targets) {
      const tokens = Array.from(ids, printToken).join('')
      const moves = tokens.replaceAll(/(..)(?=.)/g, '$1 ')
      return `${moves} → ${(letters[targets[targets.length - 1] as number] as string).toUpperCase()}`
    },

    answers(ids) {
      // Backwards from the square asked: which square did its piece stand on before every move?
      let square = ids[ids.length - 1] as number
      for (let t = ids.length - 4; t >= 0; t -= 2) {
        const [from, to] = [ids[t] as number, ids[t + 1] as number]
        if (square === from) square = to
        else if (square === to) square = from
      }
      return lastOnly(ids.length, square - firstSquare)
    },
  }
}

export const pieces: TaskFamily = {
  form: 'pieces[_n]',
  example: 'pieces',
  parse(name) {
    const match = /^pieces(?:_(\d+))?$/.exec(name)
    if (!match) return undefined
    const squares = Number(match[1] ?? 8)
    checkNumber(name, 'squares', squares, 2, letters.length)
    return piecesTask(name, squares)
  },
}
