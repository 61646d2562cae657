// What a format of checkpoints is: how config.json and the names of the tensors correspond to a language model.

import type { LanguageModelConfig } from '../language-model.ts'
import type { MixerConfigs, MixerKind } from '../mixers.ts'
import { defaultNorm, type NormConfig } from '../norm.ts'
import type { ConfigReader } from './config-reader.ts'

/** The beginning of our names, then that of theirs and of spellings it has had; `{i}` is the number of a layer. */
export type NameRule = readonly [ours: string, theirs: string, ...spellings: string[]]

export interface Format {
  /** As config.json says. */
  readonly modelType: string
  /** As `architectures` in config.json says. */
  readonly architecture: string
  /** The mixer of its models. */
  readonly kind: MixerKind
  /** The first rule that fits a name holds. */
  readonly names: readonly NameRule[]
  /** Tensors that some files have and no model reads. */
  readonly unused?: RegExp
  /** The model that a config.json describes. What cannot be honoured is told to the reader. */
  read(config: ConfigReader): Omit<LanguageModelConfig, 'kind'>
  /** The keys of a config.json, but for those that every model has. @throws Error for what the format cannot say */
  write(config: LanguageModelConfig): Record<string, unknown>
}

/** An error about a model that a format has no words for. */
export function cannotWrite(why: string): Error {
  return Object.assign(new Error(`this model cannot be written as a published checkpoint: ${why}`), {
    code: 'ERR_PARASCAN_UNSUPPORTED',
  })
}

/** What a parameter may be called in a file, the published name first. */
export function namesIn({ names }: Pick<Format, 'names'>, ours: string): readonly string[] {
  for (const [begin, ...theirs] of names) {
    const pattern = new RegExp(`^${begin.replaceAll('.', '\\.').replace('{i}', '(\\d+)')}`)
    const match = pattern.exec(ours)
    if (match)
      return theirs.map((other) => other.replace('{i}', match[1] as string) + ours.slice(match[0].length))
  }
  return []
}

/** Where an expansion of a width is a ratio, the one that gives `product` back when Python truncates. */
export function expansion(product: number, width: number): number {
  const ratio = product / width
  return Math.trunc(width * ratio) === product ? ratio : ratio * (1 + 2 ** -52)
}

/** The mixer that all layers share. @throws Error if they do not */
export function commonMixer<Kind extends MixerKind>(
  mixers: readonly LanguageModelConfig['layers'][number]['mixer'][],
  kind: Kind,
): MixerConfigs[Kind] {
  const [first] = mixers
  const other = mixers.find((mixer) => JSON.stringify(mixer) !== JSON.stringify(first))
  if (other) throw cannotWrite(`its ${kind} layers are not alike`)
  return first as MixerConfigs[Kind]
}

/** The eps that all norms share, those of the layers included. @throws Error if they do not, or are not of this kind */
export function commonEps(
  { norm = defaultNorm }: LanguageModelConfig,
  kind: NormConfig['kind'],
  ofLayers: readonly number[],
): number {
  if (norm.kind !== kind)
    throw cannotWrite(`its norms are of the kind "${norm.kind}", the format has "${kind}"`)
  for (const eps of ofLayers)
    if (eps !== norm.eps)
      throw cannotWrite(
        `its layers have an eps of ${eps} and its blocks one of ${norm.eps}, the format has one`,
      )
  return norm.eps
}
