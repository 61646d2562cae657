// Published tables as files of comma-separated values, plain or compressed with gzip.

import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

const unzip = promisify(gunzip)

/** The text of a file; one that ends in `.gz` is decompressed. */
export async function readText(path: string): Promise<string> {
  const bytes = await readFile(path)
  return (path.endsWith('.gz') ? await unzip(bytes) : bytes).toString('utf8')
}

/** Rows of fields under named columns; an empty field is a missing value. */
export class Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  private readonly path_: string

  constructor(path: string, columns: readonly string[], rows: readonly (readonly string[])[]) {
    this.path_ = path
    this.columns = columns
    this.rows = rows
  }

  /**
   * A column as text, row by row.
   *
   * @throws RangeError when there is none of this name
   */
  texts(name: string): string[] {
    const place = this.columns.indexOf(name)
    if (place < 0)
      throw new RangeError(`${this.path_} must have a column ${name}, it has ${this.columns.join(', ')}`)
    return this.rows.map((row) => row[place] ?? '')
  }

  /**
   * A column as numbers, row by row; NaN where a value is missing.
   *
   * @throws RangeError when there is none of this name, or a field is no number
   */
  numbers(name: string): number[] {
    return this.texts(name).map((text, i) => {
      if (text === '') return Number.NaN
      const value = Number(text)
      if (Number.isNaN(value))
        throw new RangeError(`${this.path_}: ${name} of row ${i + 1} must be a number, got "${text}"`)
      return value
    })
  }
}

/**
 * The table in a file without quoted fields: names of columns in the first line, a row in every other.
 *
 * @throws RangeError when a row has another number of fields than the first line; Error when there is no such file
 */
export async function readTable(path: string): Promise<Table> {
  const [head = '', ...lines] = (await readText(path)).trimEnd().split('\n')
  const columns = head.split(',')
  const rows = lines.map((line) => line.split(','))
  const broken = rows.findIndex((row) => row.length !== columns.length)
  if (broken >= 0)
    throw new RangeError(
      `${path}: row ${broken + 1} must have ${columns.length} fields, it has ${rows[broken]?.length}`,
    )
  return new Table(path, columns, rows)
}
