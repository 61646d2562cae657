// Modular arithmetic without brackets: the value of `3 + 4 * 2 =` modulo m, where × binds tighter (Grazzi et al. 2025,
// section 5.1). Digits and operators alternate; the answer is asked at the token after `=`, whose id is that of padding, and
// what a prefix is worth at its last digit. Tokens are 0 for padding, + − * = as 1 to 4, and the digit d as 5 + d.

import type { Random } from '../../tensor/random.ts'
import { ignored } from '../batch.ts'
import { evaluateModulo, residue } from './expression.ts'
import { checkNumber, drawLength, paperTestLengths, stringBatch } from './strings.ts'
import type { CheckedTask, TaskFamily } from './task.ts'

const symbols = ['_', '+', '-', '*', '=']
const [padding, plus, minus, times, equals] = [0, 1, 2, 3, 4]
const zero = 5
const lengths = { shortest: 3, step: 2 }

function modularArithmeticTask(modulus: number): CheckedTask {
  const printToken = (id: number): string => symbols[id] ?? String(id - zero)
  const printTokens = (ids: ArrayLike<number>): string =>
    Array.from(ids).slice(0, -1).map(printToken).join(' ')
  return {
    name: modulus === 5 ? 'modular-arithmetic' : `modular-arithmetic_mod_${modulus}`,
    vocabulary: zero + modulus,
    classes: modulus,
    chance: 1 / modulus,
    metric: 'scaledAccuracy',
    trainingLengths: { minimum: 3, maximum: 39, first: 5 },
    testLengths: paperTestLengths,
    prefixes: true,

    batch: (options, random) =>
      stringBatch(options, { ...lengths, padding, prefixes: true }, (ids, targets) => {
        const length = drawLength(options, lengths, random)
        const values = writeExpression(ids.subarray(0, length), modulus, random)
        targets[length - 1] = values.at(-1) as number
        if (options.asked !== 'every') return
        for (const [digit, value] of values.entries()) targets[2 * digit] = value
      }),

    print: (ids, targets) => `${printTokens(ids)} ${targets[targets.length - 1]}`,

    answers: (ids) => {
      const tokens = Array.from(ids, printToken)
      const value = (end: number): number => evaluateModulo(tokens.slice(0, end).join(' '), modulus)
      return tokens.map((_, t) => {
        if (t === ids.length - 1) return value(t - 1)
        return t % 2 === 0 ? value(t + 1) : ignored
      })
    },
  }
}

/** Draws an expression that fills `ids` but for the answer's place, and returns what it is worth up to every digit. */
function writeExpression(ids: Int32Array, modulus: number, random: Random): number[] {
  const values: number[] = []
  let sum = 0
  /** The product that is being read, with its sign. */
  let product = 0
  let operator = plus
  for (let t = 0; t < ids.length - 2; t += 2) {
    const digit = random.integer(0, modulus)
    ids[t] = zero + digit
    if (operator === times) product = (product * digit) % modulus
    else {
      sum += product
      product = operator === minus ? -digit : digit
    }
    values.push(residue(sum + product, modulus))
    operator = random.integer(plus, times + 1)
    ids[t + 1] = operator
  }
  ids[ids.length - 2] = equals
  return values
}

export const modularArithmetic: TaskFamily = {
  form: 'modular-arithmetic[_mod_m]',
  example: 'modular-arithmetic',
  parse(name) {
    const match = /^modular-arithmetic(?:_mod_(\d+))?$/.exec(name)
    if (!match) return undefined
    const modulus = Number(match[1] ?? 5)
    checkNumber(name, 'a modulus', modulus, 2, 1000)
    return modularArithmeticTask(modulus)
  },
}
