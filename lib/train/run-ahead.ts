// How training keeps both sides busy: each step is enqueued while the one before is still running, so that the machine
// never waits for JavaScript and the event loop never waits for the machine.

import type { Tensor } from '../tensor/tensor.ts'

export interface RunAheadOptions {
  steps: number
  signal?: AbortSignal | undefined
  /** Enqueues a step, and returns a tensor of what it reports. */
  enqueue(step: number): Tensor
  /** Is told, in order, what every step reported once it has run; resolving to `false` ends the run. */
  settled(step: number, values: Float32Array): Promise<boolean>
}

/** Runs steps until there are no more, `settled` resolves to false (one more step has begun by then), or the signal aborts. */
export async function runAhead({ steps, signal, enqueue, settled }: RunAheadOptions): Promise<void> {
  let running: { step: number; report: Tensor } | null = null
  const settle = async (): Promise<boolean> => {
    if (!running) return true
    const { step, report } = running
    running = null
    const values = await report.data()
    report.dispose()
    return settled(step, values)
  }
  for (let step = 0; step < steps; step++) {
    signal?.throwIfAborted()
    const report = enqueue(step)
    const goOn = await settle()
    running = { step, report }
    if (!goOn) break
  }
  await settle()
}
