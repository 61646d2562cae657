// Arithmetic expressions as text, computed exactly in whole numbers of any size: what the answers of arithmetic tasks are
// checked with.

/**
 * The value of `3 + 4 * ( - 2 )`, of whole numbers from 0, +, -, * (which binds tighter), brackets and a minus before
 * a number or bracket, all with spaces between.
 *
 * @throws RangeError for anything else
 */
export function evaluateExpression(text: string): bigint {
  const tokens = text.split(' ')
  let at = 0

  function sum(): bigint {
    let value = product()
    while (tokens[at] === '+' || tokens[at] === '-')
      value = tokens[at++] === '+' ? value + product() : value - product()
    return value
  }

  function product(): bigint {
    let value = factor()
    while (tokens[at] === '*') {
      at++
      value *= factor()
    }
    return value
  }

  function factor(): bigint {
    const token = tokens[at++]
    if (token === '-') return -factor()
    if (token === '(') {
      const value = sum()
      if (tokens[at++] !== ')') throw new RangeError(`\`text\` must close its brackets, got "${text}"`)
      return value
    }
    if (token === undefined || !/^\d+$/.test(token))
      throw new RangeError(`\`text\` must be an expression, got "${text}"`)
    return BigInt(token)
  }

  const value = sum()
  if (at < tokens.length) throw new RangeError(`\`text\` must be an expression, got "${text}"`)
  return value
}

/** The least residue of a whole number, which may be negative. */
export const residue = (value: number, modulus: number): number => ((value % modulus) + modulus) % modulus

/** {@link evaluateExpression} modulo m. */
export function evaluateModulo(text: string, modulus: number): number {
  const m = BigInt(modulus)
  return Number(((evaluateExpression(text) % m) + m) % m)
}
