// Trains cells side by side.

import type { WorkOptions } from '../work-process.ts'
import { cellTitle, type LanguageCell } from './cells.ts'

export interface LanguageModellingProgress {
  /** Of all steps, in [0, 1]. */
  share: number
  /** What is under way, in words. */
  detail: string
}

export interface TrainCellsOptions {
  /** Cells trained at once. */
  width: number
  /** Cells in all, with those that are trained already. */
  total: number
  signal: AbortSignal | undefined
  onProgress: ((progress: LanguageModellingProgress) => void) | undefined
  train: (cell: LanguageCell, options: WorkOptions) => Promise<void>
}

/** Trains cells side by side; the first one that fails stops the others. */
export async function trainCells(cells: LanguageCell[], options: TrainCellsOptions): Promise<void> {
  const { width, total, signal, onProgress, train } = options
  const failure = new AbortController()
  const either = AbortSignal.any(signal ? [signal, failure.signal] : [failure.signal])
  const pending = [...cells]
  const running = new Map<LanguageCell, number>()
  const report = (): void => {
    const done = total - pending.length - running.size
    const shares = [...running.values()].reduce((sum, share) => sum + share, 0)
    const parts = Array.from(running, ([cell, share]) => `${cellTitle(cell)} ${Math.floor(100 * share)} %`)
    onProgress?.({
      share: (done + shares) / total,
      detail: [`${done} of ${total} cells`, ...parts].join('; '),
    })
  }
  const worker = async (): Promise<void> => {
    for (let cell = pending.shift(); cell; cell = pending.shift()) {
      const current = cell
      running.set(current, 0)
      const progress = (share: number): void => {
        running.set(current, share)
        report()
      }
      try {
        await train(current, { signal: either, onProgress: progress })
      } catch (error) {
        either.throwIfAborted()
        const reason = error instanceof Error ? error.message : String(error)
        failure.abort(new Error(`${cellTitle(current)} failed: ${reason}`))
        throw failure.signal.reason
      }
      running.delete(current)
      report()
    }
  }
  await Promise.allSettled(Array.from({ length: width }, worker))
  either.throwIfAborted()
}
