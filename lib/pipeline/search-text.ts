// The main job: search the linear RNNs that suit a text on this machine. Three phases share the budget: training the
// supernet, evaluating architectures on it, and turning the best into networks of their own.

import { readText } from '../data/text.ts'
import type { SupernetConfig } from '../nn/architecture.ts'
import { readRuntime } from '../report/runtime.ts'
import { journal } from '../search/journal.ts'
import { nsga2 } from '../search/nsga2.ts'
import { randomSearch } from '../search/random-search.ts'
import { Study } from '../search/study.ts'
import { architectureSpace } from './architecture-space.ts'
import { finalistPhase } from './finalist-phase.ts'
import { searchObjectives } from './objectives.ts'
import { type Front, writeResults } from './results.ts'
import { RunFolder } from './run-folder.ts'
import { supernetPhase } from './supernet-phase.ts'
import { trialPhase } from './trial-phase.ts'

export interface SearchTextOptions {
  /** The text file; any file of bytes will do. */
  text: string
  /** Folder of the run; the same options go on with a run that was stopped there. */
  out: string
  /** Names among {@link objectiveNames}; `loss` and `latency` by default. */
  objectives?: readonly string[]
  /** Seconds of work in all, about 2 minutes by default. */
  budgetSeconds?: number
  algorithm?: 'nsga2' | 'random'
  seed?: number
  /** What is searched; {@link defaultSupernet} by default. */
  supernet?: SupernetConfig
  /** The command line, for the report. */
  command?: string
  signal?: AbortSignal | undefined
  onProgress?: (progress: SearchProgress) => void
}

export interface SearchProgress {
  phase: 'supernet' | 'trials' | 'finalists'
  /** Of the whole run, in [0, 1]. */
  share: number
  /** What was just done, in words. */
  detail: string
}

/** The space that a search covers by default: small networks that 2 cores train in a minute. */
export const defaultSupernet: SupernetConfig = {
  vocabulary: 256,
  hidden: [32, 48, 64, 96],
  depth: [1, 2, 3, 4],
  mixers: ['deltanet', 'gated-deltanet', 'deltaproduct', 'mamba'],
  heads: [1, 2, 4],
  keyDim: 16,
  valueDim: [8, 16, 32],
  householders: [2, 3],
  expand: [1, 2],
  states: 8,
  mlpRatio: [0, 1, 2],
  eigenvalues: ['[0,1]', '[-1,1]'],
  convolution: 4,
}

const shares = { supernet: 0.5, trials: 0.28, finalists: 0.22 }
const phaseStart = { supernet: 0, trials: shares.supernet, finalists: shares.supernet + shares.trials }
/** Tokens of a training window, and of a measured prefill. */
const windowTokens = 128

/** How a search reads its text; validation windows are those that losses in `front.json` are measured on. */
export const validationText = { batch: 8, tokens: windowTokens, seed: 0, validationWindows: 24 } as const

/** NSGA-II turns over this many networks a generation: a short search needs several generations. */
const population = 24

/**
 * Searches the Pareto front of linear RNNs for a text on this machine. Leaves in `out`: the study (`study.jsonl`), the
 * supernet, the networks of the front (`models/`), `front.json` and `report.html`.
 *
 * Interrupted by the signal, or killed, it loses at most the trial under way and a few seconds of supernet training, and
 * goes on when called again.
 *
 * @throws RangeError for options that make no sense; Error with a code for a text or folder that will not do.
 */
export async function searchText(options: SearchTextOptions): Promise<Front> {
  const {
    text,
    out,
    budgetSeconds = 120,
    algorithm = 'nsga2',
    seed = 0,
    supernet: config = defaultSupernet,
  } = options
  const names = options.objectives ?? ['loss', 'latency']
  if (!(budgetSeconds > 0)) throw new RangeError(`\`budgetSeconds\` must be positive, got ${budgetSeconds}`)
  const objectives = searchObjectives(names)
  const runtime = await readRuntime() // what the report needs, asked for before hours of work depend on it
  const data = await readText(text, { ...validationText, seed })
  const folder = await RunFolder.open(out, {
    version: 1,
    text: { path: text, bytes: data.bytes, sha256: data.sha256 },
    objectives: [...names],
    budgetSeconds,
    seed,
    supernet: config,
  })

  const space = architectureSpace(config)
  const study = await Study.open({
    space,
    objectives,
    searcher: algorithm === 'random' ? randomSearch() : nsga2({ population }),
    storage: journal(folder.study),
    seed,
  })
  const started = performance.now()
  const { signal } = options
  const report =
    (phase: SearchProgress['phase']) =>
    (share: number, detail: string): void =>
      options.onProgress?.({ phase, share: phaseStart[phase] + share * shares[phase], detail })
  try {
    const inSupernet = report('supernet')
    const { supernet, history } = await supernetPhase({
      config,
      space,
      data,
      path: folder.supernet,
      budgetSeconds: shares.supernet * budgetSeconds,
      seed,
      signal,
      onProgress: ({ share, step, loss }) =>
        inSupernet(share, `supernet step ${step}, loss ${loss.toFixed(3)}`),
    })
    const measuring = { validation: data.validation, tokens: windowTokens, seconds: 0.05 }
    const inTrials = report('trials')
    await trialPhase({
      study,
      supernet,
      objectives,
      measuring,
      budgetSeconds: shares.trials * budgetSeconds,
      // Few architectures make no front: two minutes are worth a hundred even on a busy machine.
      minimumTrials: Math.min(100, Math.max(12, Math.round(budgetSeconds))),
      signal,
      onProgress: ({ share, trials }) => inTrials(share, `${trials} architectures`),
    })
    const inFinalists = report('finalists')
    const finalists = await finalistPhase({
      study,
      supernet,
      objectives,
      // Long against the moods of a machine that others share: what is reported is to be measured again.
      measuring: { ...measuring, seconds: Math.min(0.2, budgetSeconds / 600) },
      data,
      folder,
      budgetSeconds: shares.finalists * budgetSeconds * 0.55,
      signal,
      onProgress: ({ share, finished, of }) => inFinalists(share, `network ${finished} of ${of}`),
    })
    supernet.dispose()
    return await writeResults({
      study,
      objectives,
      finalists,
      history,
      folder,
      seed,
      text: { path: text, bytes: data.bytes },
      budgetSeconds,
      elapsedSeconds: (performance.now() - started) / 1000,
      runtime,
      command: options.command ?? `parascan search ${text} --out ${out}`,
    })
  } finally {
    await study.close()
  }
}
