// How good a network is, on a text or on a task, as numbers and in words.

import { testBatches } from '../data/tasks/batches.ts'
import { findTask, taskFamilies } from '../data/tasks/families.ts'
import { isTaskFile, readTask } from '../data/tasks/file.ts'
import type { Task } from '../data/tasks/task.ts'
import type { TextDataset } from '../data/text.ts'
import type { SequenceNetwork } from '../nn/sequence-network.ts'
import { evaluateLoss, evaluateTask } from '../train/evaluate.ts'
import type { Scores } from '../train/metrics.ts'
import { checked } from './errors.ts'

export interface Score {
  /** For programs, by name. */
  values: Readonly<Record<string, unknown>>
  /** For people. */
  text: string
}

/** What measures a network. */
export type Scorer = (network: SequenceNetwork) => Promise<Score>

/** Loss on windows of a text; perplexity is that of a token. */
export function textScorer({ validation, bytesPerToken }: TextDataset): Scorer {
  return async (network) => {
    const loss = await evaluateLoss(network, validation)
    const bitsPerByte = loss / Math.LN2 / bytesPerToken
    const perplexity = Math.exp(loss)
    return {
      values: { loss, bitsPerByte, perplexity },
      text: `validation loss ${loss.toFixed(4)} nats, ${bitsPerByte.toFixed(3)} bits per byte, perplexity ${perplexity.toPrecision(4)}`,
    }
  }
}

/** How good a network is at a task, at every length it is asked at. */
export function taskScorer(task: Task): Scorer {
  const tests = task.testLengths.map((length) => ({ length, batches: testBatches(task, length) }))
  return async (network) => {
    const lengths: Record<string, Scores> = {}
    for (const { length, batches } of tests) lengths[length] = await evaluateTask(network, task, batches)
    return { values: { metric: task.metric, lengths }, text: scoreText(task, lengths) }
  }
}

function scoreText({ metric }: Task, lengths: Record<string, Scores>): string {
  const words = metric === 'sequenceAccuracy' ? 'whole strings right' : 'scaled accuracy'
  const parts = Object.entries(lengths).map(
    ([length, scores]) => `${scores[metric].toFixed(3)} (${scores.accuracy.toFixed(3)}) at length ${length}`,
  )
  return `${words} (and accuracy) ${parts.join(', ')}`
}

/** What inputs a command takes, in its help. */
export const inputHelp = `a file of text; a task such as ${taskFamilies.map(({ example }) => `task:${example}`).join(', ')}; or one of your own, task:file.jsonl`

/** What `--documents` takes, in the help of a command. */
export const documentsHelp =
  'the text holds documents that do not see each other: jsonl (a `text` a line), or what separates them, such as "\\n\\n"'

/** The key of a model's notes under which the numbering of its task's file is kept, as JSON. */
export const symbolsNote = 'symbols'

/**
 * The task that an input such as `task:parity` or `task:path/to/file.jsonl` names, or undefined for the path of a text. The
 * file's tokens are numbered as the notes of a model say, if there are any.
 */
export async function taskOf(input: string, notes: Record<string, string> = {}): Promise<Task | undefined> {
  if (!input.startsWith('task:')) return undefined
  const name = input.slice('task:'.length)
  if (!isTaskFile(name)) return checked(input, () => findTask(name))
  const symbols = notes[symbolsNote]
  return readTask(name, { symbols: symbols === undefined ? undefined : JSON.parse(symbols) })
}
