// `parascan train`: one network, trained on a text or a task and saved.

import { rm } from 'node:fs/promises'
import type { Command } from 'commander'
import { checkMixerKind, mixerKinds, withoutEigenvalues } from '../../nn/mixers.ts'
import { saveModel } from '../../nn/model-file.ts'
import { checkEigenvalues } from '../../tensor/ops/eigenvalues.ts'
import { CheckpointMismatchError, type CheckpointOptions } from '../../train/checkpoint.ts'
import { train } from '../../train/loop.ts'
import { number, positiveNumber, wholeNumber } from '../arguments.ts'
import { checked } from '../errors.ts'
import { describeModel, parseDocuments } from '../model.ts'
import { addCommonOptions, type CommonOptions } from '../options.ts'
import { checkWritable } from '../output-path.ts'
import { Progress } from '../progress.ts'
import { documentsHelp, inputHelp, type Score } from '../scores.ts'
import { log, print, printJson, type Terminal } from '../terminal.ts'
import { type TrainingChoice, type TrainingJob, trainingJob } from '../training-job.ts'

interface TrainCommandOptions extends CommonOptions, TrainingChoice {
  out: string
  warmup?: number
  clip?: number
  accumulate?: number
  evaluateEvery?: number
  checkpointEvery?: number
}

/** How often a network is measured where nobody says. */
const evaluations = 8

export function defineTrain(command: Command, terminal: Terminal): void {
  command
    .argument('<input>', inputHelp)
    .requiredOption('--model <kind>', `layers: ${mixerKinds.join(', ')}`, (text) =>
      checked('--model', () => checkMixerKind(text)),
    )
    .requiredOption('--out <file>', 'where the model is saved (.safetensors)')
    .option(
      '--eigenvalues <range>',
      `range of the state transition: "[0,1]" (default) or "[-1,1]"; not of ${Object.keys(withoutEigenvalues).join(', ')}`,
      (text) => checked('--eigenvalues', () => checkEigenvalues(text)),
    )
    .option('--steps <n>', 'training steps (default: by input and model)', wholeNumber('--steps'))
    .option('--hidden <n>', 'width', wholeNumber('--hidden'))
    .option('--layers <n>', 'depth', wholeNumber('--layers'))
    .option('--heads <n>', 'heads of a layer', wholeNumber('--heads'))
    .option('--learning-rate <x>', 'highest rate of the schedule', positiveNumber('--learning-rate'))
    .option('--batch <n>', 'sequences a step', wholeNumber('--batch'))
    .option('--tokens <n>', 'tokens of a training window of text (default: 128)', wholeNumber('--tokens'))
    .option('--tokenizer <file>', 'a tokenizer.json of Hugging Face, for texts (default: bytes)')
    .option('--documents <how>', documentsHelp, parseDocuments)
    .option(
      '--warmup <n>',
      'steps until the highest rate (default: a tenth of all)',
      wholeNumber('--warmup', 0),
    )
    .option(
      '--weight-decay <x>',
      'of AdamW (default: by input and model)',
      number('--weight-decay', 'a number from 0', (value) => value >= 0),
    )
    .option(
      '--clip <x>',
      'bound of the norm of all gradients, 0 for none (default: 1)',
      number('--clip', 'a number from 0', (value) => value >= 0),
    )
    .option(
      '--accumulate <n>',
      'parts a batch is worked through in, for less memory (default: 1)',
      wholeNumber('--accumulate'),
    )
    .option(
      '--evaluate-every <n>',
      'steps between two evaluations (default: an eighth of all)',
      wholeNumber('--evaluate-every'),
    )
    .option(
      '--checkpoint-every <n>',
      'steps between two checkpoints, beside the model, that the same command goes on from',
      wholeNumber('--checkpoint-every'),
    )
    .addHelpText(
      'after',
      '\nThe last tenth of a text is for validation. Ctrl-C saves the model as it is.\n' +
        'With --checkpoint-every the same command goes on after Ctrl-C, a crash or kill -9, and the model ends up\n' +
        'the same to the byte.\n\nExamples:\n' +
        '  parascan train corpus.txt --model deltanet --eigenvalues "[-1,1]" --steps 500 --out model.safetensors\n' +
        '  parascan train task:parity --model mamba --eigenvalues "[-1,1]" --out parity.safetensors',
    )
  addCommonOptions(command, 'decides weights and batches').action(
    async (input: string, options: TrainCommandOptions) => {
      const job = await trainingJob(input, options)
      await checkWritable(options.out)
      try {
        await run(input, options, job, terminal)
      } catch (error) {
        throw error instanceof CheckpointMismatchError ? inWordsOfOptions(error, command) : error
      }
    },
  )
}

/** The error names the option as it is typed, where it is one. */
function inWordsOfOptions({ message, setting }: CheckpointMismatchError, command: Command): Error {
  const option = command.options.find((candidate) => candidate.attributeName() === setting)
  return new Error(option ? message.replace(`\`${setting}\``, `\`${option.long}\``) : message)
}

/** Beside the model. */
const checkpointPath = (out: string): string => `${out.replace(/\.safetensors$/, '')}.checkpoint.safetensors`

async function run(
  input: string,
  options: TrainCommandOptions,
  job: TrainingJob,
  terminal: Terminal,
): Promise<void> {
  const { out, seed, checkpointEvery: every } = options
  const { model, recipe, settings } = job
  log(terminal, `${describeModel(model)}, ${model.parameterCount.toLocaleString('en')} parameters`)
  const start = performance.now()
  const checkpoint = every === undefined ? undefined : { path: checkpointPath(out), every, settings }
  const trained = await trainAndScore(job, options, checkpoint, terminal)
  const { step, trainingLoss, score } = trained
  const summary = {
    input,
    model: out,
    seed,
    config: model.config,
    parameters: model.parameterCount,
    steps: step,
    trainingLoss,
    score: score?.values ?? null,
    seconds: (performance.now() - start) / 1000,
    interrupted: trained.interrupted,
  }
  const { steps: _, ...how } = recipe
  const notes = { input, seed, step, ...how, score: summary.score }
  await saveModel(model, out, { ...job.notes, training: JSON.stringify(notes) })
  if (checkpoint && !trained.interrupted) await rm(checkpoint.path, { force: true })
  if (options.json) printJson(terminal, summary)
  else
    print(
      terminal,
      trained.interrupted
        ? `stopped after ${step} of ${recipe.steps} steps; saved ${out}`
        : `${score?.text}; saved ${out}`,
    )
}

interface Trained {
  step: number
  trainingLoss: number | null
  /** The last one taken. */
  score: Score | undefined
  interrupted: boolean
}

async function trainAndScore(
  { model, recipe, batches, score }: TrainingJob,
  options: TrainCommandOptions,
  checkpoint: CheckpointOptions | undefined,
  terminal: Terminal,
): Promise<Trained> {
  const { steps, learningRate, weightDecay, eps } = recipe
  const { warmup, clip, accumulate, evaluateEvery = Math.ceil(steps / evaluations) } = options
  const { signal } = terminal
  const trained: Trained = { step: 0, trainingLoss: null, score: undefined, interrupted: false }
  using progress = new Progress(terminal)
  try {
    const { losses } = await train(model, batches, {
      steps,
      learningRate,
      weightDecay,
      eps,
      ...(warmup !== undefined && { warmup }),
      ...(clip !== undefined && { clip }),
      ...(accumulate !== undefined && { accumulate }),
      signal,
      checkpoint,
      onProgress: ({ step, loss, tokensPerSecond }) => {
        if (!Number.isFinite(loss))
          throw new Error(`the loss of step ${step} is not finite; try a smaller --learning-rate`)
        trained.step = step
        trained.trainingLoss = loss
        const pace = `${Math.round(tokensPerSecond).toLocaleString('en')} tokens a second`
        progress.update(step / steps, `step ${step}, loss ${loss.toFixed(3)}, ${pace}`)
      },
      evaluateEvery,
      evaluate: async ({ step, loss }) => {
        trained.score = await score(model)
        progress.log(`step ${step} of ${steps}: loss ${loss.toFixed(4)}, ${trained.score.text}`)
        return trained.score.values
      },
    })
    // All of it may lie in an earlier run, which was stopped before it had saved the model.
    trained.step = losses.length
    trained.trainingLoss = losses.at(-1) ?? null
    trained.score ??= await score(model)
  } catch (error) {
    if (!signal.aborted) throw error
    trained.interrupted = true
  }
  return trained
}
