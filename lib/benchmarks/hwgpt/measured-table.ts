// What was measured: ten thousand random architectures of a scale on every device.

import { architectureKey, type HwGptArchitecture } from './architecture.ts'
import { numbersOf, type Tensors } from './files.ts'
import { type SurrogateMetric, unitOf } from './metric.ts'
import { type HwGptDevice, type HwGptScale, mostLayers } from './scale.ts'

export interface Measurement {
  /** Of latency the median of the repeats, else the mean. */
  readonly value: number
  /** Standard deviation over repeats; 0 where there was one alone. */
  readonly deviation: number
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[half] as number)
    : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2
}

export class MeasuredTable {
  readonly architectures: readonly HwGptArchitecture[]
  private readonly tensors_: Tensors
  private readonly rows_: ReadonlyMap<string, number>
  private readonly columns_ = new Map<string, ArrayLike<number>>()

  constructor(tensors: Tensors, scale: HwGptScale) {
    this.tensors_ = tensors
    const columns = ['embed_dim', 'n_layer', 'mlp_ratio', 'n_head', 'bias'].map((name) =>
      numbersOf(tensors, `arch.${name}`),
    )
    const [embedDim, layers, mlpRatio, heads, bias] = columns as unknown as Record<number, number>[]
    const most = mostLayers(scale)
    this.architectures = Array.from({ length: (columns[0] as ArrayLike<number>).length }, (_, row) => {
      const count = layers?.[row] as number
      const perLayer = (list: Record<number, number> | undefined) =>
        Array.from({ length: count }, (_, i) => list?.[row * most + i] as number)
      return {
        embedDim: embedDim?.[row] as number,
        layers: count,
        mlpRatio: perLayer(mlpRatio),
        heads: perLayer(heads),
        bias: bias?.[row] === 1,
      }
    })
    this.rows_ = new Map(this.architectures.map((architecture, row) => [architectureKey(architecture), row]))
  }

  private column(name: string): ArrayLike<number> {
    const column = this.columns_.get(name) ?? numbersOf(this.tensors_, name)
    this.columns_.set(name, column)
    return column
  }

  /** Where an architecture stands; undefined where it was not measured. */
  row(architecture: HwGptArchitecture): number | undefined {
    return this.rows_.get(architectureKey(architecture))
  }

  /** A quantity of a row; undefined where it is missing. */
  at(row: number, metric: SurrogateMetric, device?: HwGptDevice): Measurement | undefined {
    const unit = unitOf[metric]
    if (metric === 'latency') {
      const column = this.column(`latency_us.${device}`)
      const count = this.architectures.length
      const repeats = Array.from(
        { length: column.length / count },
        (_, r) => column[r * count + row] as number,
      )
        .filter((time) => time >= 0)
        .map((time) => (time / 1e3) * unit)
      if (repeats.length === 0) return undefined
      const mean = repeats.reduce((a, b) => a + b) / repeats.length
      const squares = repeats.reduce((sum, time) => sum + (time - mean) ** 2, 0)
      return {
        value: median(repeats),
        deviation: repeats.length > 1 ? Math.sqrt(squares / (repeats.length - 1)) : 0,
      }
    }
    const name =
      metric === 'perplexity'
        ? metric
        : metric === 'memory'
          ? `memory_mb.${device}`
          : `energy_wh.${device}.mean`
    const value = (this.column(name)[row] as number) * unit
    if (!Number.isFinite(value)) return undefined
    const deviation = metric === 'energy' ? (this.column(`energy_wh.${device}.std`)[row] as number) * unit : 0
    return { value, deviation }
  }

  /** Every measurement of a quantity from a row on (counted from the end where negative), with its architecture. */
  *all(
    metric: SurrogateMetric,
    device?: HwGptDevice,
    from = 0,
  ): Generator<readonly [HwGptArchitecture, Measurement]> {
    const count = this.architectures.length
    for (let row = from < 0 ? count + from : from; row < count; row++) {
      const measurement = this.at(row, metric, device)
      if (measurement) yield [this.architectures[row] as HwGptArchitecture, measurement]
    }
  }

  /** Least and greatest value of a quantity: what objectives are normalised by. */
  range(metric: SurrogateMetric, device?: HwGptDevice): readonly [number, number] {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const [, { value }] of this.all(metric, device)) {
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
    return [low, high]
  }

  /**
   * How far, as a share of the value, a new measurement lies from what `predict` says: its errors and the spread of
   * repeats, both by the median over the last 2000 rows, which the additive models have not seen,
   * since some measurements are far out.
   */
  relativeDeviation(
    predict: (architecture: HwGptArchitecture) => number,
    metric: SurrogateMetric,
    device?: HwGptDevice,
  ): number {
    const rows = [...this.all(metric, device, -2000)]
    const errors = rows.map(([architecture, { value }]) => Math.abs(predict(architecture) / value - 1))
    const repeats = rows.map(([, { value, deviation }]) => deviation / value)
    const normal = 1.4826 // deviations of a normal distribution in a median of absolute values
    return Math.hypot(normal * median(errors), median(repeats))
  }
}
