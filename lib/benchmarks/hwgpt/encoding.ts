// Architectures as the published networks take them.

import type { HwGptArchitecture } from './architecture.ts'
import { type HwGptScale, mostLayers, scaleFacts } from './scale.ts'

const oneHot = (choices: readonly number[], value: number | undefined): number[] =>
  choices.map((choice) => (choice === value ? 1 : 0))

const place = (choices: readonly number[], value: number): number => {
  const [low, high] = [Math.min(...choices), Math.max(...choices)]
  return (value - low) / (high - low)
}

const perLayer = <Value>(
  scale: HwGptScale,
  layers: number,
  value: (layer: number | undefined) => Value,
): Value[] => Array.from({ length: mostLayers(scale) }, (_, i) => value(i < layers ? i : undefined))

/** For perplexity: one-hot width, layers, ratio and heads of every layer (zeros where absent), bias. */
export function oneHotEncoding(scale: HwGptScale, architecture: HwGptArchitecture): number[] {
  const facts = scaleFacts[scale]
  const { embedDim, layers, mlpRatio, heads, bias } = architecture
  return [
    ...oneHot(facts.embedDim, embedDim),
    ...oneHot(facts.layers, layers),
    ...perLayer(scale, layers, (i) => oneHot(facts.mlpRatio, i === undefined ? i : mlpRatio[i])).flat(),
    ...perLayer(scale, layers, (i) => oneHot(facts.heads, i === undefined ? i : heads[i])).flat(),
    ...(bias ? [1, 0] : [0, 1]),
  ]
}

/**
 * For the networks of hardware metrics: every choice as its place between the least and the greatest, 0 where a layer
 * is absent, and a bias that is always there: so the networks were trained, whatever the bias was.
 */
export function featureEncoding(scale: HwGptScale, architecture: HwGptArchitecture): number[] {
  const facts = scaleFacts[scale]
  const { embedDim, layers, mlpRatio, heads } = architecture
  return [
    place(facts.embedDim, embedDim),
    place(facts.layers, layers),
    ...perLayer(scale, layers, (i) => (i === undefined ? 0 : place(facts.mlpRatio, mlpRatio[i] as number))),
    ...perLayer(scale, layers, (i) => (i === undefined ? 0 : place(facts.heads, heads[i] as number))),
    1,
  ]
}
