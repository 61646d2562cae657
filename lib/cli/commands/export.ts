// `parascan export`: a model in a format that other programs load.

import { type Command, Option } from 'commander'
import { exportModel } from '../../nn/huggingface/export.ts'
import { tokenizerFilesIn } from '../../nn/huggingface/folder.ts'
import { loadModel } from '../../nn/model-file.ts'
import { oneOf } from '../arguments.ts'
import { addWeightOption, describeModel, modelArgument, type WeightOptions } from '../model.ts'
import { addCommonOptions, type CommonOptions } from '../options.ts'
import { print, printJson, type Terminal } from '../terminal.ts'

interface ExportCommandOptions extends CommonOptions, WeightOptions {
  format: 'huggingface'
  out: string
}

export function defineExport(command: Command, terminal: Terminal): void {
  command
    .argument('<model>', modelArgument)
    .addOption(
      new Option('--format <name>', 'config.json and model.safetensors in a folder, as the hub has them')
        .argParser(oneOf('--format', ['huggingface']))
        .default('huggingface'),
    )
    .requiredOption('--out <folder>', 'where the folder is made')
    .addHelpText('after', '\nA tokenizer that lies beside the model goes with it.')
  addWeightOption(command)
  addCommonOptions(command).action(async (path: string, options: ExportCommandOptions) => {
    const { format, out, weights } = options
    const model = await loadModel(path, options)
    await exportModel(model, out, { files: await tokenizerFilesIn(path) })
    const parameters = model.parameterCount
    if (options.json) printJson(terminal, { model: path, out, format, weights, parameters })
    else
      print(terminal, `${describeModel(model)}, ${parameters.toLocaleString('en')} parameters; saved ${out}`)
  })
}
