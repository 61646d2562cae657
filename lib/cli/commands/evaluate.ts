// `parascan evaluate`: how good a model is, measured as `search` and `train` measure it.

import type { Command } from 'commander'
import type { DocumentFormat } from '../../data/documents.ts'
import { isTaskFile } from '../../data/tasks/file.ts'
import type { Task } from '../../data/tasks/task.ts'
import { readText } from '../../data/text.ts'
import { documentBytes } from '../../data/tokenizer.ts'
import { type LoadedModel, loadModelFile, type Model } from '../../nn/model-file.ts'
import { validationText } from '../../pipeline/search-text.ts'
import { addWeightOption, modelArgument, parseDocuments, textModel, type WeightOptions } from '../model.ts'
import { addCommonOptions, type CommonOptions } from '../options.ts'
import { documentsHelp, inputHelp, type Scorer, taskOf, taskScorer, textScorer } from '../scores.ts'
import { print, printJson, type Terminal } from '../terminal.ts'

interface EvaluateCommandOptions extends CommonOptions, WeightOptions {
  documents?: DocumentFormat
}

export function defineEvaluate(command: Command, terminal: Terminal): void {
  command
    .argument('<model>', modelArgument)
    .argument('<input>', inputHelp)
    .option('--documents <how>', documentsHelp, parseDocuments)
    .addHelpText(
      'after',
      '\nOf a text, the last tenth counts, in the windows that `search` and `train` measure on.',
    )
  addWeightOption(command)
  addCommonOptions(command).action(async (path: string, input: string, options: EvaluateCommandOptions) => {
    // A wrong name is told before a model is read; a file is numbered as the model has it.
    const named = isTaskFile(input) ? undefined : await taskOf(input)
    const loaded = await loadModelFile(path, options)
    const { model } = loaded
    const task = named ?? (await taskOf(input, loaded.notes))
    const score = await (task
      ? taskScorerFor(model, path, task)
      : await textScorerFor(loaded, path, input, options.documents))(model)
    if (options.json) printJson(terminal, { model: path, input, ...score.values })
    else print(terminal, score.text)
  })
}

async function textScorerFor(
  loaded: LoadedModel,
  path: string,
  input: string,
  documents: DocumentFormat | undefined,
): Promise<Scorer> {
  const { tokenizer: kept } = await textModel(loaded, path)
  // A model of plain bytes has learned no end of documents; it is asked for one where they are all the same.
  const tokenizer = documents && kept.ofBytes ? documentBytes : kept
  return textScorer(await readText(input, { ...validationText, tokenizer, documents }))
}

function taskScorerFor(model: Model, path: string, task: Task): Scorer {
  if (model.vocabulary === task.vocabulary && model.outputs === task.classes) return taskScorer(task)
  throw new Error(
    `${path} reads ${model.vocabulary} tokens and tells ${model.outputs} classes apart, ${task.name} has ${task.vocabulary} and ${task.classes}`,
  )
}
