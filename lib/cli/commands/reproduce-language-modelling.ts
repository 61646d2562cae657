// `parascan reproduce language-modelling`: what negative eigenvalues cost on text.

import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { defaultSteps } from '../../pipeline/language-modelling/recipe.ts'
import {
  checkLanguageModels,
  defaultLanguageModels,
  languageModellingModels,
  reproduceLanguageModelling,
} from '../../pipeline/language-modelling/reproduce.ts'
import { languageConditions } from '../../pipeline/language-modelling/write-report.ts'
import { comparisonColumns, comparisonRows } from '../../report/language-modelling-table.ts'
import { list, wholeNumber } from '../arguments.ts'
import { checked } from '../errors.ts'
import { addCommonOptions, type CommonOptions } from '../options.ts'
import { resumable } from '../resumable.ts'
import { print, printJson, type Terminal } from '../terminal.ts'
import { type Column, plain, table } from '../text.ts'

interface ReproduceOptions extends CommonOptions {
  models: string[]
  steps: number
  seeds: number
  out: string
}

export function defineReproduceLanguageModelling(command: Command, terminal: Terminal): void {
  command
    .summary('train language models on a text, in both ranges of eigenvalues')
    .description(
      'Trains language models on a text in both ranges of eigenvalues, at equal parameters, batches and steps, and shows what the wider range costs beside the published numbers.',
    )
    .argument('<text>', 'a file of text; its last tenth is for validation')
    .addOption(
      new Option('--models <names>', `among ${languageModellingModels.join(', ')}`)
        .argParser(list('--models', (text) => text))
        .default([...defaultLanguageModels], defaultLanguageModels.join(',')),
    )
    .option('--steps <n>', 'training steps of every network', wholeNumber('--steps'), defaultSteps)
    .option('--seeds <n>', 'seeds of every network', wholeNumber('--seeds'), 3)
    .option('--out <folder>', 'folder of the run; the same command goes on with it', 'language-modelling')
    .addHelpText(
      'after',
      '\nAfter Ctrl-C, a crash or kill -9 the same command goes on.\n' +
        'Leaves in the folder: language-modelling.html to look at, language-modelling.json and language-modelling.svg.\n\n' +
        'Example:\n  parascan reproduce language-modelling corpus.txt --models deltanet,mamba --out run/',
    )
  addCommonOptions(command, 'the first seed').action(async (text: string, options: ReproduceOptions) => {
    const { models, steps, seeds, seed, out } = options
    checked('--models', () => checkLanguageModels(models))
    const given = `--models ${models} --steps ${steps} --seeds ${seeds} --seed ${seed} --out ${out}`
    const state = await resumable(terminal, out, (progress) =>
      reproduceLanguageModelling({
        ...{ text, models, steps, seeds, seed, out, signal: terminal.signal },
        command: `parascan reproduce language-modelling ${text} ${given}`,
        onProgress: ({ share, detail }) => progress.update(share, detail),
      }),
    )
    if (options.json) return printJson(terminal, state)
    print(
      terminal,
      plain(
        table(
          columns,
          comparisonRows(state.summaries).map(({ words }) => words),
        ),
      ),
    )
    print(terminal, `\n${plain(languageConditions(state))}`)
    print(terminal, `page: ${join(out, 'language-modelling.html')}`)
  })
}

const columns: readonly Column[] = comparisonColumns.map((title, i) => ({
  title,
  align: i < 3 ? 'left' : 'right',
}))
