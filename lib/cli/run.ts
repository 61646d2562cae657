// The command line as a function of its words: which commands there are, and what becomes of their errors.

import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { exitStatus, report } from './errors.ts'
import type { Terminal } from './terminal.ts'

/** Adds a command's arguments, options and action. */
export type Definition = (command: Command, terminal: Terminal) => void

/** Commands are loaded when they are called for: help needs no addon, and starts at once. */
const commands: Record<string, { summary: string; load: () => Promise<Definition> }> = {
  search: {
    summary: 'find the linear RNNs that suit a text on this machine',
    load: async () => (await import('./commands/search.ts')).defineSearch,
  },
  train: {
    summary: 'train one network on a text or a task',
    load: async () => (await import('./commands/train.ts')).defineTrain,
  },
  generate: {
    summary: 'continue a prompt with a trained model',
    load: async () => (await import('./commands/generate.ts')).defineGenerate,
  },
  evaluate: {
    summary: 'measure the loss of a model on a text, or its accuracy on a task',
    load: async () => (await import('./commands/evaluate.ts')).defineEvaluate,
  },
  export: {
    summary: 'write a model as a folder that other programs load',
    load: async () => (await import('./commands/export.ts')).defineExport,
  },
  profile: {
    summary: 'measure what a model costs on this machine',
    load: async () => (await import('./commands/profile.ts')).defineProfile,
  },
  bench: {
    summary: 'time the kernels against the limits of this machine',
    load: async () => (await import('./commands/bench.ts')).defineBench,
  },
  reproduce: {
    summary: 'train what a paper reports, and show it beside the published numbers',
    load: async () => (await import('./commands/reproduce.ts')).defineReproduce,
  },
  doctor: {
    summary: 'say what this machine offers, what is missing and how to get it',
    load: async () => (await import('./commands/doctor.ts')).defineDoctor,
  },
}

/** Runs a command line and resolves to the exit status. Never rejects. */
export async function runCommandLine(words: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const program = await createProgram(words, terminal)
    await program.parseAsync(words, { from: 'user' })
    terminal.signal.throwIfAborted() // a command that was stopped has saved what it had, and returned
    return exitStatus.done
  } catch (error) {
    return report(error, terminal)
  }
}

async function createProgram(words: readonly string[], terminal: Terminal): Promise<Command> {
  const program = new Command('parascan')
    .description('Finds, trains and serves the linear recurrent network that suits a task and a machine.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help of a command')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: () => undefined, // told of once, by `report`
    })
    .addHelpText(
      'after',
      '\nExit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted with what was done saved.\n' +
        'Environment: PARASCAN_THREADS, PARASCAN_ISA (baseline, avx2, avx512), PARASCAN_DEBUG=1 for stacks of errors.',
    )
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = program
      .command(name)
      .summary(summary)
      .description(`${sentence(summary)}.`)
    const called = words[0] === name || (words[0] === 'help' && words[1] === name)
    if (called) (await load())(command, terminal)
  }
  return program
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
