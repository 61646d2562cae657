// NAS-Bench-201 with the latencies of HW-NAS-Bench: 15 625 cells whose error and latency are known, so that the front
// a search finds can be held against the true one.

import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { categorical, defineSpace } from '../../lib/space/index.ts'

const folder = new URL('../../../shared/data/nas/', import.meta.url)
const tables = ['nb201_main.csv.gz', 'nb201_hwnasbench.csv.gz'].map((name) => new URL(name, folder))

export const available = tables.every((table) => existsSync(table))

const operations = ['0', '1', '2', '3', '4'] as const

export const cells = defineSpace({
  edge1: categorical(operations),
  edge2: categorical(operations),
  edge3: categorical(operations),
  edge4: categorical(operations),
  edge5: categorical(operations),
  edge6: categorical(operations),
})

export type Cell = ReturnType<typeof cells.sample>

/** A column of a table, by the operations of a cell. */
function column(table: URL, name: string): Map<string, number> {
  const [head = [], ...rows] = gunzipSync(readFileSync(table))
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.split(','))
  const [key, value] = [head.indexOf('ops'), head.indexOf(name)]
  return new Map(rows.map((row) => [row[key] as string, Number(row[value])]))
}

/** Error in percent on CIFAR-10 and latency in milliseconds on a Jetson TX2, by the operations of a cell. */
export function readCosts(): ReadonlyMap<string, readonly [number, number]> {
  const [main, hardware] = tables as [URL, URL]
  const latencies = column(hardware, 'c10_edgegpu_latency')
  const accuracies = [...column(main, 'c10_val_e200')]
  return new Map(
    accuracies.map(([cell, accuracy]) => [cell, [100 - accuracy, latencies.get(cell) as number]]),
  )
}

export const operationsOf = (cell: Cell): string => Object.values(cell).join('')
