// Tables and quantities as a terminal shows them.

import { formatQuantity } from '../report/units.ts'

/** With ordinary spaces, so that what is printed can be searched and copied. */
export const plain = (text: string): string => text.replaceAll('\u00a0', ' ')

/** A value in a friendly unit: `1.23 ms`. */
export const quantity = (value: number, unit: string): string => plain(formatQuantity(value, unit))

export interface Column {
  title: string
  /** To the right for numbers. */
  align?: 'left' | 'right'
}

/** Rows under a head, columns two spaces apart. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map((column) => column.title), ...rows]
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length)))
  return lines
    .map((line) =>
      columns
        .map(({ align }, i) => {
          const [cell = '', width = 0] = [line[i], widths[i]]
          return align === 'right' ? cell.padStart(width) : cell.padEnd(width)
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Names with their values, aligned. */
export function facts(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')
}
