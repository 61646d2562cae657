// Work in a process of its own with one thread, since small networks gain little from two: the parent hands over an order,
// and gets progress and the result. A process ends when its parent is gone.

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface WorkOptions {
  /** Kills the process. */
  signal?: AbortSignal | undefined
  /** The share of the work that is done, now and then. */
  onProgress?: (share: number) => void
}

type Message<Result> = { share: number } | { result: Result } | { reason: string }

/** Progress is told at most this often, in milliseconds. */
const progressInterval = 500

/**
 * Has an order worked off by a module that calls {@link serveOrder}; order and result are plain JSON.
 *
 * @param module compiled module below dist/, as only what is compiled can be run by Node
 * @throws Error for whatever goes wrong there; the signal's reason
 */
export function workInProcess<Order extends object, Result>(
  module: string,
  order: Order,
  { signal, onProgress }: WorkOptions,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    // One folder up from here, in lib/ and in dist/ alike, and down again lies dist/.
    const child = fork(fileURLToPath(new URL(`../../dist/${module}`, import.meta.url)), {
      env: { ...process.env, PARASCAN_THREADS: '1' },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const stop = (): void => {
      child.kill('SIGKILL')
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', stop, { once: true })
    child.on('message', (message: Message<Result>) => {
      if ('share' in message) onProgress?.(message.share)
      else if ('result' in message) resolve(message.result)
      else reject(new Error(message.reason))
    })
    child.on('error', reject)
    child.on('exit', (code, killedBy) => {
      signal?.removeEventListener('abort', stop)
      reject(new Error(`its process ended with ${killedBy ?? `status ${code}`}`))
    })
    if (signal?.aborted) stop()
    else child.send(order, () => undefined)
  })
}

/** Works off the one order of this process, and ends it. */
export function serveOrder<Order, Result>(
  work: (order: Order, onProgress: (share: number) => void) => Promise<Result>,
): void {
  const send = (message: Message<Result>): Promise<void> =>
    new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()))
  process.on('disconnect', () => process.exit())
  // Ctrl-C reaches every process of the terminal; the parent decides what becomes of this one.
  process.on('SIGINT', () => undefined)
  process.once('message', async (order: Order) => {
    let told = 0
    const onProgress = (share: number): void => {
      if (performance.now() - told < progressInterval) return
      told = performance.now()
      void send({ share })
    }
    try {
      await send({ result: await work(order, onProgress) })
    } catch (error) {
      await send({ reason: error instanceof Error ? error.message : String(error) })
    }
    process.exit()
  })
}
