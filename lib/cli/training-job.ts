// What `parascan train` trains: a language model on a text, or a classifier on a task, from the same options.

import { createHash } from 'node:crypto'
import type { BatchSource } from '../data/batch.ts'
import type { DocumentFormat } from '../data/documents.ts'
import { loadTokenizer } from '../data/huggingface-tokenizer.ts'
import { tokenizerNotes } from '../data/model-tokenizer.ts'
import { taskBatches } from '../data/tasks/batches.ts'
import type { Task } from '../data/tasks/task.ts'
import { readText } from '../data/text.ts'
import { LanguageModel } from '../nn/language-model.ts'
import { type MixerKind, withoutEigenvalues } from '../nn/mixers.ts'
import type { Model } from '../nn/model-file.ts'
import { SequenceClassifier } from '../nn/sequence-classifier.ts'
import { validationText } from '../pipeline/search-text.ts'
import type { Eigenvalues } from '../tensor/ops/eigenvalues.ts'
import { type Recipe, recipeFor, uniformLayers } from '../train/recipes.ts'
import { checked, UsageError } from './errors.ts'
import { type Scorer, symbolsNote, taskOf, taskScorer, textScorer } from './scores.ts'

/** The options that say what is trained; those that are absent take the recipe's value. */
export interface TrainingChoice
  extends Partial<
    Pick<Recipe, 'hidden' | 'layers' | 'heads' | 'steps' | 'learningRate' | 'weightDecay' | 'batch'>
  > {
  model: MixerKind
  eigenvalues?: Eigenvalues
  /** Tokens of a training window of text. */
  tokens?: number
  /** Path of a tokenizer.json; bytes by default. */
  tokenizer?: string
  /** How a text is cut into documents. */
  documents?: DocumentFormat
  seed: number
}

export interface TrainingJob {
  model: Model
  recipe: Recipe
  batches: BatchSource
  score: Scorer
  /** What the model's file has to say about its input. */
  notes: Record<string, string>
  /** Everything that decides the weights at the start and the batches, by the names of the options. */
  settings: Record<string, unknown>
}

/** The range that published models have where nobody asks for another. */
const defaultEigenvalues: Eigenvalues = '[0,1]'

/** @throws UsageError for options that do not go together; Error for a text that cannot be read */
export async function trainingJob(input: string, choice: TrainingChoice): Promise<TrainingJob> {
  const { model: kind, seed, tokens = validationText.tokens } = choice
  const task = await taskOf(input)
  for (const option of ['tokens', 'tokenizer', 'documents'] as const)
    if (task && choice[option] !== undefined)
      throw new UsageError(`\`--${option}\` is for texts: a task has lengths and tokens of its own`)
  const reason = withoutEigenvalues[kind]
  if (reason && choice.eigenvalues !== undefined)
    throw new UsageError(`\`--eigenvalues\` does not go with \`--model ${kind}\`: ${reason}`)
  const recipe = chosenRecipe(task ? 'task' : 'text', choice)
  const eigenvalues = choice.eigenvalues ?? defaultEigenvalues
  const layers = checked('--heads', () => uniformLayers(kind, { ...recipe, eigenvalues }))
  const body = { hidden: recipe.hidden, layers }
  const settings = { model: kind, eigenvalues, seed, ...recipe }
  if (task) return { ...taskJob(task, recipe, body, seed), settings: { input: task.name, ...settings } }

  const { documents } = choice
  const tokenizer = choice.tokenizer === undefined ? undefined : await loadTokenizer(choice.tokenizer)
  const data = await readText(input, { batch: recipe.batch, tokens, seed, tokenizer, documents })
  // The windows that `evaluate` and `search` measure on, whatever the windows of training are.
  const validation = await readText(input, { ...validationText, tokenizer, documents })
  const model = checked(
    '--heads',
    () => new LanguageModel({ ...body, vocabulary: data.vocabulary, tieEmbeddings: false }, { seed }),
  )
  return {
    model,
    recipe,
    batches: data.train,
    score: textScorer(validation),
    settings: {
      input: { bytes: data.bytes, sha256: data.sha256 },
      tokenizer: tokenizer && createHash('sha256').update(tokenizer.json).digest('hex'),
      documents,
      tokens,
      ...settings,
    },
    notes: tokenizerNotes(data.tokenizer),
  }
}

function taskJob(
  task: Task,
  recipe: Recipe,
  body: Pick<SequenceClassifier['config'], 'hidden' | 'layers'>,
  seed: number,
): Omit<TrainingJob, 'settings'> {
  const { vocabulary, classes } = task
  const model = checked('--heads', () => new SequenceClassifier({ ...body, vocabulary, classes }, { seed }))
  return {
    model,
    recipe,
    batches: taskBatches(task, {
      batch: recipe.batch,
      seed,
      curriculum: Math.round(recipe.curriculum * recipe.steps),
    }),
    score: taskScorer(task),
    notes: 'symbols' in task ? { [symbolsNote]: JSON.stringify(task.symbols) } : {},
  }
}

function chosenRecipe(input: 'text' | 'task', choice: TrainingChoice): Recipe {
  const recipe = recipeFor(input, choice.model)
  const { hidden, layers, heads, steps, learningRate, weightDecay, batch } = { ...recipe, ...choice }
  return { ...recipe, hidden, layers, heads, steps, learningRate, weightDecay, batch }
}
