// `parascan reproduce state-tracking`: the tables on state tracking, beside the published ones.

import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { findTask } from '../../data/tasks/families.ts'
import {
  reproduceStateTracking,
  type StateTracking,
  type StateTrackingOptions,
  stateTrackingTasks,
} from '../../pipeline/state-tracking/reproduce.ts'
import type { Summary } from '../../pipeline/state-tracking/summary.ts'
import { stateTrackingModels, variantsOf } from '../../pipeline/state-tracking/variants.ts'
import { conditionsOf } from '../../pipeline/state-tracking/write-report.ts'
import { formatNumber } from '../../report/units.ts'
import { list, parseDuration, wholeNumber } from '../arguments.ts'
import { checked } from '../errors.ts'
import { addCommonOptions, type CommonOptions } from '../options.ts'
import { resumable } from '../resumable.ts'
import { print, printJson, type Terminal } from '../terminal.ts'
import { type Column, table } from '../text.ts'

interface ReproduceOptions extends CommonOptions {
  models: string[]
  tasks: string[]
  seeds: number
  budget: number
  out: string
  paper?: boolean
}

export function defineReproduceStateTracking(command: Command, terminal: Terminal): void {
  command
    .summary('train linear RNNs to track states, in both ranges of eigenvalues')
    .description(
      'Trains linear RNNs on short strings in both ranges of eigenvalues, scores them on long ones, and prints the table beside the published one.',
    )
    .addOption(
      new Option('--models <names>', `among ${stateTrackingModels.join(', ')}`)
        .argParser(list('--models', (text) => text))
        .default([...stateTrackingModels], 'all'),
    )
    .addOption(
      new Option('--tasks <names>', 'tasks by name, as `train` takes them after task:')
        .argParser(list('--tasks', (text) => text))
        .default([...stateTrackingTasks], stateTrackingTasks.join(',')),
    )
    .option('--seeds <n>', 'seeds of every network; the best is shown', wholeNumber('--seeds'), 3)
    .addOption(
      new Option('--budget <time>', 'time that this call may take, such as 20m or 2h')
        .argParser(parseDuration('--budget'))
        .default(1200, '20m'),
    )
    .option('--out <folder>', 'folder of the run; the same command goes on with it', 'state-tracking')
    .option('--paper', "the paper's own size: days on two cores")
    .addHelpText(
      'after',
      '\nWhat the budget does not reach is shown as not run; the same command goes on with it. Ctrl-C keeps what was done.\n' +
        'Leaves in the folder: state-tracking.html to look at, state-tracking.json, and a picture for every task.\n\nExample:\n' +
        '  parascan reproduce state-tracking --models deltanet,mamba --tasks parity --budget 2m --out run/',
    )
  addCommonOptions(command, 'the first seed').action(async (options: ReproduceOptions) => {
    const { models, tasks, seeds, seed, budget, out, paper } = options
    checked('--models', () => variantsOf(models))
    for (const task of tasks) checked('--tasks', () => findTask(task))
    const given = [
      ...(models.length < stateTrackingModels.length ? [`--models ${models}`] : []),
      `--tasks ${tasks} --seeds ${seeds} --seed ${seed} --budget ${budget}s --out ${out}`,
      ...(paper ? ['--paper'] : []),
    ]
    const state = await reproduce(terminal, {
      ...{ models, tasks, seeds, seed, out },
      budgetSeconds: budget,
      size: paper ? 'paper' : 'small',
      command: ['parascan reproduce state-tracking', ...given].join(' '),
    })
    if (options.json) printJson(terminal, state)
    else printTables(terminal, state, out)
  })
}

function reproduce(terminal: Terminal, options: StateTrackingOptions): Promise<StateTracking> {
  return resumable(terminal, options.out, (progress) =>
    reproduceStateTracking({
      ...options,
      signal: terminal.signal,
      onProgress: ({ share, detail, finished }) => {
        if (finished?.status === 'failed')
          progress.log(`${finished.cell.variant} on ${finished.cell.task} failed: ${finished.reason}`)
        progress.update(share, detail)
      },
    }),
  )
}

function printTables(terminal: Terminal, state: StateTracking, out: string): void {
  for (const task of state.tasks) {
    const rows = state.summaries.filter((summary) => summary.task === task)
    const measure = rows[0]?.metric === 'sequenceAccuracy' ? 'whole strings right' : 'scaled accuracy'
    print(terminal, `${task}: ${measure} on lengths 40 to 256\n`)
    print(terminal, `${table(columns, rows.map(rowOf))}\n`)
  }
  for (const { text, holds } of state.claims)
    print(terminal, `${holds === null ? 'not run' : holds ? 'holds' : 'does not hold'}: ${text}`)
  print(terminal, `\n${conditionsOf(state)}`)
  print(terminal, `page: ${join(out, 'state-tracking.html')}`)
}

const columns: readonly Column[] = [
  { title: 'model' },
  ...['best', 'median', 'deviation', 'solved to', 'paper', 'seeds'].map((title) => ({
    title,
    align: 'right' as const,
  })),
]

function rowOf({
  variant,
  best,
  median,
  deviation,
  solvedTo,
  published,
  trained,
  failed,
}: Summary): string[] {
  const number = (value: number | null): string => formatNumber(value ?? undefined, 3)
  const missing = failed > 0 ? 'failed' : 'not run'
  return [
    variant,
    best === null ? missing : number(best),
    number(median),
    number(deviation),
    solvedTo === null ? '–' : String(solvedTo),
    number(published),
    String(trained),
  ]
}
