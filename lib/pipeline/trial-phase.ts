// Second phase of a search: evaluate architectures with the weights they inherit from the supernet, one trial at a time,
// each told to the study before the next is asked for.

import type { Supernet } from '../nn/supernet.ts'
import type { Values } from '../search/objective.ts'
import type { Study } from '../search/study.ts'
import { toArchitecture } from './architecture-space.ts'
import { type MeasuringOptions, measureObjectives, type SearchObjective } from './objectives.ts'

export interface TrialPhaseOptions {
  study: Study
  supernet: Supernet
  objectives: readonly SearchObjective[]
  measuring: MeasuringOptions
  budgetSeconds: number
  /** Trials that are evaluated even where the budget is spent before. */
  minimumTrials: number
  signal?: AbortSignal | undefined
  onProgress?: (progress: { share: number; trials: number; values: Values }) => void
}

/** Evaluates architectures until the budget is spent, over all runs of the command together. */
export async function trialPhase(options: TrialPhaseOptions): Promise<void> {
  const { study, supernet, objectives, measuring, budgetSeconds, minimumTrials, signal, onProgress } = options
  let spent = study.completed.reduce((sum, trial) => sum + Number(trial.attributes.seconds ?? 0), 0)
  while (spent < budgetSeconds || study.completed.length < minimumTrials) {
    signal?.throwIfAborted()
    const trial = await study.ask()
    if (!trial) return // every architecture of the space was evaluated
    const start = performance.now()
    // The measurements of a stand-alone network; with inherited weights, so that losses are those of the supernet.
    const model = supernet.extract(toArchitecture(trial.configuration))
    try {
      const values = await measureObjectives(objectives, model, measuring)
      const seconds = (performance.now() - start) / 1000
      spent += seconds
      if (Object.values(values).every(Number.isFinite)) await study.tell(trial, values, { seconds })
      else await study.fail(trial, `a value is not finite: ${JSON.stringify(values)}`)
      const share = Math.min(spent / budgetSeconds, study.completed.length / minimumTrials, 1)
      onProgress?.({ share, trials: study.completed.length, values })
    } finally {
      model.parameters.dispose()
    }
  }
}
