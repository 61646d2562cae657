// `parascan profile`: what a model costs on this machine.

import type { Command } from 'commander'
import { type NetworkTiming, profile } from '../../hardware/profile.ts'
import { loadModel } from '../../nn/model-file.ts'
import { wholeNumber } from '../arguments.ts'
import { addWeightOption, describeModel, modelArgument, type WeightOptions } from '../model.ts'
import { addCommonOptions, type CommonOptions } from '../options.ts'
import { print, printJson, type Terminal } from '../terminal.ts'
import { facts, quantity } from '../text.ts'

interface ProfileCommandOptions extends CommonOptions, WeightOptions {
  tokens: number
  batch: number
}

export function defineProfile(command: Command, terminal: Terminal): void {
  command
    .argument('<model>', modelArgument)
    .option('--tokens <n>', 'tokens of the prefill', wholeNumber('--tokens'), 128)
    .option('--batch <n>', 'sequences at once', wholeNumber('--batch'), 1)
  addWeightOption(command)
  addCommonOptions(command).action(async (path: string, options: ProfileCommandOptions) => {
    const { tokens, batch, weights } = options
    const model = await loadModel(path, options)
    const measured = await profile(model, { tokens, batch })
    const { decode, prefill, memoryBytes, parameters, flops, energy } = measured
    if (options.json) return printJson(terminal, { model: path, weights, tokens, batch, ...measured })
    const each = batch > 1 ? ` of each of ${batch} sequences` : ''
    print(terminal, `${path}: ${describeModel(model)}, ${weights} weights`)
    print(
      terminal,
      facts([
        ['decode', timing(decode, `a token${each}`)],
        ['prefill', timing(prefill, `for ${tokens} tokens${each}`)],
        ['memory', quantity(memoryBytes, 'B')],
        ['parameters', parameters.toLocaleString('en')],
        [
          'arithmetic',
          `${quantity(flops, 'FLOP')} a prefill of one sequence, ${quantity((batch * flops) / prefill.undisturbed, 'FLOP/s')}`,
        ],
        [
          'energy',
          'joulesPerToken' in energy
            ? `${quantity(energy.joulesPerToken, 'J')} a token`
            : `not available: ${energy.unavailable}`,
        ],
      ]),
    )
  })
}

const timing = ({ undisturbed, median, low, high, runs }: NetworkTiming, what: string): string =>
  `${quantity(undisturbed, 's')} ${what} undisturbed; now ${quantity(median, 's')} ` +
  `(${quantity(low, 's')} to ${quantity(high, 's')} in 80 % of ${runs} runs)`
