// From cells to tables: what the seeds of a variant on a task come to.

import { findTask } from '../../data/tasks/families.ts'
import type { TaskMetric } from '../../data/tasks/task.ts'
import type { Cell, CellResult, LengthScores, TrainedCell } from './cells.ts'
import { publishedScores } from './published.ts'

/** Share of right answers or strings from which on a length counts as solved. */
const solvedShare = 0.95

export interface Summary {
  variant: string
  task: string
  metric: TaskMetric
  /** Of the seeds that were trained; null where none was. */
  best: number | null
  median: number | null
  /** Median distance from the median. */
  deviation: number | null
  /** The longest length that the best seed solves, together with all shorter ones; null for none. */
  solvedTo: number | null
  /** Printed in the paper; null where it prints none. */
  published: number | null
  trained: number
  failed: number
}

/** What one variant came to on one task. */
export function summarize(variant: string, task: string, results: readonly CellResult[]): Summary {
  const own = results.filter(({ cell }) => cell.variant === variant && cell.task === task)
  const { metric } = findTask(task)
  const trained = own.filter((result) => result.status === 'trained')
  const scores = trained.map(({ score }) => score[metric])
  const middle = median(scores)
  const best = bestOf(trained, metric)
  return {
    variant,
    task,
    metric,
    best: best?.score[metric] ?? null,
    median: middle,
    deviation: middle === null ? null : median(scores.map((score) => Math.abs(score - middle))),
    solvedTo: best ? solvedTo(best.curve, metric) : null,
    published: publishedScores[task]?.[variant] ?? null,
    trained: trained.length,
    failed: own.length - trained.length,
  }
}

/** The seed with the highest score. */
export function bestOf(trained: readonly TrainedCell[], metric: TaskMetric): TrainedCell | undefined {
  return trained.reduce<TrainedCell | undefined>(
    (best, result) => (best && best.score[metric] >= result.score[metric] ? best : result),
    undefined,
  )
}

function solvedTo(curve: readonly LengthScores[], metric: TaskMetric): number | null {
  const unsolved = curve.findIndex((scores) => !(scores[metric] >= solvedShare))
  return (unsolved < 0 ? curve.at(-1) : curve[unsolved - 1])?.length ?? null
}

/** The middle value, the lower of two; null of none. */
function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[(sorted.length - 1) >> 1] ?? null
}

/** Whether two are the same cell. */
export const sameCell = (a: Cell, b: Cell): boolean =>
  a.variant === b.variant && a.task === b.task && a.seed === b.seed
