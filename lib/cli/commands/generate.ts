// `parascan generate`: continues a prompt byte by byte, in constant memory.

import { type Command, Option } from 'commander'
import { sample } from '../../nn/sampling.ts'
import { Random } from '../../tensor/random.ts'
import { number, wholeNumber } from '../arguments.ts'
import { UsageError } from '../errors.ts'
import {
  addWeightOption,
  modelArgument,
  openLanguageModel,
  requireBytes,
  type WeightOptions,
} from '../model.ts'
import { addCommonOptions, type CommonOptions } from '../options.ts'
import { print, printJson, type Terminal } from '../terminal.ts'

interface GenerateCommandOptions extends CommonOptions, WeightOptions {
  prompt: string
  tokens: number
  temperature: number
  topK?: number
  topP: number
}

export function defineGenerate(command: Command, terminal: Terminal): void {
  command
    .argument('<model>', `${modelArgument} of a language model over bytes`)
    .addOption(new Option('--prompt <text>', 'text to continue').default('\n', 'a new line'))
    .option('--tokens <n>', 'bytes to generate', wholeNumber('--tokens'), 200)
    .option(
      '--temperature <x>',
      'above 1 more surprising, below less, 0 the likeliest',
      number('--temperature', 'a number from 0', (value) => value >= 0),
      0.8,
    )
    .option('--top-k <n>', 'draw from the n likeliest bytes only', wholeNumber('--top-k'))
    .option(
      '--top-p <x>',
      'draw from the likeliest bytes that have this probability together',
      number('--top-p', 'above 0 and at most 1', (value) => value > 0 && value <= 1),
      1,
    )
  addWeightOption(command)
  addCommonOptions(command, 'decides what is drawn').action(
    async (path: string, options: GenerateCommandOptions) => {
      const prompt = new TextEncoder().encode(options.prompt)
      if (prompt.length === 0) throw new UsageError('`--prompt` must not be empty')
      const model = await openLanguageModel(path, options)
      requireBytes(model, path)

      const { tokens, seed } = options
      const random = new Random(seed)
      const stream = new TextDecoder() // holds back what is not a whole character yet
      const generated: number[] = []
      let text = ''
      const emit = (piece: string): void => {
        text += piece
        if (!options.json) terminal.stdout.write(piece)
      }
      emit(options.prompt)
      using session = model.session({ maxTokens: prompt.length + tokens })
      const start = performance.now()
      let logits = await session.prefill(prompt)
      for (let i = 0; i < tokens && !terminal.signal.aborted; i++) {
        const token = sample(logits, random, options)
        generated.push(token)
        emit(stream.decode(Uint8Array.of(token), { stream: true }))
        if (i + 1 < tokens) logits = await session.step(token)
      }
      emit(stream.decode())
      const seconds = (performance.now() - start) / 1000
      if (options.json)
        printJson(terminal, { model: path, prompt: options.prompt, text, tokens: generated, seed, seconds })
      else print(terminal, '')
    },
  )
}
