// A network of HW-GPT-Bench in two forms: as lists over its layers, for formulas and surrogates, and as a
// configuration of a search space, in which the parameters of layers that may be absent are conditional.

import { categorical } from '../../space/categorical.ts'
import { type Conditional, when } from '../../space/condition.ts'
import type { Configuration } from '../../space/configuration.ts'
import { ordinal } from '../../space/ordinal.ts'
import type { Parameter } from '../../space/parameter.ts'
import { Space } from '../../space/space.ts'
import { type HwGptScale, mostLayers, scaleFacts } from './scale.ts'

export interface HwGptArchitecture {
  readonly embedDim: number
  readonly layers: number
  /** One per layer. */
  readonly mlpRatio: readonly number[]
  readonly heads: readonly number[]
  readonly bias: boolean
}

/** The space of a scale: `embedDim`, `layers`, `bias`, and `mlpRatio1`, `heads1` and so on for every layer. */
export function hwGptSpace(scale: HwGptScale): Space {
  const { embedDim, layers, heads, mlpRatio } = scaleFacts[scale]
  const perLayer = (name: string, choices: readonly number[]): [string, Parameter | Conditional][] =>
    Array.from({ length: mostLayers(scale) }, (_, i) => {
      const deep = layers.filter((count) => count > i)
      const parameter = ordinal(choices)
      return [
        `${name}${i + 1}`,
        deep.length === layers.length ? parameter : when({ layers: deep }, parameter),
      ]
    })
  return new Space({
    embedDim: ordinal(embedDim),
    layers: ordinal(layers),
    ...Object.fromEntries([...perLayer('mlpRatio', mlpRatio), ...perLayer('heads', heads)]),
    bias: categorical([true, false]),
  })
}

export function architectureOf(configuration: Configuration): HwGptArchitecture {
  const layers = configuration.layers as number
  const perLayer = (name: string) =>
    Array.from({ length: layers }, (_, i) => configuration[`${name}${i + 1}`] as number)
  return {
    embedDim: configuration.embedDim as number,
    layers,
    mlpRatio: perLayer('mlpRatio'),
    heads: perLayer('heads'),
    bias: configuration.bias as boolean,
  }
}

/** Undoes {@link architectureOf}; elements of lists beyond the layers are left out. */
export function configurationOf({
  embedDim,
  layers,
  mlpRatio,
  heads,
  bias,
}: HwGptArchitecture): Configuration {
  const perLayer = (name: string, values: readonly number[]) =>
    values.slice(0, layers).map((value, i) => [`${name}${i + 1}`, value] as const)
  return {
    embedDim,
    layers,
    ...Object.fromEntries([...perLayer('mlpRatio', mlpRatio), ...perLayer('heads', heads)]),
    bias,
  }
}

/** A text that two architectures share exactly when they are the same. */
export const architectureKey = ({ embedDim, layers, mlpRatio, heads, bias }: HwGptArchitecture): string =>
  [embedDim, layers, mlpRatio.slice(0, layers).join(''), heads.slice(0, layers).join(' '), bias].join('|')
