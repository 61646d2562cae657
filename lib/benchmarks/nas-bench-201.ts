// NAS-Bench-201 (Dong & Yang 2020): cells of six edges with one of five operations each, all 15 625 of them trained, with
// the costs that HW-NAS-Bench (Li et al. 2021) and HELP (Lee et al. 2021) measured on devices.
//
// Read from a folder with the files
//   nb201_main.csv.gz          ops, idx, <set>_val_e12, <set>_val_e200: validation accuracy in percent
//   nb201_hwnasbench.csv.gz    ops, <set>_<device>_latency in ms and _energy in mJ
//   nb201_help_latency.csv.gz  idx, a column of latencies in ms per device, on CIFAR-10; only for such costs
// where <set> is c10, c100 or in16, and ops has a digit an edge: 0 skip, 1 none, 2 convolution of 3x3, 3 of 1x1, 4 pooling.

import { join } from 'node:path'
import type { Objective, Values } from '../search/objective.ts'
import { categorical } from '../space/categorical.ts'
import { defineSpace } from '../space/space.ts'
import { readTable } from './table.ts'
import { TabularProblem } from './tabular-problem.ts'
import type { TimedProblem } from './timed-problem.ts'

const operations = ['skip', 'none', 'conv3x3', 'conv1x1', 'pool'] as const

const edge = categorical(operations)

const cells = defineSpace({
  edge12: edge,
  edge13: edge,
  edge14: edge,
  edge23: edge,
  edge24: edge,
  edge34: edge,
})

/** A cell of NAS-Bench-201: the operation from one of its four nodes to a later one. */
export type NasBench201Cell = ReturnType<typeof cells.sample>

const prefixes = { cifar10: 'c10', cifar100: 'c100', imagenet16: 'in16' } as const

export interface NasBench201Options {
  /** `cifar10` by default. */
  readonly dataset?: keyof typeof prefixes
  /**
   * The second objective: a device and `latency` or `energy` of HW-NAS-Bench, such as `edgegpu_latency` (the default),
   * or a device of HELP, such as `1080ti_256`.
   */
  readonly cost?: string
}

/** Epochs of the two schedules that the cells were trained by, each from the start. */
const schedules = [12, 200] as const

/** The worst error, in percent, that hypervolumes count. */
const worstError = 40

const digitsOf = (cell: NasBench201Cell): string =>
  Object.values(cell)
    .map((operation) => operations.indexOf(operation))
    .join('')

class NasBench201 extends TabularProblem<NasBench201Cell> implements TimedProblem<NasBench201Cell> {
  readonly fidelities = schedules
  private readonly short_: ReadonlyMap<string, Values>

  constructor(
    name: string,
    objectives: readonly Objective[],
    short: ReadonlyMap<string, Values>,
    values: ReadonlyMap<string, Values>,
    worstCost: number,
  ) {
    super({ name, space: cells, objectives, values, keyOf: digitsOf, reference: [worstError, worstCost] })
    this.short_ = short
  }

  evaluateAt(cell: NasBench201Cell, fidelity: number): Values {
    return fidelity < schedules[1] ? (this.short_.get(digitsOf(cell)) as Values) : this.evaluate(cell)
  }

  /** An epoch counts as a second; the long schedule begins anew after the short one. */
  secondsUntil(_: NasBench201Cell, fidelity: number): number {
    return fidelity < schedules[1] ? schedules[0] : schedules[0] + schedules[1]
  }
}

/** A column of the costs by the digits of cells, and its unit. */
async function readCosts(
  folder: string,
  prefix: string,
  cost: string,
  indices: ReadonlyMap<number, string>,
): Promise<{ unit: string; costs: Map<string, number> }> {
  if (/_(latency|energy)$/.test(cost)) {
    const table = await readTable(join(folder, 'nb201_hwnasbench.csv.gz'))
    const values = table.numbers(`${prefix}_${cost}`)
    const costs = new Map(table.texts('ops').map((ops, i) => [ops, values[i] as number]))
    return { unit: cost.endsWith('energy') ? 'mJ' : 'ms', costs }
  }
  if (prefix !== prefixes.cifar10)
    throw new RangeError(`\`cost\` must be of HW-NAS-Bench where \`dataset\` is not "cifar10", got "${cost}"`)
  const table = await readTable(join(folder, 'nb201_help_latency.csv.gz'))
  const values = table.numbers(cost)
  const costs = new Map(
    table.numbers('idx').map((idx, i) => [indices.get(idx) as string, values[i] as number]),
  )
  return { unit: 'ms', costs }
}

/**
 * NAS-Bench-201 as a problem of two objectives, the error of a cell on validation data in percent and what it costs on a
 * device, with the exact front, and as a timed one with the schedules of 12 and 200 epochs. Hypervolumes reach to an error
 * of 40 % and the greatest cost of all cells.
 *
 * @param folder with the files named in `lib/benchmarks/nas-bench-201.ts`
 * @throws RangeError for an unknown data set or cost, or a table of another form; Error where a file is missing
 */
export async function nasBench201(
  folder: string,
  { dataset = 'cifar10', cost = 'edgegpu_latency' }: NasBench201Options = {},
): Promise<TabularProblem<NasBench201Cell> & TimedProblem<NasBench201Cell>> {
  if (!Object.hasOwn(prefixes, dataset))
    throw new RangeError(`\`dataset\` must be one of ${Object.keys(prefixes).join(', ')}, got "${dataset}"`)
  const prefix = prefixes[dataset]
  const main = await readTable(join(folder, 'nb201_main.csv.gz'))
  const ops = main.texts('ops')
  const indices = new Map(main.numbers('idx').map((idx, i) => [idx, ops[i] as string]))
  const { unit, costs } = await readCosts(folder, prefix, cost, indices)
  const valuesAfter = (epochs: number): Map<string, Values> => {
    const accuracies = main.numbers(`${prefix}_val_e${epochs}`)
    return new Map(
      ops.map((cell, i) => [
        cell,
        { error: 100 - (accuracies[i] as number), [cost]: costs.get(cell) as number },
      ]),
    )
  }
  const objectives: Objective[] = [
    { name: 'error', unit: '%', direction: 'minimize', source: 'NAS-Bench-201' },
    { name: cost, unit, direction: 'minimize', source: unit === 'ms' ? 'measured' : 'measured or modelled' },
  ]
  return new NasBench201(
    `nas-bench-201/${dataset}/${cost}`,
    objectives,
    valuesAfter(schedules[0]),
    valuesAfter(schedules[1]),
    [...costs.values()].reduce((a, b) => Math.max(a, b)),
  )
}
