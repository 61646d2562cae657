// Long work that the same command goes on with when it was interrupted.

import { Progress } from './progress.ts'
import type { Terminal } from './terminal.ts'

/** Does work that leaves its results in the folder `out`; where it is interrupted, tells how to go on. */
export async function resumable<T>(
  terminal: Terminal,
  out: string,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  using progress = new Progress(terminal)
  try {
    return await work(progress)
  } catch (error) {
    if (terminal.signal.aborted) progress.log(`what was done is in ${out}; the same command goes on with it`)
    throw error
  }
}
