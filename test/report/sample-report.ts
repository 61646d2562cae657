/** A small but complete search and benchmark, with the awkward values a real one has. */
import type { BenchReport } from '../../lib/report/bench-data.ts'
import type {
  LanguageModellingReport,
  LanguageSummary,
  RangeComparison,
} from '../../lib/report/language-modelling-data.ts'
import type { Architecture, Machine, Objective, SearchReport } from '../../lib/report/run-data.ts'
import type { StateTrackingReport, TrackingRow } from '../../lib/report/state-tracking-data.ts'

const device: Machine = {
  cpu: 'Example CPU',
  instructionSet: 'avx2',
  cores: 2,
  threads: 2,
  memoryBytes: 8 * 2 ** 30,
  operatingSystem: 'Linux 6.1 x64',
  node: '20.20.2',
  version: '0.1.0',
}

const objectives: Objective[] = [
  { name: 'loss', unit: 'nat/byte', direction: 'minimize', source: 'held-out text' },
  { name: 'latency', unit: 's/token', direction: 'minimize', source: 'measured on this machine' },
  { name: 'memory', unit: 'B', direction: 'minimize', source: 'peak of the allocator' },
]

function architecture(depth: number): Architecture {
  return { short: `${depth}×64: deltanet`, details: { depth, width: 64, eigenvalues: '[-1,1]', tied: true } }
}

/** A search over the first `count` objectives. */
export function sampleSearch(count = 2): SearchReport {
  const depths = [1, 2, 3, 4, 5, 6]
  const values = (depth: number, gain: number) => ({
    loss: 3 / depth ** 0.4 - gain,
    latency: 2e-6 * depth ** 2,
    memory: 1e6 * depth,
  })
  return {
    title: 'Linear RNNs for sample.txt',
    command: 'npx parascan search sample.txt --objectives loss,latency --budget 2m --seed 1 --out run/',
    text: { path: 'sample.txt', bytes: 1_234_567 },
    seed: 1,
    budgetSeconds: 120,
    elapsedSeconds: 121.4,
    device,
    objectives: objectives.slice(0, count),
    trials: [
      ...depths.map((depth) => ({
        number: depth,
        architecture: architecture(depth),
        values: values(depth, 0),
        front: true,
      })),
      {
        number: 7,
        architecture: architecture(7),
        values: { ...values(7, -1), loss: Number.NaN },
        front: false,
      },
      { number: 8, architecture: architecture(8), values: values(8, -1), front: false },
    ],
    front: depths.map((depth) => ({
      id: `network-${depth}`,
      architecture: architecture(depth),
      values: values(depth, 0.1),
      supernetValues: values(depth, 0),
      model: `models/network ${depth}.safetensors`,
    })),
    reference: { loss: 4, latency: 1e-3, memory: 1e8 },
    hypervolume: depths.map((trial) => ({ trial, value: 1e-3 * (1 - 1 / (trial + 1)) })),
    supernet: {
      unit: 'nat/byte',
      curves: [
        {
          name: 'largest',
          kind: 'training',
          points: depths.map((step) => ({ step: step * 10, loss: 5 / step })),
        },
        { name: 'smallest', kind: 'training', points: [{ step: 0, loss: Number.POSITIVE_INFINITY }] },
        { name: 'validation', kind: 'validation', points: depths.map((step) => ({ step, loss: 6 / step })) },
      ],
    },
    rankCorrelation: {
      objective: 'loss',
      kendall: 0.8,
      points: depths.map((depth) => ({
        id: `network-${depth}`,
        architecture: architecture(depth),
        supernet: values(depth, 0).loss,
        standAlone: values(depth, 0.1).loss,
      })),
    },
  }
}

/** A search that was interrupted before anything was found. */
export function emptySearch(): SearchReport {
  const { rankCorrelation, ...report } = sampleSearch()
  return { ...report, trials: [], front: [], hypervolume: [], supernet: { unit: 'nat/byte', curves: [] } }
}

/** Two kernels on one and two threads. */
export function sampleBench(): BenchReport {
  const peaks = [1, 2].map((threads) => ({
    threads,
    flopsPerSecond: threads * 1e11,
    bandwidths: [
      { level: 'L1', bytesPerSecond: threads * 2e11 },
      { level: 'memory', bytesPerSecond: 2.8e10 },
    ],
  }))
  const rows = [1, 2].flatMap((threads) => [
    {
      op: 'matmul',
      family: 'matrix products',
      form: 'forward',
      shape: '512×512×512',
      threads,
      tokens: 512,
      seconds: 2.5e-3 / threads,
      flops: 2.7e8,
      bytes: 3.1e6,
      share: 0.9,
      limit: 'compute',
    },
    {
      op: 'copy <&>',
      family: 'copies',
      form: 'step',
      shape: '4194304',
      threads,
      tokens: 1,
      seconds: 1.2e-3,
      flops: 0,
      bytes: 3.4e7,
      share: 0.98,
      limit: 'memory',
    },
  ])
  return { title: 'Kernels on this machine', command: 'npx parascan bench', device, peaks, rows }
}

/** One model in both ranges, one without a choice, and one that was not run. */
export function sampleTracking(): StateTrackingReport {
  const row = (model: string, eigenvalues: TrackingRow['eigenvalues'], seeds: number): TrackingRow => ({
    ...{ label: `${model} <${eigenvalues}>`, model, eigenvalues, published: null, failed: 0, trained: seeds },
    ...(seeds > 0
      ? { best: 0.5, median: 0.4, deviation: 0.1, solvedTo: 40 }
      : { best: null, median: null, deviation: null, solvedTo: null }),
    curves: Array.from({ length: seeds }, () =>
      [4, 40, 256, 2048].map((length) => ({ length, accuracy: 1.2 - Math.log10(length) / 2 })),
    ),
  })
  const rows = [
    row('deltanet', '[0,1]', 2),
    row('deltanet', '[-1,1]', 1),
    row('attention', null, 1),
    row('gla', '[0,1]', 0),
  ]
  return {
    ...{ command: 'npx parascan reproduce state-tracking', device, conditions: 'Two networks.' },
    claims: [
      { text: 'this <holds>', holds: true },
      { text: 'that is not run', holds: null },
    ],
    tasks: [{ name: 'parity', measure: 'scaled accuracy', trainedTo: 40, rows }],
  }
}

/** A model of three seeds that was published, and one of a single seed that was not. */
export function sampleLanguageModelling(): LanguageModellingReport {
  const summary = (
    model: string,
    seeds: number,
    published: LanguageSummary['published'],
  ): LanguageSummary => {
    const deviation = seeds > 1 ? 0.02 : null
    const curve = [10, 20, 30].map(
      (step): RangeComparison => ({
        step,
        narrow: { mean: 2 - step / 40, deviation },
        wide: { mean: 2.01 - step / 40, deviation },
        difference: { mean: 0.01, deviation },
      }),
    )
    const final = curve.at(-1) as RangeComparison
    return { model, parameters: 398_000, seeds, final, curve, published }
  }
  return {
    ...{ command: 'npx parascan reproduce language-modelling', device, conditions: 'Two <networks>.' },
    models: [summary('deltanet', 3, [{ size: '340M', narrow: 24.68, wide: 24.54 }]), summary('gla', 1, [])],
  }
}
