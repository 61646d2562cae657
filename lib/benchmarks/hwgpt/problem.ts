// HW-GPT-Bench as problems for search: perplexity against what a network costs on one device.

import { hypervolume } from '../../search/hypervolume.ts'
import type { Objective, Values } from '../../search/objective.ts'
import type { Configuration } from '../../space/configuration.ts'
import type { Space } from '../../space/space.ts'
import type { BenchmarkProblem } from '../problem.ts'
import { HwGptBench } from './bench.ts'
import { readJson } from './files.ts'
import { type HwGptDevice, type HwGptScale, hwGptDevices, hwGptScales } from './scale.ts'

/** Best known fronts: `hwgpt_reference_hv.json`, for some devices. */
interface ReferenceFile {
  readonly additive_latency: Readonly<
    Record<string, { readonly reference_front: readonly { readonly ppl: number; readonly lat_ms: number }[] }>
  >
}

export class HwGptProblem implements BenchmarkProblem {
  readonly name: string
  readonly space: Space
  readonly objectives: readonly Objective[]
  readonly constraints = []
  /** The best known, from long searches, which no true one is behind; empty for devices without. */
  readonly front: readonly (readonly number[])[]
  /** A tenth of the measured range beyond its worst values. */
  readonly reference: readonly number[]
  readonly bench: HwGptBench
  private readonly device_: HwGptDevice
  private readonly ranges_: readonly (readonly [number, number])[]

  constructor(bench: HwGptBench, device: HwGptDevice, front: readonly (readonly number[])[]) {
    this.name = `hwgpt-${bench.scale}/${device}`
    this.space = bench.space
    this.bench = bench
    this.device_ = device
    this.front = front
    const source = 'surrogates of HW-GPT-Bench'
    this.objectives = [
      { name: 'perplexity', unit: '', direction: 'minimize', source },
      { name: 'latency', unit: 's', direction: 'minimize', source },
    ]
    this.ranges_ = [bench.range('perplexity'), bench.range('latency', device)]
    this.reference = this.ranges_.map(([low, high]) => low + 1.1 * (high - low))
  }

  evaluate(configuration: Configuration): Values {
    const { device_: device } = this
    return {
      perplexity: this.bench.mean(configuration, 'perplexity'),
      latency: this.bench.mean(configuration, 'latency', { device }),
    }
  }

  /** The hypervolume of costs in units of the measured ranges, in which tables of this benchmark are written. */
  normalisedHypervolume(costs: readonly (readonly number[])[]): number {
    const extent = this.ranges_.reduce((product, [low, high]) => product * (high - low), 1)
    return hypervolume(costs, this.reference) / extent
  }
}

/**
 * A problem by its name, `hwgpt-s/a100` and the like for all scales and devices.
 *
 * @param folder with the benchmark's files
 * @throws RangeError for an unknown name; Error with code ENOENT naming a file that is missing
 */
export async function hwGptProblem(name: string, folder: string): Promise<HwGptProblem> {
  const [, scale, device] = /^hwgpt-(\w)\/(\w+)$/.exec(name) ?? []
  if (!hwGptScales.includes(scale as HwGptScale) || !hwGptDevices.includes(device as HwGptDevice))
    throw new RangeError(`\`name\` must be hwgpt-s, hwgpt-m or hwgpt-l, a slash and a device, got "${name}"`)
  const bench = await HwGptBench.open(folder, scale as HwGptScale)
  const references = await readJson<ReferenceFile>(folder, 'hwgpt_reference_hv.json')
  const known = references.additive_latency[`${scale}.${device}`]?.reference_front ?? []
  const front = known.map(({ ppl, lat_ms }) => [ppl, lat_ms / 1e3])
  return new HwGptProblem(bench, device as HwGptDevice, front)
}
