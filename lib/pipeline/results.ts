// What a search leaves behind for people and programs: front.json and report.html.

import { type Device, describeDevice } from '../hardware/device.ts'
import { type Architecture, describeArchitecture } from '../nn/architecture.ts'
import type { SearchReport } from '../report/run-data.ts'
import type { readRuntime } from '../report/runtime.ts'
import { searchPage } from '../report/search-page.ts'
import { hypervolume } from '../search/hypervolume.ts'
import { referenceBeyond } from '../search/hypervolume-history.ts'
import { fromCosts, type Objective, toCosts, type Values } from '../search/objective.ts'
import { nonDominatedSort } from '../search/pareto.ts'
import { kendallTau } from '../search/rank-correlation.ts'
import type { Study } from '../search/study.ts'
import { toArchitecture } from './architecture-space.ts'
import type { Finalist } from './finalist-phase.ts'
import { reportMachine } from './report-machine.ts'
import { type RunFolder, writeWhole } from './run-folder.ts'
import type { SupernetStep } from './supernet-phase.ts'

export interface FrontPoint {
  id: string
  architecture: Architecture & { description: string }
  /** In base units, measured on the saved model. */
  values: Values
  /** Path of the model, relative to the file. */
  model: string
}

/** The content of `front.json`. */
export interface Front {
  version: 1
  seed: number
  device: Device
  objectives: Objective[]
  /** No point dominates another. */
  points: FrontPoint[]
  /** Of the points, up to the reference. */
  hypervolume: number
  reference: Values
  /** Number of architectures evaluated. */
  trials: number
}

export interface Results {
  study: Study
  objectives: readonly Objective[]
  finalists: readonly Finalist[]
  history: readonly SupernetStep[]
  folder: RunFolder
  seed: number
  text: { path: string; bytes: number }
  budgetSeconds: number
  elapsedSeconds: number
  command: string
  /** What draws the report's charts. */
  runtime: Awaited<ReturnType<typeof readRuntime>>
}

/** Writes `front.json` and `report.html`, the report last: where it is, everything is. */
export async function writeResults(results: Results): Promise<Front> {
  const { study, folder, seed } = results
  const objectives = results.objectives.map(({ name, unit, direction, source }) => ({
    name,
    unit,
    direction,
    source,
  }))
  const trialCosts = study.completed.map((trial) => toCosts(objectives, trial.values))
  const finalCosts = results.finalists.map((finalist) => toCosts(objectives, finalist.values))
  // Beyond every value met, with inherited weights or by itself, so that all of the front counts.
  const reference = referenceBeyond([...trialCosts, ...finalCosts])
  const ranks = nonDominatedSort(finalCosts)
  const winners = results.finalists
    .filter((_, i) => ranks[i] === 0)
    .sort((a, b) => (toCosts(objectives, a.values)[0] ?? 0) - (toCosts(objectives, b.values)[0] ?? 0))
  const device = describeDevice()
  const front: Front = {
    version: 1,
    seed,
    device,
    objectives,
    points: winners.map(({ architecture, values, model }, i) => ({
      id: `p${i + 1}`,
      architecture: { ...architecture, description: describeArchitecture(architecture) },
      values,
      model,
    })),
    hypervolume: hypervolume(
      winners.map((winner) => toCosts(objectives, winner.values)),
      reference,
    ),
    reference: fromCosts(objectives, reference),
    trials: study.completed.length,
  }
  await writeWhole(folder.front, `${JSON.stringify(front, null, 2)}\n`)
  const report = searchReport(results, front, winners)
  await writeWhole(folder.report, searchPage(report, results.runtime))
  return front
}

function searchReport(results: Results, front: Front, winners: readonly Finalist[]): SearchReport {
  const { study, finalists, history, text, seed, budgetSeconds, elapsedSeconds, command } = results
  const onFront = new Set(study.front().map((trial) => trial.number))
  const loss = front.objectives.find((objective) => objective.name === 'loss')
  const rankPoints = finalists.map((finalist) => ({
    id: `trial ${finalist.trial}`,
    architecture: shown(finalist.architecture),
    supernet: finalist.supernetValues.loss as number,
    standAlone: finalist.values.loss as number,
  }))
  const reference = front.reference
  return {
    title: `Linear RNNs for ${text.path.split('/').at(-1)}`,
    command,
    text,
    seed,
    budgetSeconds,
    elapsedSeconds,
    device: reportMachine(front.device),
    objectives: front.objectives,
    trials: study.completed.map((trial) => ({
      number: trial.number,
      architecture: shown(toArchitecture(trial.configuration)),
      values: trial.values,
      front: onFront.has(trial.number),
    })),
    front: front.points.map((point, i) => ({
      id: point.id,
      architecture: shown(point.architecture),
      values: point.values,
      supernetValues: (winners[i] as Finalist).supernetValues,
      model: point.model,
    })),
    reference,
    hypervolume: study
      .hypervolumeHistory(reference)
      .map((value, i) => ({ trial: study.completed[i]?.number ?? i, value })),
    supernet: {
      unit: 'nat',
      curves: [
        ...(['largest', 'smallest', 'random'] as const).map((name) => ({
          name,
          kind: 'training' as const,
          points: history.map((step) => ({ step: step.step, loss: step[name] })),
        })),
        {
          name: 'validation',
          kind: 'validation' as const,
          points: history.flatMap((step) =>
            step.validation === undefined ? [] : [{ step: step.step, loss: step.validation }],
          ),
        },
      ],
    },
    ...(loss && rankPoints.length > 1
      ? {
          rankCorrelation: {
            objective: 'loss',
            kendall: kendallTau(
              rankPoints.map((point) => point.supernet),
              rankPoints.map((point) => point.standAlone),
            ),
            points: rankPoints,
          },
        }
      : {}),
  }
}

function shown(architecture: Architecture): { short: string; details: Record<string, string | number> } {
  const { description: _, ...plain } = architecture as Architecture & { description?: string }
  const details: Record<string, string | number> = { hidden: plain.hidden, layers: plain.layers.length }
  plain.layers.forEach((layer, i) => {
    details[`layer ${i + 1}`] = describeArchitecture({ hidden: plain.hidden, layers: [layer] })
      .split(' · ')
      .slice(1)
      .join(' · ')
  })
  return { short: describeArchitecture(plain), details }
}
