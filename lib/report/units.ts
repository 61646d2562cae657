/** Turns base units into the ones people read: 0.00123 s becomes 1.23 ms, a column gets one unit and one number of decimals. */

// Number and unit stay on one line.
const space = '\u00a0'

/** A friendly unit: multiply a value in the base unit by `factor`. */
export interface FriendlyUnit {
  readonly factor: number
  readonly label: string
}

const prefixes = [
  { factor: 1e-12, symbol: 'T' },
  { factor: 1e-9, symbol: 'G' },
  { factor: 1e-6, symbol: 'M' },
  { factor: 1e-3, symbol: 'k' },
  { factor: 1, symbol: '' },
  { factor: 1e3, symbol: 'm' },
  { factor: 1e6, symbol: 'µ' },
  { factor: 1e9, symbol: 'n' },
] as const

const small = new Set(['s', 'J', 'W'])
const large = new Set([
  'J',
  'W',
  'B',
  'byte',
  'bytes',
  'FLOP',
  'FLOPs',
  'FLOP/s',
  'B/s',
  'parameters',
  'tokens',
])

/** The unit that brings the middle of `values` (in `unit`) between 1 and 1000. */
export function friendlyUnit(values: readonly number[], unit: string): FriendlyUnit {
  const [base = '', ...per] = large.has(unit) ? [unit] : unit.split('/')
  const magnitudes = values.map(Math.abs).filter((value) => value > 0 && Number.isFinite(value))
  magnitudes.sort((a, b) => a - b)
  const middle = magnitudes[magnitudes.length >> 1]
  const symbol = base === 'byte' || base === 'bytes' ? 'B' : base
  const label = (prefix: string) => {
    const spaced = symbol.length > 4 && prefix !== '' && !symbol.startsWith('FLOP') ? ' ' : ''
    return [`${prefix}${spaced}${symbol}`, ...per].join('/')
  }
  if (middle === undefined) return { factor: 1, label: label('') }
  const allowed = prefixes.filter(
    ({ factor }) => factor === 1 || (factor > 1 ? small.has(base) : large.has(base)),
  )
  const chosen = allowed.find(({ factor }) => middle * factor >= 0.9995) ?? allowed.at(-1)
  return chosen === undefined
    ? { factor: 1, label: unit }
    : { factor: chosen.factor, label: label(chosen.symbol) }
}

/** Decimals that tell the values of one column apart: three significant digits of the least, a hundredth of the range. */
export function columnDecimals(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite)
  const magnitudes = finite.map(Math.abs).filter((value) => value > 0)
  if (magnitudes.length === 0) return 0
  if (finite.every(Number.isInteger)) return 0
  const range = Math.max(...finite) - Math.min(...finite)
  const forLeast = 2 - Math.floor(Math.log10(Math.min(...magnitudes)))
  const forRange = range > 0 ? 2 - Math.floor(Math.log10(range)) : 0
  return Math.min(4, Math.max(0, forLeast, Math.min(forRange, 4)))
}

/** A number with fixed decimals and a true minus sign; a dash where there is none. */
export function formatNumber(value: number | undefined, decimals: number): string {
  if (value === undefined || !Number.isFinite(value)) return '–'
  return value.toFixed(decimals).replace('-', '−')
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** Three significant digits; a power of ten where plain digits would be many. */
export function formatSignificant(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–'
  const magnitude = Math.abs(value)
  if (value === 0 || (magnitude >= 1e-3 && magnitude < 1e6)) {
    return formatNumber(value, Number.isInteger(value) ? 0 : columnDecimals([value]))
  }
  const [digits = '', exponent = '0'] = value.toExponential(2).split('e')
  const power = exponent
    .replace('+', '')
    .replace('-', '⁻')
    .replace(/\d/g, (digit) => superscripts[+digit] ?? '')
  return `${digits.replace('-', '−')}×10${power}`
}

/** One value by itself with its friendly unit, three significant digits: `1.23 ms`. */
export function formatQuantity(value: number | undefined, unit: string): string {
  const { factor, label } = friendlyUnit(value === undefined ? [] : [value], unit)
  return appendUnit(formatSignificant(value === undefined ? undefined : value * factor), label)
}

/** A stretch of time as one says it: `45 s`, `2 min 3 s`, `1 h 4 min`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–'
  const whole = Math.round(seconds)
  if (whole < 1) return formatQuantity(seconds, 's')
  const parts = [
    { amount: Math.floor(whole / 3600), unit: 'h' },
    { amount: Math.floor(whole / 60) % 60, unit: 'min' },
    { amount: whole % 60, unit: 's' },
  ]
  const first = parts.findIndex(({ amount }) => amount > 0)
  return parts
    .slice(first, first + 2)
    .filter(({ amount }) => amount > 0)
    .map(({ amount, unit }) => `${amount}${space}${unit}`)
    .join(space)
}

/** A formatted number with its unit; a dash stays a dash. */
export function appendUnit(text: string, label: string): string {
  return label === '' || text === '–' ? text : `${text}${space}${label}`
}

/** Name with its unit, as on an axis or above a column: `latency (ms)`. */
export function withUnit(name: string, label: string): string {
  return label === '' ? name : `${name} (${label})`
}
