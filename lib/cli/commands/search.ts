// `parascan search`: the main job, with its progress and the front as a table.

import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { objectiveNames, searchObjectives } from '../../pipeline/objectives.ts'
import type { Front } from '../../pipeline/results.ts'
import { searchText } from '../../pipeline/search-text.ts'
import { friendlyUnit } from '../../report/units.ts'
import { list, oneOf, parseDuration } from '../arguments.ts'
import { checked } from '../errors.ts'
import { addCommonOptions, type CommonOptions } from '../options.ts'
import { resumable } from '../resumable.ts'
import { print, printJson, type Terminal } from '../terminal.ts'
import { plain, table } from '../text.ts'

interface SearchCommandOptions extends CommonOptions {
  objectives: string[]
  budget: number
  algorithm: 'nsga2' | 'random'
  out: string
}

export function defineSearch(command: Command, terminal: Terminal): void {
  command
    .argument('<file>', 'a text of any kind, read as bytes')
    .requiredOption(
      '--out <folder>',
      'folder of the run; the same command goes on with a run that was stopped',
    )
    .addOption(
      new Option('--objectives <names>', `what to trade off, among ${objectiveNames.join(', ')}`)
        .argParser(list('--objectives', (text) => text))
        .default(['loss', 'latency'], 'loss,latency'),
    )
    .addOption(
      new Option('--budget <time>', 'time to spend, such as 20s, 2m, 1h30m')
        .argParser(parseDuration('--budget'))
        .default(120, '2m'),
    )
    .option('--algorithm <name>', 'nsga2 or random', oneOf('--algorithm', ['nsga2', 'random']), 'nsga2')
    .addHelpText(
      'after',
      '\nLeaves in the folder: report.html to look at, front.json, models/*.safetensors, and the study.\n' +
        'Ctrl-C keeps what was done.\n\nExample:\n' +
        '  parascan search corpus.txt --objectives loss,latency --budget 2m --out run/',
    )
  addCommonOptions(command, 'decides weights, batches and the architectures tried').action(
    async (file: string, options: SearchCommandOptions) => {
      const { objectives, budget, algorithm, out, seed } = options
      checked('--objectives', () => searchObjectives(objectives))
      const front = await search(terminal, {
        text: file,
        out,
        objectives,
        budgetSeconds: budget,
        algorithm,
        seed,
        command: `parascan search ${file} --objectives ${objectives} --budget ${budget}s --algorithm ${algorithm} --seed ${seed} --out ${out}`,
      })
      if (options.json) printJson(terminal, front)
      else {
        print(terminal, frontTable(front))
        print(terminal, `\n${front.trials} architectures evaluated; report: ${join(out, 'report.html')}`)
      }
    },
  )
}

function search(
  terminal: Terminal,
  options: Omit<Parameters<typeof searchText>[0], 'signal' | 'onProgress'>,
): Promise<Front> {
  return resumable(terminal, options.out, (progress) =>
    searchText({
      ...options,
      signal: terminal.signal,
      onProgress: ({ share, detail }) => progress.update(share, detail),
    }),
  )
}

/** The points in one unit a column. */
function frontTable({ objectives, points }: Front): string {
  const columns = objectives.map(({ name, unit }) => {
    const { factor, label } = friendlyUnit(
      points.map((point) => point.values[name] as number),
      unit,
    )
    return { name, title: plain(label === '' ? name : `${name} (${label})`), factor }
  })
  return table(
    [
      { title: '' },
      ...columns.map(({ title }) => ({ title, align: 'right' as const })),
      { title: 'model' },
      { title: 'architecture' },
    ],
    points.map((point) => [
      point.id,
      ...columns.map(({ name, factor }) => significant(factor * (point.values[name] as number))),
      point.model,
      point.architecture.description,
    ]),
  )
}

/** Four significant digits, whole numbers as they are. */
const significant = (value: number): string =>
  Number.isInteger(value)
    ? String(value)
    : value.toFixed(Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value)))))
