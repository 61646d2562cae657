// Times work that cannot be captured, such as a backward pass, from the call to the end of the work it queued.

import { addon } from '../native/load.ts'

/** As for `Program.time`: runs before measuring, runs measured at most, seconds after which none is begun. */
export interface Limits {
  warmup: number
  repeats: number
  seconds: number
}

/** Seconds of each run of `pass`, a synchronous function that queues ops; some microseconds of each are the queueing's. */
export async function timePasses(
  pass: () => void,
  { warmup, repeats, seconds }: Limits,
): Promise<Float64Array> {
  const times: number[] = []
  await addon.synchronize()
  let spent = 0
  for (let run = -warmup; run < repeats && (run <= 0 || spent < seconds); run++) {
    const start = performance.now()
    pass()
    await addon.synchronize()
    const elapsed = (performance.now() - start) / 1000
    spent += elapsed
    if (run >= 0) times.push(elapsed)
    else if (spent > seconds / 2) run = -1 // enough of warming up: the next run is measured
  }
  return Float64Array.from(times)
}
