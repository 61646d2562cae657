// Parsers of option values. Each takes the option's name, for its error, and gives the function that commander calls.

import { UsageError } from './errors.ts'

type Parser<T> = (text: string) => T

const unitSeconds: Record<string, number> = { ms: 1e-3, s: 1, m: 60, min: 60, h: 3600 }

/** Seconds of `20s`, `2m`, `1h30m`, `1.5m`. @throws UsageError naming the option */
export function parseDuration(option: string): Parser<number> {
  return (text) => {
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|min|s|m|h)/g)]
    const seconds = parts.reduce(
      (sum, [, count, unit]) => sum + Number(count) * (unitSeconds[unit as string] as number),
      0,
    )
    if (parts.map(([part]) => part).join('') !== text || !(seconds > 0))
      throw new UsageError(`\`${option}\` must be a time such as 20s, 2m or 1h30m, got "${text}"`)
    return seconds
  }
}

/** A whole number from `least`. */
export function wholeNumber(option: string, least = 1): Parser<number> {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
      throw new UsageError(`\`${option}\` must be a whole number from ${least}, got "${text}"`)
    return value
  }
}

/** A number that `accepts` takes; `expected` says in words which those are. */
export function number(
  option: string,
  expected: string,
  accepts: (value: number) => boolean,
): Parser<number> {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value) || !accepts(value))
      throw new UsageError(`\`${option}\` must be ${expected}, got "${text}"`)
    return value
  }
}

export const positiveNumber = (option: string): Parser<number> =>
  number(option, 'a positive number', (value) => value > 0)

/** One of `values`. */
export function oneOf<T extends string>(option: string, values: readonly T[]): Parser<T> {
  return (text) => {
    if ((values as readonly string[]).includes(text)) return text as T
    throw new UsageError(`\`${option}\` must be one of ${values.join(', ')}, got "${text}"`)
  }
}

/** Parts between commas, none of them empty. */
export function list<T>(option: string, parse: Parser<T>): Parser<T[]> {
  return (text) => {
    const parts = text.split(',').map((part) => part.trim())
    if (parts.includes(''))
      throw new UsageError(`\`${option}\` must be values separated by commas, got "${text}"`)
    return parts.map(parse)
  }
}
