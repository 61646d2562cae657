/** What the page on state tracking shows, as plain data: tables by task and model, and curves over lengths. */
import type { Machine } from './run-data.ts'

/** One model in one range of eigenvalues. */
export interface TrackingRow {
  /** `deltanet [-1,1]` */
  readonly label: string
  readonly model: string
  /** Null for a model without a choice. */
  readonly eigenvalues: '[0,1]' | '[-1,1]' | null
  /** Null where no seed was trained. */
  readonly best: number | null
  readonly median: number | null
  readonly deviation: number | null
  readonly solvedTo: number | null
  readonly published: number | null
  /** Seeds trained, and failed. */
  readonly trained: number
  readonly failed: number
  /** One curve a seed, the best first. */
  readonly curves: readonly (readonly TrackingPoint[])[]
}

export interface TrackingPoint {
  readonly length: number
  readonly accuracy: number
}

export interface TrackingTask {
  readonly name: string
  /** `scaled accuracy` or `whole strings right`. */
  readonly measure: string
  /** The longest string of training. */
  readonly trainedTo: number
  readonly rows: readonly TrackingRow[]
}

/** Everything `stateTrackingPage` draws. */
export interface StateTrackingReport {
  readonly command: string
  readonly device: Machine
  /** How it was trained, in one sentence. */
  readonly conditions: string
  readonly claims: readonly { readonly text: string; readonly holds: boolean | null }[]
  readonly tasks: readonly TrackingTask[]
}
