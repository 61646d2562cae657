// Surrogates with fifteen coefficients: for every width a constant, and a price per layer, head, MLP ratio and layer
// with biases. Latency is that additive, and they cannot be led astray far from the data.

import type { HwGptArchitecture } from './architecture.ts'
import { sums } from './formulas.ts'
import type { HwGptScale } from './scale.ts'

/** The file `additive_surrogates.json`. */
export interface AdditiveFile {
  readonly scales: Readonly<
    Record<
      HwGptScale,
      Readonly<Record<string, { readonly names: readonly string[]; readonly coef: readonly number[] }>>
    >
  >
}

/** Terms of the model, as named in the file, for one width. */
function terms(architecture: HwGptArchitecture): Readonly<Record<string, number>> {
  const { heads, mlpRatio } = sums(architecture)
  const { layers, bias } = architecture
  return { const: 1, n_layer: layers, sum_heads: heads, sum_mlp: mlpRatio, bias_n: bias ? layers : 0 }
}

export class AdditiveModel {
  private readonly coefficients_: ReadonlyMap<string, number>

  /** @param quantity e.g. `latency_us.a100` */
  constructor(file: AdditiveFile, scale: HwGptScale, quantity: string) {
    const model = file.scales[scale][quantity]
    if (!model) throw new RangeError(`there is no additive model of \`${quantity}\``)
    this.coefficients_ = new Map(model.names.map((name, i) => [name, model.coef[i] as number]))
  }

  predict(architecture: HwGptArchitecture): number {
    let sum = 0
    for (const [term, value] of Object.entries(terms(architecture)))
      sum += value * (this.coefficients_.get(`e${architecture.embedDim}.${term}`) as number)
    return sum
  }
}
