// The search space of a supernet: its choices as parameters, those of a layer active while the layer and its mixer are.

import {
  type Architecture,
  type ElasticMixer,
  type LayerChoice,
  mixerChoices,
  type SupernetConfig,
} from '../nn/architecture.ts'
import { categorical } from '../space/categorical.ts'
import { type Condition, when } from '../space/condition.ts'
import type { Configuration, Definition } from '../space/configuration.ts'
import { Space } from '../space/space.ts'

type ElasticChoice = (typeof mixerChoices)[ElasticMixer][number]

const offered: Record<ElasticChoice, (supernet: SupernetConfig) => readonly (number | string)[]> = {
  heads: (supernet) => supernet.heads,
  valueDim: (supernet) => supernet.valueDim,
  householders: (supernet) => supernet.householders,
  expand: (supernet) => supernet.expand,
  eigenvalues: (supernet) => supernet.eigenvalues,
}

/** Every architecture that the supernet holds. */
export function architectureSpace(supernet: SupernetConfig): Space {
  const definition: Record<string, Definition[string]> = {
    hidden: categorical(supernet.hidden),
    depth: categorical(supernet.depth),
  }
  const deepest = supernet.depth.at(-1) ?? 1
  for (let layer = 0; layer < deepest; layer++) {
    const deepEnough = supernet.depth.filter((depth) => depth > layer)
    const active: Condition = deepEnough.length < supernet.depth.length ? { depth: deepEnough } : {}
    const mixerName = `layers.${layer}.mixer`
    definition[mixerName] = when(active, categorical(supernet.mixers))
    for (const [choice, values] of Object.entries(offered) as [
      ElasticChoice,
      (typeof offered)[ElasticChoice],
    ][]) {
      const having = supernet.mixers.filter((mixer) =>
        (mixerChoices[mixer] as readonly string[]).includes(choice),
      )
      if (having.length > 0)
        definition[`layers.${layer}.${choice}`] = when({ [mixerName]: having }, categorical(values(supernet)))
    }
    definition[`layers.${layer}.mlpRatio`] = when(active, categorical(supernet.mlpRatio))
  }
  return new Space(definition)
}

/** The architecture that a configuration of {@link architectureSpace} stands for. */
export function toArchitecture(configuration: Configuration): Architecture {
  const layers = Array.from({ length: configuration.depth as number }, (_, layer) => {
    const choice: Record<string, unknown> = {}
    for (const name of ['mixer', ...Object.keys(offered), 'mlpRatio']) {
      const value = configuration[`layers.${layer}.${name}`]
      if (value !== undefined) choice[name] = value
    }
    return choice as unknown as LayerChoice
  })
  return { hidden: configuration.hidden as number, layers }
}
