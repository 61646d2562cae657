// What a search of language models can trade off. Times and energy are measured on stand-alone networks, because a
// slice of a supernet walks its weights with larger strides.

import type { Batch } from '../data/batch.ts'
import { energyUnavailable } from '../hardware/energy.ts'
import { measureDecode, measureEnergy, measureMemory, measurePrefill } from '../hardware/profile.ts'
import { UnavailableError } from '../hardware/unavailable-error.ts'
import type { LanguageModel } from '../nn/language-model.ts'
import type { Objective } from '../search/objective.ts'
import { evaluateLoss } from '../train/evaluate.ts'

export interface MeasuringOptions {
  /** What loss is measured on. */
  validation: readonly Batch[]
  /** Tokens of a prefill. */
  tokens: number
  /** Seconds that one measurement of time takes. */
  seconds: number
}

export interface SearchObjective extends Objective {
  /** Whether the value depends on the weights and not on the architecture alone. */
  readonly learned: boolean
  measure(model: LanguageModel, options: MeasuringOptions): Promise<number>
}

const minimize = { direction: 'minimize', learned: false } as const

const objectives: Record<string, SearchObjective> = {
  loss: {
    name: 'loss',
    unit: 'nat',
    source: 'mean cross-entropy a byte over the validation windows; `parascan evaluate` repeats it',
    direction: 'minimize',
    learned: true,
    measure: (model, { validation }) => evaluateLoss(model, validation),
  },
  latency: {
    name: 'latency',
    unit: 's/token',
    source:
      'time of one decoded token, batch 1, on this machine while nothing else disturbs; `parascan profile` repeats it',
    ...minimize,
    measure: async (model, { seconds }) => (await measureDecode(model, { seconds })).undisturbed,
  },
  prefill: {
    name: 'prefill',
    unit: 's',
    source: 'time of a forward pass over one window, batch 1, on this machine while nothing else disturbs',
    ...minimize,
    measure: async (model, { seconds, tokens }) =>
      (await measurePrefill(model, { seconds, tokens })).undisturbed,
  },
  memory: {
    name: 'memory',
    unit: 'B',
    source: 'weights and the larger of what a prefill and a session need, as the allocator counts',
    ...minimize,
    measure: (model, { tokens }) => measureMemory(model, { tokens }),
  },
  parameters: {
    name: 'parameters',
    unit: 'parameters',
    source: 'exact, by formula',
    ...minimize,
    measure: async (model) => model.parameterCount,
  },
  flops: {
    name: 'flops',
    unit: 'FLOP',
    source: 'exact, by formula, for a forward pass over one window',
    ...minimize,
    measure: async (model, { tokens }) => model.flops(tokens),
  },
  energy: {
    name: 'energy',
    unit: 'J/token',
    source: "the processor's energy counters over a second of decoding",
    ...minimize,
    measure: (model) => measureEnergy(model),
  },
}

export const objectiveNames = Object.keys(objectives)

/**
 * The objectives of these names, in order.
 *
 * @throws RangeError for an unknown, repeated or missing name
 * @throws UnavailableError for one that this machine cannot measure
 */
export function searchObjectives(names: readonly string[]): SearchObjective[] {
  if (names.length === 0) throw new RangeError('`objectives` must name an objective or more, got none')
  return names.map((name, i) => {
    const objective = Object.hasOwn(objectives, name) ? objectives[name] : undefined
    if (!objective)
      throw new RangeError(`\`objectives\` must be among ${objectiveNames.join(', ')}, got "${name}"`)
    if (names.indexOf(name) !== i) throw new RangeError(`\`objectives\` names "${name}" twice`)
    if (name === 'energy') {
      const reason = energyUnavailable()
      if (reason !== undefined) throw new UnavailableError('the objective `energy`', reason)
    }
    return objective
  })
}

/** A value for every objective, by name. */
export async function measureObjectives(
  objectives: readonly SearchObjective[],
  model: LanguageModel,
  options: MeasuringOptions,
): Promise<Record<string, number>> {
  const values: Record<string, number> = {}
  for (const objective of objectives) values[objective.name] = await objective.measure(model, options)
  return values
}
