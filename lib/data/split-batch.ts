// A batch in parts, so that the memory of a step is that of a part.

import type { Batch } from './batch.ts'

/**
 * At most `parts` batches of about one size that hold the sequences of `batch` in their order: rows, or packed sequences.
 */
export function splitBatch(batch: Batch, parts: number): Batch[] {
  const [rows, tokens] = batch.shape
  const starts = batch.cuSeqlens ?? Array.from({ length: rows + 1 }, (_, row) => row * tokens)
  const total = rows * tokens
  // The start of a sequence that is nearest to where equal parts would be cut.
  const cuts = Array.from({ length: parts + 1 }, (_, part) => {
    const ideal = (part * total) / parts
    return Array.from(starts).reduce((best, start) =>
      Math.abs(start - ideal) < Math.abs(best - ideal) ? start : best,
    )
  })
  const distinct = [...new Set(cuts)]
  return distinct.slice(1).map((end, i) => {
    const begin = distinct[i] as number
    const part = { ids: batch.ids.subarray(begin, end), targets: batch.targets.subarray(begin, end) }
    if (!batch.cuSeqlens) return { ...part, shape: [(end - begin) / tokens, tokens] }
    const cuSeqlens = Array.from(batch.cuSeqlens)
      .filter((start) => start >= begin && start <= end)
      .map((start) => start - begin)
    return { ...part, shape: [1, end - begin], cuSeqlens }
  })
}
