// How training keeps both sides busy: each step is enqueued while the one before is still running, so that the machine
// never waits for JavaScript and the event loop never waits for the machine.

import type { Tensor } from '../tensor/tensor.ts'

export interface RunAheadOptions {
  /** Steps that an earlier run has done, 0 by default. */
  first?: number
  steps: number
  signal?: AbortSignal | undefined
  /** Enqueues a step, and returns a tensor of what it reports and the tokens it trains on. */
  enqueue(step: number): { report: Tensor; tokens: number }
  /**
   * Is told, in order, what every step reported once it has run, and the pace since the start; resolving to `false` ends
   * the run.
   */
  settled(step: number, values: Float32Array, tokensPerSecond: number): Promise<boolean>
  /** Whether the step after this one waits until `settled` has resolved, which then sees what the step left. */
  pauseAfter?(step: number): boolean
}

/**
 * Runs steps until there are no more, `settled` resolves to false (one more step may have begun by then), or the signal
 * aborts. Every step that began is settled before the promise is, unless `settled` itself rejects.
 */
export async function runAhead(options: RunAheadOptions): Promise<void> {
  const { first = 0, steps, signal, enqueue, settled, pauseAfter } = options
  const start = performance.now()
  let trained = 0
  let running: { step: number; report: Tensor; tokens: number } | null = null
  const settle = async (): Promise<boolean> => {
    if (!running) return true
    const { step, report, tokens } = running
    running = null
    const values = await report.data()
    report.dispose()
    trained += tokens
    return settled(step, values, (1000 * trained) / (performance.now() - start))
  }
  let step = first
  for (; step < steps && !signal?.aborted; step++) {
    const enqueued = enqueue(step)
    const goOn = await settle()
    running = { step, ...enqueued }
    if (!goOn) break
    if (pauseAfter?.(step) && !(await settle())) break
  }
  await settle()
  if (step < steps) signal?.throwIfAborted()
}
