/**
 * What a report shows of a search, as plain data: it survives `JSON.stringify` and knows nothing of the rest of
 * the package. Quantities are in base units (seconds, joules, bytes, nats); the page picks friendlier ones.
 */

/** One of the quantities a search trades off. */
export interface Objective {
  /** Unique within the report; the key of every `values` record. */
  readonly name: string
  /** Base unit, e.g. `s`, `s/token`, `J`, `B`, `nat`, `FLOP`, `parameters`; empty where there is none. */
  readonly unit: string
  readonly direction: 'minimize' | 'maximize'
  /** Where the number comes from, e.g. `measured on this machine` or `exact, by formula`. */
  readonly source: string
}

/** A network in words: one line for tables, and the facts a reader sees when pointing at it. */
export interface Architecture {
  readonly short: string
  readonly details: Readonly<Record<string, string | number | boolean>>
}

/** Objective name to value; a value that is missing or not finite was not obtained. */
export type Values = Readonly<Record<string, number>>

/** The machine the numbers hold for. */
export interface Machine {
  readonly cpu: string
  /** Instruction set the kernels ran on, e.g. `avx512`. */
  readonly instructionSet: string
  /** Physical cores. */
  readonly cores: number
  /** Threads the engine worked with. */
  readonly threads: number
  readonly memoryBytes: number
  readonly gpu?: string
  readonly operatingSystem: string
  readonly node: string
  /** Version of this package. */
  readonly version: string
}

/** One architecture evaluated with weights inherited from the supernet. */
export interface TrialPoint {
  readonly number: number
  readonly architecture: Architecture
  readonly values: Values
  /** True when no other trial dominates it. */
  readonly front: boolean
}

/** One network that the search delivers, trained further and measured by itself. */
export interface FrontPoint {
  readonly id: string
  readonly architecture: Architecture
  /** Measured stand-alone. */
  readonly values: Values
  /** What the search saw with inherited weights. */
  readonly supernetValues: Values
  /** Path of the saved model, relative to the report. */
  readonly model: string
}

/** One line of the training picture. */
export interface LossCurve {
  /** e.g. `largest`, `smallest`, `random`, `validation`. */
  readonly name: string
  readonly kind: 'training' | 'validation'
  /** In order of `step`. */
  readonly points: readonly { readonly step: number; readonly loss: number }[]
}

/** How well the order of inherited losses foretells the order of stand-alone ones. */
export interface RankCorrelation {
  /** Name of the objective compared. */
  readonly objective: string
  /** Kendall's tau-b in [-1, 1]. */
  readonly kendall: number
  readonly points: readonly {
    readonly id: string
    readonly architecture: Architecture
    readonly supernet: number
    readonly standAlone: number
  }[]
}

/** Everything `searchPage` draws. */
export interface SearchReport {
  readonly title: string
  /** The command line that repeats the run. */
  readonly command: string
  readonly text: { readonly path: string; readonly bytes: number }
  readonly seed: number
  readonly budgetSeconds: number
  readonly elapsedSeconds: number
  readonly device: Machine
  /** At least one; the first two are the vertical and the horizontal axis of the front. */
  readonly objectives: readonly Objective[]
  readonly trials: readonly TrialPoint[]
  readonly front: readonly FrontPoint[]
  /** The point the hypervolume is measured from, in base units. */
  readonly reference: Values
  /** Hypervolume of the trials so far, in the product of the base units; in order of `trial`. */
  readonly hypervolume: readonly { readonly trial: number; readonly value: number }[]
  readonly supernet: { readonly unit: string; readonly curves: readonly LossCurve[] }
  /** Absent where fewer than two networks could be compared. */
  readonly rankCorrelation?: RankCorrelation
}
