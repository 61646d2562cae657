// Where cells are trained: in this process one after the other, or in processes of their own with a thread each, since
// networks this small gain little from two.

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { CellMessage, CellOrder } from './cell-process.ts'
import type { Cell, CellResult } from './cells.ts'
import type { StateTrackingRecipe } from './recipes.ts'
import { type TrainCellOptions, trainCell } from './train-cell.ts'

/** Resolves to a failed cell for whatever goes wrong but the signal's abort, which rejects with its reason. */
export type CellRunner = (
  cell: Cell,
  recipe: StateTrackingRecipe,
  options: TrainCellOptions,
) => Promise<CellResult>

export const runHere: CellRunner = async (cell, recipe, options) => {
  const start = performance.now()
  try {
    return await trainCell(cell, recipe, options)
  } catch (error) {
    options.signal?.throwIfAborted()
    return failed(cell, recipe, error instanceof Error ? error.message : String(error), start)
  }
}

// Two folders up from here, in lib/ and in dist/ alike, lies dist/; only what is compiled can be run by Node.
const script = fileURLToPath(
  new URL('../../../dist/pipeline/state-tracking/cell-process.js', import.meta.url),
)

export const runInProcess: CellRunner = (cell, recipe, { signal, onProgress }) =>
  new Promise((resolve, reject) => {
    const start = performance.now()
    const child = fork(script, {
      env: { ...process.env, PARASCAN_THREADS: '1' },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const stop = (): void => {
      child.kill('SIGKILL')
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', stop, { once: true })
    child.on('message', (message: CellMessage) => {
      if ('share' in message) onProgress?.(message.share)
      else if ('trained' in message) resolve(message.trained)
      else resolve(failed(cell, recipe, message.reason, start))
    })
    child.on('error', (error) => resolve(failed(cell, recipe, error.message, start)))
    child.on('exit', (code, killedBy) => {
      signal?.removeEventListener('abort', stop)
      resolve(failed(cell, recipe, `its process ended with ${killedBy ?? `status ${code}`}`, start))
    })
    if (signal?.aborted) stop()
    else child.send({ cell, recipe } satisfies CellOrder, () => undefined)
  })

function failed(cell: Cell, recipe: StateTrackingRecipe, reason: string, start: number): CellResult {
  return { status: 'failed', cell, recipe, reason, seconds: (performance.now() - start) / 1000 }
}
