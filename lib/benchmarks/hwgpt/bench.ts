// HW-GPT-Bench (Sukthanker et al. 2024): what any of 10¹² to 10³⁵ GPTs would reach and cost on thirteen devices, by
// surrogates of published measurements. The data are read from a folder; docs/surrogate-benchmarks.md says which.

import type { Configuration } from '../../space/configuration.ts'
import type { Space } from '../../space/space.ts'
import { Random } from '../../tensor/random.ts'
import { type AdditiveFile, AdditiveModel } from './additive.ts'
import {
  architectureKey,
  architectureOf,
  configurationOf,
  type HwGptArchitecture,
  hwGptSpace,
} from './architecture.ts'
import { featureEncoding, oneHotEncoding } from './encoding.ts'
import { readJson, readTensors, type Tensors } from './files.ts'
import { flopCount, parameterCount } from './formulas.ts'
import { MeasuredTable, type Measurement } from './measured-table.ts'
import { checkDevice, type HwGptMetric, type SurrogateMetric, unitOf } from './metric.ts'
import { Network } from './network.ts'
import { type HwGptDevice, type HwGptScale, hwGptScales } from './scale.ts'

export interface HwGptQuery {
  /** Needed for latency and energy; for memory `a100` by default. */
  readonly device?: HwGptDevice
  /** Draws a measurement, always the same for the same seed, architecture, metric and device. */
  readonly seed?: number | bigint
  /**
   * `additive` by default. `net` asks the published networks for latency, energy and memory. Do not search with them: a
   * search finds architectures for which they predict a tenth of the least latency ever measured, or energies below 0.
   * Perplexity comes from its network in both cases.
   */
  readonly surrogate?: 'additive' | 'net'
}

export interface HwGptAnswer {
  readonly mean: number
  /** Of a new measurement around the mean; 0 for FLOPs and parameters, which are exact. */
  readonly deviation: number
  /** Where a seed was given. */
  readonly draw?: number
}

type Predictor = (architecture: HwGptArchitecture) => number

interface Files {
  readonly additive: AdditiveFile
  readonly perplexity: Tensors
  readonly memory: Tensors
  readonly hardware: Tensors
  readonly ranges: Readonly<Record<string, { readonly min: number; readonly max: number }>>
}

export class HwGptBench {
  readonly scale: HwGptScale
  readonly folder: string
  readonly space: Space
  /** The measured architectures. */
  readonly table: MeasuredTable
  private readonly files_: Files
  private readonly predictors_ = new Map<string, Predictor>()
  private readonly deviations_ = new Map<string, number>()

  private constructor(folder: string, scale: HwGptScale, files: Files, table: MeasuredTable) {
    this.folder = folder
    this.scale = scale
    this.files_ = files
    this.table = table
    this.space = hwGptSpace(scale)
  }

  /**
   * Reads one scale from a folder with the benchmark's files.
   *
   * @throws RangeError for a scale that is none; Error with code ENOENT naming a file that is missing
   */
  static async open(folder: string, scale: HwGptScale): Promise<HwGptBench> {
    if (!hwGptScales.includes(scale))
      throw new RangeError(`\`scale\` must be one of ${hwGptScales.join(', ')}, got ${scale}`)
    const [additive, ranges, perplexity, memory, hardware, raw] = await Promise.all([
      readJson<AdditiveFile>(folder, 'additive_surrogates.json'),
      readJson<Files['ranges']>(folder, 'norm_stats.json'),
      readTensors(folder, 'surrogate_perplexity.safetensors'),
      readTensors(folder, 'surrogate_mem_flops_params.safetensors'),
      readTensors(folder, `surrogate_latency_energy_${scale}.safetensors.gz`),
      readTensors(folder, `raw_${scale}.safetensors.gz`),
    ])
    const files = { additive, ranges, perplexity, memory, hardware }
    return new HwGptBench(folder, scale, files, new MeasuredTable(raw, scale))
  }

  /** A random configuration of the space. */
  sample(random: Random): Configuration {
    return this.space.sample(random)
  }

  /**
   * A metric of a configuration, in base units: seconds, joules, bytes; FLOPs and parameters as numbers.
   *
   * @param metric `perplexity` on the validation set of OpenWebText; `latency` and `energy` of one forward pass of 8, 4 or 1
   *   sequences (scales s, m, l) of 1024 tokens; `memory` allocated by it; `flops` of one sequence; `parameters`
   * @throws TypeError, RangeError for a configuration, metric or device that is none
   */
  query(
    configuration: Configuration,
    metric: HwGptMetric,
    { device, seed, surrogate = 'additive' }: HwGptQuery = {},
  ): HwGptAnswer {
    const architecture = architectureOf(this.space.validate(configuration))
    const mean = this.meanOf(architecture, metric, device, surrogate)
    const deviation =
      metric === 'flops' || metric === 'parameters'
        ? 0
        : Math.abs(mean) * this.deviation(metric, checkDevice(metric, device), surrogate)
    if (seed === undefined) return { mean, deviation }
    const random = new Random(seed).fork(`${metric} ${device} ${architectureKey(architecture)}`)
    return { mean, deviation, draw: deviation > 0 ? random.normal(mean, deviation) : mean }
  }

  /** The mean of {@link query} alone. */
  mean(
    configuration: Configuration,
    metric: HwGptMetric,
    { device, surrogate = 'additive' }: Omit<HwGptQuery, 'seed'> = {},
  ): number {
    return this.meanOf(architectureOf(this.space.validate(configuration)), metric, device, surrogate)
  }

  private meanOf(
    architecture: HwGptArchitecture,
    metric: HwGptMetric,
    device: HwGptDevice | undefined,
    surrogate: 'additive' | 'net',
  ): number {
    if (metric === 'flops') return flopCount(architecture)
    if (metric === 'parameters') return parameterCount(architecture)
    if (!Object.hasOwn(unitOf, metric))
      throw new RangeError(`\`metric\` must be one of the benchmark's, got ${metric}`)
    return this.predictor(metric, checkDevice(metric, device), surrogate)(architecture)
  }

  /** What was measured; undefined where the configuration or the metric was not. In the units of {@link query}. */
  measured(
    configuration: Configuration,
    metric: SurrogateMetric,
    device?: HwGptDevice,
  ): Measurement | undefined {
    const row = this.table.row(architectureOf(this.space.validate(configuration)))
    return row === undefined ? undefined : this.table.at(row, metric, checkDevice(metric, device))
  }

  /** The measured configurations, in the order of the table. */
  *measuredConfigurations(): Generator<Configuration> {
    for (const architecture of this.table.architectures) yield configurationOf(architecture)
  }

  /** Least and greatest value that objectives are normalised by: of perplexity the published, else the measured. */
  range(metric: SurrogateMetric, device?: HwGptDevice): readonly [number, number] {
    const checked = checkDevice(metric, device)
    if (metric !== 'perplexity') return this.table.range(metric, checked)
    const published = this.files_.ranges[`metric/max_min_stats_perplexity_${this.scale}`]
    return [published?.min as number, published?.max as number]
  }

  /** How the mean of a metric is predicted; made once. */
  private predictor(
    metric: SurrogateMetric,
    device: HwGptDevice | undefined,
    surrogate: 'additive' | 'net',
  ): Predictor {
    const key = `${metric} ${device} ${surrogate}`
    const known = this.predictors_.get(key)
    if (known) return known
    const { scale, files_: files } = this
    const unit = unitOf[metric]
    const network = (tensors: Tensors, name: string, encode: typeof featureEncoding): Predictor => {
      const net = new Network(tensors, `${scale}.${name}`)
      return (architecture) => unit * net.predict(encode(scale, architecture))
    }
    const additive = (quantity: string): Predictor => {
      const model = new AdditiveModel(files.additive, scale, quantity)
      return (architecture) => unit * model.predict(architecture)
    }
    const made =
      metric === 'perplexity'
        ? network(files.perplexity, '', oneHotEncoding)
        : metric === 'memory'
          ? surrogate === 'net'
            ? network(files.memory, 'bfloat16_memory.', featureEncoding)
            : additive(`memory_mb.${device}`)
          : surrogate === 'net'
            ? network(
                files.hardware,
                `${metric === 'latency' ? 'latencies' : 'energies'}.${device}.`,
                featureEncoding,
              )
            : additive(metric === 'latency' ? `latency_us.${device}` : `energy_wh.${device}.mean`)
    this.predictors_.set(key, made)
    return made
  }

  private deviation(
    metric: SurrogateMetric,
    device: HwGptDevice | undefined,
    surrogate: 'additive' | 'net',
  ): number {
    const key = `${metric} ${device} ${surrogate}`
    const known = this.deviations_.get(key)
    if (known !== undefined) return known
    const deviation = this.table.relativeDeviation(this.predictor(metric, device, surrogate), metric, device)
    this.deviations_.set(key, deviation)
    return deviation
  }
}
