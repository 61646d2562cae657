// `parascan evaluate`: how good a model is, measured as `search` and `train` measure it.

import type { Command } from 'commander'
import { isTaskFile } from '../../data/tasks/file.ts'
import type { Task } from '../../data/tasks/task.ts'
import { readText } from '../../data/text.ts'
import { loadModelFile, type Model } from '../../nn/model-file.ts'
import { validationText } from '../../pipeline/search-text.ts'
import { addWeightOption, languageModel, modelArgument, requireBytes, type WeightOptions } from '../model.ts'
import { addCommonOptions, type CommonOptions } from '../options.ts'
import { inputHelp, type Scorer, taskOf, taskScorer, textScorer } from '../scores.ts'
import { print, printJson, type Terminal } from '../terminal.ts'

export function defineEvaluate(command: Command, terminal: Terminal): void {
  command
    .argument('<model>', modelArgument)
    .argument('<input>', inputHelp)
    .addHelpText(
      'after',
      '\nOf a text, the last tenth counts, in the windows that `search` and `train` measure on.',
    )
  addWeightOption(command)
  addCommonOptions(command).action(
    async (path: string, input: string, options: CommonOptions & WeightOptions) => {
      // A wrong name is told before a model is read; a file is numbered as the model has it.
      const named = isTaskFile(input) ? undefined : await taskOf(input)
      const { model, notes } = await loadModelFile(path, options)
      const task = named ?? (await taskOf(input, notes))
      const score = await (task ? taskScorerFor(model, path, task) : await textScorerFor(model, path, input))(
        model,
      )
      if (options.json) printJson(terminal, { model: path, input, ...score.values })
      else print(terminal, score.text)
    },
  )
}

async function textScorerFor(model: Model, path: string, input: string): Promise<Scorer> {
  requireBytes(languageModel(model, path), path)
  return textScorer((await readText(input, validationText)).validation)
}

function taskScorerFor(model: Model, path: string, task: Task): Scorer {
  if (model.vocabulary === task.vocabulary && model.outputs === task.classes) return taskScorer(task)
  throw new Error(
    `${path} reads ${model.vocabulary} tokens and tells ${model.outputs} classes apart, ${task.name} has ${task.vocabulary} and ${task.classes}`,
  )
}
