// `parascan generate`: continues prompts token by token, in constant memory, and can be continued itself.

import { type Command, Option } from 'commander'
import { z } from 'zod'
import type { TextStream } from '../../data/tokenizer.ts'
import { generateBatch } from '../../nn/generation.ts'
import { Session } from '../../nn/session.ts'
import { Random } from '../../tensor/random.ts'
import { number, wholeNumber } from '../arguments.ts'
import { UsageError } from '../errors.ts'
import {
  addWeightOption,
  modelArgument,
  openTextModel,
  type TextModel,
  type WeightOptions,
} from '../model.ts'
import { addCommonOptions, type CommonOptions } from '../options.ts'
import { checkWritable } from '../output-path.ts'
import { print, printJson, type Terminal } from '../terminal.ts'

interface GenerateCommandOptions extends CommonOptions, WeightOptions {
  prompt?: string[]
  tokens: number
  temperature: number
  topK?: number
  topP: number
  session?: string
  saveSession?: string
}

export function defineGenerate(command: Command, terminal: Terminal): void {
  command
    .argument('<model>', `${modelArgument} of a language model`)
    .addOption(
      new Option(
        '--prompt <text>',
        'text to continue (default: a new line); given again, several at once',
      ).argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]),
    )
    .option(
      '--tokens <n>',
      'tokens to generate; a token is a byte without a tokenizer',
      wholeNumber('--tokens'),
      200,
    )
    .option(
      '--temperature <x>',
      'above 1 more surprising, below less, 0 the likeliest',
      number('--temperature', 'a number from 0', (value) => value >= 0),
      0.8,
    )
    .option('--top-k <n>', 'draw from the n likeliest tokens only', wholeNumber('--top-k'))
    .option(
      '--top-p <x>',
      'draw from the likeliest tokens that have this probability together',
      number('--top-p', 'above 0 and at most 1', (value) => value > 0 && value <= 1),
      1,
    )
    .option('--save-session <file>', 'write the state after the last token (.safetensors)')
    .option('--session <file>', 'go on from a state that was written, after --prompt if there is one')
  addWeightOption(command)
  addCommonOptions(command, 'decides what is drawn').action(
    async (path: string, options: GenerateCommandOptions) => {
      if (options.prompt?.includes('')) throw new UsageError('`--prompt` must not be empty')
      if (options.saveSession !== undefined) await checkWritable(options.saveSession)
      const model = await openTextModel(path, options)
      const start = performance.now()
      const isSeedGiven = command.getOptionValueSource('seed') === 'cli'
      const writers = await write(model, options, isSeedGiven, terminal)
      const seconds = (performance.now() - start) / 1000
      const written = writers.map(({ prompt, text, tokens }) => ({ prompt, text, tokens }))
      if (options.json)
        printJson(terminal, {
          model: path,
          ...(written.length === 1 ? written[0] : { sequences: written }),
          seed: options.seed,
          seconds,
        })
      else if (written.length === 1) print(terminal, '')
      else print(terminal, written.map(({ text }) => text).join('\n---\n'))
    },
  )
}

/** One sequence: what its tokens are drawn from, and what turns them into text. */
class Writer {
  readonly prompt: string
  readonly random: Random
  readonly stream: TextStream
  readonly tokens: number[] = []
  readonly #emit: (text: string) => unknown
  text = ''

  constructor(prompt: string, random: Random, stream: TextStream, emit: (text: string) => unknown) {
    this.prompt = prompt
    this.random = random
    this.stream = stream
    this.#emit = emit
    this.add(prompt)
  }

  take(token: number): void {
    this.tokens.push(token)
    this.add(this.stream.push(token))
  }

  add(text: string): void {
    this.text += text
    this.#emit(text)
  }
}

/** What a session keeps beside its state: where its tokens are drawn from, and what was not shown yet. */
const noteSchema = z.array(
  z.object({
    random: z.object({ seed: z.string(), position: z.number() }),
    text: z.object({ context: z.array(z.number()), pending: z.array(z.number()) }),
  }),
)
const noteName = 'generation'

/** Generates, shows a lone sequence as it comes, and saves the session if that was asked for. */
async function write(
  { model, tokenizer, specialTokens }: TextModel,
  options: GenerateCommandOptions,
  isSeedGiven: boolean,
  terminal: Terminal,
): Promise<Writer[]> {
  const { tokens, seed, saveSession } = options
  const texts = options.prompt ?? (options.session === undefined ? ['\n'] : [])
  const special = specialTokens && options.session === undefined
  const prompts = texts.map((text) => tokenizer.encode(text, { special }))
  const longest = Math.max(0, ...prompts.map((prompt) => prompt.length))
  using session =
    options.session === undefined
      ? model.session({ batch: prompts.length, maxTokens: sessionTokens(longest + tokens, saveSession) })
      : await Session.restore(model, options.session)
  if (texts.length > 0 && texts.length !== session.batch)
    throw new UsageError(
      `\`--prompt\` must be given once for each of the ${session.batch} sequences of the session, got ${texts.length}`,
    )
  const notes = noteSchema.parse(JSON.parse(session.notes[noteName] ?? '[]'))
  const emit = options.json || session.batch > 1 ? () => {} : (text: string) => terminal.stdout.write(text)
  const writers = Array.from({ length: session.batch }, (_, i) => {
    const [note, prompt] = [notes[i], prompts[i]]
    const random = note && !isSeedGiven ? Random.fromState(note.random) : new Random(seed + i)
    const stream = tokenizer.stream(prompt ? { context: [...prompt], pending: [] } : note?.text)
    return new Writer(texts[i] ?? '', random, stream, emit)
  })
  const drawn = generateBatch(session, {
    ...options,
    ...(prompts.length > 0 && { prompts }),
    random: writers.map(({ random }) => random),
    stop: tokenizer.endOfText,
    signal: terminal.signal,
  })
  for await (const step of drawn)
    for (const [i, token] of step.entries()) if (token !== null) writers[i]?.take(token)
  if (saveSession === undefined) for (const writer of writers) writer.add(writer.stream.end())
  else {
    const kept = writers.map(({ random, stream }) => ({ random: random.state, text: stream.state }))
    await session.save(saveSession, { [noteName]: JSON.stringify(kept) })
  }
  return writers
}

/** A session that is saved has room to go on, where attention needs any. */
const sessionTokens = (now: number, saved: string | undefined): number =>
  saved === undefined ? now : Math.max(now, 4096)
