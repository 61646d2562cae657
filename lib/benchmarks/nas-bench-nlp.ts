// NAS-Bench-NLP (Klyuchnikov et al. 2022): recurrent cells trained as language models of WikiText-2, epoch by epoch, with
// the time that an epoch took.
//
// Read from a folder with the file nasbench_nlp_wikitext2.jsonl.gz: an object a line, with recepie_id, status, num_params,
// val_losses (nats a token, one an epoch) and epoch_seconds.

import { join } from 'node:path'
import type { Objective, Values } from '../search/objective.ts'
import { categorical } from '../space/categorical.ts'
import { defineSpace } from '../space/space.ts'
import { readText } from './table.ts'
import { TabularProblem } from './tabular-problem.ts'
import type { TimedProblem } from './timed-problem.ts'

const file = 'nasbench_nlp_wikitext2.jsonl.gz'

/** A cell by the number of its recipe. */
export interface NasBenchNlpCell {
  readonly recipe: number
  readonly [name: string]: number
}

/** A training, as it stands in the file. */
interface Training {
  readonly recepie_id: number
  readonly status: string
  readonly num_params: number
  readonly val_losses: readonly number[]
  readonly epoch_seconds: number
}

const objectives: readonly Objective[] = [
  { name: 'loss', unit: 'nat', direction: 'minimize', source: 'NAS-Bench-NLP' },
  { name: 'parameters', unit: '', direction: 'minimize', source: 'NAS-Bench-NLP' },
]

class NasBenchNlp extends TabularProblem<NasBenchNlpCell> implements TimedProblem<NasBenchNlpCell> {
  readonly fidelities: readonly number[]
  private readonly trainings_: ReadonlyMap<number, Training>

  constructor(trainings: readonly Training[], epochs: number) {
    super({
      name: 'nas-bench-nlp',
      space: defineSpace({ recipe: categorical(trainings.map((training) => training.recepie_id)) }),
      objectives,
      values: new Map(trainings.map((training) => [String(training.recepie_id), valuesOf(training, epochs)])),
      keyOf: ({ recipe }) => String(recipe),
    })
    this.fidelities = Array.from({ length: epochs }, (_, epoch) => epoch + 1)
    this.trainings_ = new Map(trainings.map((training) => [training.recepie_id, training]))
  }

  private training({ recipe }: NasBenchNlpCell): Training {
    return this.trainings_.get(recipe) as Training
  }

  evaluateAt(cell: NasBenchNlpCell, epoch: number): Values {
    return valuesOf(this.training(cell), epoch)
  }

  secondsUntil(cell: NasBenchNlpCell, epoch: number): number {
    return epoch * this.training(cell).epoch_seconds
  }
}

const valuesOf = (training: Training, epoch: number): Values => ({
  loss: training.val_losses[epoch - 1] as number,
  parameters: training.num_params,
})

/**
 * NAS-Bench-NLP as a timed problem of two objectives, the validation loss of a cell and its parameters: the cells whose
 * training came to its end, with their losses after each epoch and the seconds an epoch took.
 Of a cell trained several
 * times it is the first training.
 *
 * @param folder with the file `nasbench_nlp_wikitext2.jsonl.gz`
 * @throws Error where the file is missing
 */
export async function nasBenchNlp(
  folder: string,
): Promise<TabularProblem<NasBenchNlpCell> & TimedProblem<NasBenchNlpCell>> {
  const lines = (await readText(join(folder, file))).trimEnd().split('\n')
  const trainings = lines
    .map((line) => JSON.parse(line) as Training)
    .filter(({ status, val_losses }) => status === 'OK' && val_losses.every(Number.isFinite))
  const first = new Map([...trainings].reverse().map((training) => [training.recepie_id, training]))
  const epochs = trainings.reduce((most, { val_losses }) => Math.max(most, val_losses.length), 0)
  return new NasBenchNlp(
    [...first.values()].reverse().filter(({ val_losses }) => val_losses.length === epochs),
    epochs,
  )
}
