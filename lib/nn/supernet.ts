// The weight-shared supernet: the parameters of the largest layer of every kind at every depth. A sub-network is a
// language model whose weights are leading slices of these, as views; training it trains them.

import { copy } from '../tensor/ops/elementwise.ts'
import { scope, unscoped } from '../tensor/scope.ts'
import { Tensor, withoutGradients } from '../tensor/tensor.ts'
import {
  type Architecture,
  extremeArchitecture,
  languageModelConfig,
  type SupernetConfig,
} from './architecture.ts'
import { LanguageModel } from './language-model.ts'
import {
  axisShape,
  type ParameterSpec,
  ParameterStore,
  SlicedParameters,
  withoutWeights,
} from './parameter.ts'

export class Supernet {
  readonly config: SupernetConfig
  readonly parameters: ParameterStore
  readonly #slices: SlicedParameters

  constructor(config: SupernetConfig, options: { seed?: number } = {}) {
    for (const [name, list] of Object.entries(config))
      if (Array.isArray(list) && list.length === 0)
        throw new RangeError(`\`${name}\` must offer a choice or more, got none`)
    this.config = config
    this.parameters = new ParameterStore(supernetSpecs(config)).initialise(options.seed ?? 0)
    this.#slices = new SlicedParameters(this.parameters)
  }

  /** The language model of an architecture on shared weights; it holds no memory of its own. */
  subnetwork(architecture: Architecture): LanguageModel {
    return new LanguageModel(languageModelConfig(this.config, architecture), { parameters: this.#slices })
  }

  /** The same model with a copy of its weights, independent of the supernet from then on. */
  extract(architecture: Architecture): LanguageModel {
    const config = languageModelConfig(this.config, architecture)
    const store = new ParameterStore(new LanguageModel(config, { parameters: withoutWeights }).specs)
    for (const spec of store.specs.values()) {
      const weight = unscoped(() => Tensor.zeros(axisShape(spec)))
      scope(() => withoutGradients(() => copy(this.#slices.get(spec), weight)))
      store.set(spec.name, weight)
    }
    return new LanguageModel(config, { parameters: store })
  }

  dispose(): void {
    this.parameters.dispose()
  }
}

/** The largest model of each mixer has every parameter that a layer of this kind may need; their union is the supernet. */
function supernetSpecs(config: SupernetConfig): ParameterSpec[] {
  const depth = config.depth.at(-1) ?? 1
  const specs = new Map<string, ParameterSpec>()
  for (const mixer of config.mixers) {
    const architecture = extremeArchitecture(config, Array(depth).fill(mixer), 'largest')
    for (const spec of new LanguageModel(languageModelConfig(config, architecture), {
      parameters: withoutWeights,
    }).specs)
      specs.set(spec.name, spec)
  }
  return [...specs.values()]
}
