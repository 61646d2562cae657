// What a network is trained on: token ids and, at every token, the class to predict or `ignored`.

/** A target that does not count. */
export const ignored = -1

export interface Batch {
  /** [sequences, tokens] */
  shape: readonly [number, number]
  /** Row-major token ids. */
  ids: Int32Array
  /** Row-major classes; {@link ignored} where nothing is asked. */
  targets: Int32Array
  /**
   * Of sequences packed one behind the other into a batch of 1: where each starts, and where the last ends. None sees
   * another.
   */
  cuSeqlens?: readonly number[]
}

/** A stream of batches: a pure function of the step, so that training can stop and go on anywhere. */
export type BatchSource = (step: number) => Batch

/** A task or text, as training sees it. */
export interface Dataset {
  name: string
  /** Ids are in [0, vocabulary). */
  vocabulary: number
  /** Targets are in [0, classes). */
  classes: number
  train: BatchSource
  /** The batches that evaluation uses, always the same. */
  validation: readonly Batch[]
}

/** Number of targets that count. */
export function countedTargets(batch: Batch): number {
  return batch.targets.reduce((count, target) => count + (target === ignored ? 0 : 1), 0)
}
