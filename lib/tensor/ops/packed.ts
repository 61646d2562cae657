// Sequences of different lengths, one behind the other in a batch of one.

/** Of a scan that takes packed sequences. */
export interface Packed {
  /**
   * Where each of N sequences starts that are packed one behind the other into a batch of 1, and where the last ends:
   * N + 1 whole numbers from 0 to T that do not decrease. A sequence may be empty; its final state is its initial one.
   * States then have N sequences in place of a batch. A RangeError names `cuSeqlens` where it does not fit.
   */
  cuSeqlens?: ArrayLike<number> | undefined
}

/** `cuSeqlens` as the addon takes it. */
export const packedStarts = (cuSeqlens: ArrayLike<number> | undefined): Float64Array | undefined =>
  cuSeqlens && Float64Array.from(cuSeqlens)
