// The networks that state tracking is tried with: every kind of layer, in both ranges of eigenvalues where it has two.

import { type MixerKind, withoutEigenvalues } from '../../nn/mixers.ts'
import type { Eigenvalues } from '../../tensor/ops/eigenvalues.ts'

export interface Variant {
  /** `deltaproduct-2 [-1,1]`; of a model without a range its name alone. */
  readonly label: string
  /** As people type it: `deltaproduct-2`. */
  readonly model: string
  readonly kind: MixerKind
  /** Delta steps a token, of DeltaProduct. */
  readonly householders?: number
  /** Null for models that have no range to choose. */
  readonly eigenvalues: Eigenvalues | null
}

const models: readonly Pick<Variant, 'model' | 'kind' | 'householders'>[] = [
  { model: 'deltanet', kind: 'deltanet' },
  { model: 'gated-deltanet', kind: 'gated-deltanet' },
  ...[2, 3, 4].map((householders) => ({
    model: `deltaproduct-${householders}`,
    kind: 'deltaproduct' as const,
    householders,
  })),
  { model: 'mamba', kind: 'mamba' },
  { model: 'mamba2', kind: 'mamba2' },
  { model: 'gla', kind: 'gla' },
  { model: 'mlstm', kind: 'mlstm' },
  { model: 'rwkv7', kind: 'rwkv7' },
  { model: 'attention', kind: 'attention' },
]

/** All of them; the two ranges of a model stand one after the other. */
export const stateTrackingVariants: readonly Variant[] = models.flatMap((model): Variant[] =>
  withoutEigenvalues[model.kind]
    ? [{ ...model, label: model.model, eigenvalues: null }]
    : (['[0,1]', '[-1,1]'] as const).map((eigenvalues) => ({
        ...model,
        label: `${model.model} ${eigenvalues}`,
        eigenvalues,
      })),
)

/** What a model may be called: by its name, or `deltaproduct` for all of them. */
export const stateTrackingModels: readonly string[] = [
  ...new Set([...models.map(({ model }) => model), ...models.map(({ kind }) => kind)]),
]

/**
 * The variants of the models named, in the order of {@link stateTrackingVariants}.
 *
 * @throws RangeError if a name is none of {@link stateTrackingModels}
 */
export function variantsOf(names: readonly string[]): Variant[] {
  const unknown = names.find((name) => !stateTrackingModels.includes(name))
  if (unknown !== undefined)
    throw new RangeError(`\`models\` must be among ${stateTrackingModels.join(', ')}, got "${unknown}"`)
  return stateTrackingVariants.filter(({ model, kind }) => names.includes(model) || names.includes(kind))
}
