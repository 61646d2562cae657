// Modular arithmetic with brackets: the value of `( 3 + ( - 2 ) ) =` modulo m (Grazzi et al. 2025, section 5.1). An
// expression of n tokens is d, -d, (d) or (-d), and from n = 5 on `( L op R )` with the length of L uniform. The answer is
// asked at the token after `=`, whose id is that of the digit 0. Tokens are the digits, then + − * ( ) = and padding.

import type { Random } from '../../tensor/random.ts'
import { evaluateModulo, residue } from './expression.ts'
import { checkNumber, drawLength, lastOnly, paperTestLengths, stringBatch } from './strings.ts'
import type { CheckedTask, TaskFamily } from './task.ts'

const symbols = ['+', '-', '*', '(', ')', '=', '_']
/** As in the published generator, a string of length L has an expression of L − 3 tokens, and a token to spare. */
const aroundExpression = 3
const lengths = { shortest: 5, step: 1 }

function bracketedArithmeticTask(name: string, modulus: number, multiplication: boolean): CheckedTask {
  const printToken = (id: number): string => symbols[id - modulus] ?? String(id)
  const printTokens = (ids: ArrayLike<number>): string =>
    Array.from(ids).slice(0, -1).map(printToken).join(' ')
  const padding = modulus + symbols.indexOf('_')
  return {
    name,
    vocabulary: modulus + symbols.length,
    classes: modulus,
    chance: 1 / modulus,
    metric: 'scaledAccuracy',
    trainingLengths: { minimum: 5, maximum: 40, first: 8 },
    testLengths: paperTestLengths,
    prefixes: false,

    batch: (options, random) =>
      stringBatch(options, { ...lengths, padding, prefixes: false }, (ids, targets) => {
        const size = drawLength(options, lengths, random) - aroundExpression
        const draw = new ExpressionWriter(ids, modulus, multiplication, random)
        targets[size + 1] = draw.expression(0, size)
        ids[size] = modulus + symbols.indexOf('=')
        ids[size + 1] = 0
      }),

    print: (ids, targets) => `${printTokens(ids)} ${targets[targets.length - 1]}`,

    answers: (ids) => lastOnly(ids.length, evaluateModulo(printTokens(ids).replace(/ =$/, ''), modulus)),
  }
}

/** Draws expressions into a row of ids. */
class ExpressionWriter {
  private readonly ids: Int32Array
  private readonly modulus: number
  private readonly operators: readonly string[]
  private readonly random: Random

  constructor(ids: Int32Array, modulus: number, multiplication: boolean, random: Random) {
    this.ids = ids
    this.modulus = modulus
    this.operators = multiplication ? ['+', '-', '*'] : ['+', '-']
    this.random = random
  }

  /** Writes an expression of `size` tokens from `at` on, and returns its value. */
  expression(at: number, size: number): number {
    if (size === 1) {
      const digit = this.random.integer(0, this.modulus)
      this.ids[at] = digit
      return digit
    }
    if (size === 2) {
      this.symbol(at, '-')
      return residue(-this.expression(at + 1, 1), this.modulus)
    }
    this.symbol(at, '(')
    this.symbol(at + size - 1, ')')
    return size < 5 ? this.expression(at + 1, size - 2) : this.operation(at + 1, size - 2)
  }

  private operation(at: number, size: number): number {
    const leftSize = this.random.integer(1, size - 1)
    const left = this.expression(at, leftSize)
    const operator = this.random.choice(this.operators)
    this.symbol(at + leftSize, operator)
    const right = this.expression(at + leftSize + 1, size - 1 - leftSize)
    const value = operator === '*' ? left * right : operator === '+' ? left + right : left - right
    return residue(value, this.modulus)
  }

  private symbol(at: number, symbol: string): void {
    this.ids[at] = this.modulus + symbols.indexOf(symbol)
  }
}

export const bracketedArithmetic: TaskFamily = {
  form: 'modular-arithmetic_brackets[_no_multiplication][_mod_m]',
  example: 'modular-arithmetic_brackets',
  parse(name) {
    const match = /^modular-arithmetic_brackets(_no_multiplication)?(?:_mod_(\d+))?$/.exec(name)
    if (!match) return undefined
    const modulus = Number(match[2] ?? 5)
    checkNumber(name, 'a modulus', modulus, 2, 1000)
    return bracketedArithmeticTask(name, modulus, match[1] === undefined)
  },
}
