// HW-GPT-Bench against the published networks' outputs, the measured tables and the best known fronts.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { AdditiveModel } from '../../lib/benchmarks/hwgpt/additive.ts'
import {
  architectureOf,
  configurationOf,
  type HwGptArchitecture,
} from '../../lib/benchmarks/hwgpt/architecture.ts'
import { featureEncoding } from '../../lib/benchmarks/hwgpt/encoding.ts'
import { numbersOf, readTensors, type Tensors } from '../../lib/benchmarks/hwgpt/files.ts'
import { multiplications, parameterCount } from '../../lib/benchmarks/hwgpt/formulas.ts'
import { Network } from '../../lib/benchmarks/hwgpt/network.ts'
import {
  HwGptBench,
  HwGptProblem,
  hwGptDevices,
  hwGptProblem,
  hwGptScales,
} from '../../lib/benchmarks/index.ts'
import { Random } from '../../lib/tensor/random.ts'
import { hwGptAvailable, hwGptFolder } from './hwgpt-folder.ts'

interface Golden {
  archs: { embed_dim: number; n_layer: number; mlp_ratio: number[]; n_head: number[]; bias: boolean }[]
  perplexity: number[]
  params_exact: number[]
  flops_api_exact: number[]
  mlp_trained_encoding: Record<string, number[]>
  latencies_ms_trained_encoding: Record<string, number[]>
  energies_wh_trained_encoding: Record<string, number[]>
}

const json = (name: string) => JSON.parse(readFileSync(join(hwGptFolder, name), 'utf8'))

describe.skipIf(!hwGptAvailable).each(hwGptScales)(
  'HW-GPT-Bench %s (needs ../shared/data/hwgpt)',
  (scale) => {
    let bench: HwGptBench
    let golden: Golden
    let architectures: HwGptArchitecture[]
    beforeAll(async () => {
      bench = await HwGptBench.open(hwGptFolder, scale)
      golden = json(`golden_${scale}.json`)
      architectures = golden.archs.map(({ embed_dim, n_layer, mlp_ratio, n_head, bias }) => ({
        embedDim: embed_dim,
        layers: n_layer,
        mlpRatio: mlp_ratio.slice(0, n_layer),
        heads: n_head.slice(0, n_layer),
        bias,
      }))
    })

    const expectClose = (got: number, want: number, absolute = 0) =>
      expect(Math.abs(got - want)).toBeLessThanOrEqual(Math.max(1e-5 * Math.abs(want), absolute))

    it('gives the outputs of the published networks', () => {
      architectures.forEach((architecture, i) => {
        const configuration = configurationOf(architecture)
        expectClose(bench.query(configuration, 'perplexity').mean, golden.perplexity[i] as number)
        const query = { device: 'a100', surrogate: 'net' } as const
        const latency = golden.latencies_ms_trained_encoding.a100?.[i] as number
        expectClose(bench.query(configuration, 'latency', query).mean * 1e3, latency)
        const energy = golden.energies_wh_trained_encoding.a100?.[i] as number
        expectClose(bench.query(configuration, 'energy', query).mean / 3600, energy, 1e-7)
        const memory = golden.mlp_trained_encoding.bfloat16_memory?.[i] as number
        expectClose(bench.query(configuration, 'memory', { surrogate: 'net' }).mean / 1e6, memory)
      })
    })

    it('reads all published networks', async () => {
      const folder = hwGptFolder
      const memory = await readTensors(folder, 'surrogate_mem_flops_params.safetensors')
      const hardware = await readTensors(folder, `surrogate_latency_energy_${scale}.safetensors.gz`)
      const check = (
        tensors: Tensors,
        name: string,
        want: readonly number[] | undefined,
        absolute?: number,
      ) => {
        const network = new Network(tensors, `${scale}.${name}.`)
        architectures.forEach((architecture, i) => {
          expectClose(network.predict(featureEncoding(scale, architecture)), want?.[i] as number, absolute)
        })
      }
      for (const [name, want] of Object.entries(golden.mlp_trained_encoding)) check(memory, name, want)
      for (const device of hwGptDevices) {
        check(hardware, `latencies.${device}`, golden.latencies_ms_trained_encoding[device])
        check(hardware, `energies.${device}`, golden.energies_wh_trained_encoding[device], 1e-7)
      }
    })

    it('counts parameters and operations exactly', async () => {
      architectures.forEach((architecture, i) => {
        const configuration = configurationOf(architecture)
        expect(bench.query(configuration, 'parameters')).toEqual({
          mean: golden.params_exact[i],
          deviation: 0,
        })
        expect(bench.query(configuration, 'flops')).toEqual({ mean: golden.flops_api_exact[i], deviation: 0 })
      })
      const raw = await readTensors(hwGptFolder, `raw_${scale}.safetensors.gz`)
      const [params, macs] = ['params', 'macs'].map((name) => numbersOf(raw, name))
      bench.table.architectures.forEach((architecture, i) => {
        if (
          parameterCount(architecture) !== params?.[i] ||
          multiplications(scale, architecture) !== macs?.[i]
        )
          expect.fail(`architecture ${i} has other counts`)
      })
    })

    it('predicts latencies additively, as well as the additive models are said to', () => {
      const file = json('additive_surrogates.json')
      for (const device of hwGptDevices) {
        const model = new AdditiveModel(file, scale, `latency_us.${device}`)
        const rows = [...bench.table.all('latency', device, 8000)]
        const mean = rows.reduce((sum, [, { value }]) => sum + value, 0) / rows.length
        let [residual, total] = [0, 0]
        for (const [architecture, { value }] of rows) {
          residual += (model.predict(architecture) / 1e3 - value) ** 2
          total += (value - mean) ** 2
        }
        expect(1 - residual / total).toBeCloseTo(file.scales[scale][`latency_us.${device}`].r2_test, 6)
      }
    })

    it('normalises by the published and measured ranges', () => {
      const reference = json('hwgpt_reference_hv.json').additive_latency
      for (const device of ['a100', 'h100', 'rtx2080', 'cpu_xeon_silver'] as const) {
        const { ppl_min, ppl_max, lat_min_ms, lat_max_ms } = reference[`${scale}.${device}`]
        expect(bench.range('perplexity')).toEqual([ppl_min, ppl_max])
        const range = bench.range('latency', device).map((seconds) => seconds * 1e3)
        expect(range[0]).toBeCloseTo(lat_min_ms, 9)
        expect(range[1]).toBeCloseTo(lat_max_ms, 9)
      }
    })

    it('finds what was measured, and only that', () => {
      const [first] = bench.measuredConfigurations()
      if (!first) expect.fail('the table is empty')
      const { value, deviation } = bench.measured(first, 'latency', 'a100') ?? expect.fail('not found')
      expect(deviation / value).toBeLessThan(0.05)
      expect(bench.query(first, 'latency', { device: 'a100' }).mean / value).toBeCloseTo(1, 1)
      expect(bench.measured(bench.sample(new Random(1)), 'perplexity')).toBeUndefined()
    })

    it('draws by seed, with the spread it names', () => {
      const configuration = bench.sample(new Random(2))
      const query = (seed: number) => bench.query(configuration, 'latency', { device: 'cpu_xeon_gold', seed })
      expect(query(3)).toEqual(query(3))
      const draws = Array.from({ length: 400 }, (_, seed) => query(seed).draw as number)
      const { mean, deviation } = query(0)
      const average = draws.reduce((a, b) => a + b) / draws.length
      const spread = Math.sqrt(draws.reduce((sum, draw) => sum + (draw - average) ** 2, 0) / draws.length)
      expect(average / mean).toBeCloseTo(1, 2)
      expect(spread / deviation).toBeCloseTo(1, 0)
    })

    it('turns configurations into architectures and back', () => {
      const random = new Random(5)
      for (let i = 0; i < 20; i++) {
        const configuration = bench.space.sample(random)
        expect(bench.space.validate(configurationOf(architectureOf(configuration)))).toEqual(configuration)
      }
    })

    it('names what is wrong with a question', () => {
      const configuration = bench.sample(new Random(1))
      expect(() => bench.query(configuration, 'latency')).toThrow('`device` must be given for latency')
      expect(() => bench.query(configuration, 'memory', { device: 'v100' })).toThrow(
        '`device` must be one of a100, rtx2080',
      )
      expect(() => bench.query({ ...configuration, embedDim: 7 }, 'flops')).toThrow(
        '`embedDim` must be one of',
      )
    })
  },
)

describe.skipIf(!hwGptAvailable)('the problem hwgpt-s/a100 (needs ../shared/data/hwgpt)', () => {
  it('gives random search the hypervolume it is known for, and the best known front its own', async () => {
    const problem = await hwGptProblem('hwgpt-s/a100', hwGptFolder)
    expect(problem).toBeInstanceOf(HwGptProblem)
    const random = new Random(1)
    const costs = Array.from({ length: 200 }, () =>
      Object.values(problem.evaluate(problem.space.sample(random))),
    )
    const volume = problem.normalisedHypervolume(costs)
    expect(volume).toBeGreaterThan(0.7808 - 3 * 0.0062)
    expect(volume).toBeLessThan(0.7808 + 3 * 0.0062)
    // A sample of a hundred points of it.
    expect(problem.normalisedHypervolume(problem.front)).toBeGreaterThan(0.87)
    expect(problem.normalisedHypervolume(problem.front)).toBeLessThanOrEqual(0.8867)
  })

  it('names wrong names and missing folders', async () => {
    await expect(hwGptProblem('hwgpt-x/a100', hwGptFolder)).rejects.toThrow(
      '`name` must be hwgpt-s, hwgpt-m or',
    )
    await expect(hwGptProblem('hwgpt-s/a100', '/nowhere')).rejects.toThrow('ENOENT')
  })
})
