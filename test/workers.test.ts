// Workers: each loads the addon for itself, all share its threads and memory, and each may be terminated at any moment.

import { once } from 'node:events'
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { addon } from '../lib/native/load.ts'

/** Where the addon of this process lies. */
const addonPath = Object.keys(createRequire(import.meta.url).cache).find((path) =>
  path.endsWith('parascan.node'),
)

/** Trains a small regression through the border itself: workers of Node 20 do not read TypeScript. */
const training = `
  const { parentPort, workerData } = require('node:worker_threads')
  const addon = require(workerData.addonPath)
  const held = []
  const keep = (handle) => (held.push(handle), handle)
  const free = () => { while (held.length) addon.dispose(held.pop()) }
  const weight = addon.normal([48, 32], 1, 0, 0, 0.2)
  addon.requireGradient(weight)
  const moments = [addon.full([48, 32], 0), addon.full([48, 32], 0)]
  const [q, k, v] = [2, 3, 4].map((seed) => addon.normal([2, 70, 2, 16], seed, 0, 0, 0.2))
  const beta = addon.uniform([2, 70, 2], 5, 0, 0, 2)
  let step = 0
  const train = () => {
    const [o, state] = addon.matrixScan('delta', q, k, v, beta, 0, 0, 0, 0, true, false, 0, 0.25, 1)
    keep(o), keep(state)
    const y = keep(addon.linear(keep(addon.reshape(o, [140, 32])), weight, 0, 1))
    const loss = keep(addon.mean(keep(addon.unary('square', y)), [], false))
    addon.backward(loss, 0)
    keep(addon.adamW([weight], [moments[0]], [moments[1]], [1e-3], [0], 0.9, 0.99, 1e-8, ++step, 1))
    addon.clearGradients([weight])
    return loss
  }
`

/** What a worker is doing when it is terminated. */
const occupations = {
  'training without ever yielding': `
    train(); free()
    parentPort.postMessage('begun')
    for (;;) { train(); free() }
  `,
  'waiting for the results of its steps': `
    const run = async () => {
      for (;;) {
        const loss = await addon.data(train())
        free()
        if (step === 1) parentPort.postMessage('begun')
      }
    }
    run()
  `,
  'measuring a program': `
    addon.beginCapture()
    const product = addon.matmul(weight, weight, false, true, 0)
    const program = addon.endCapture()
    const times = addon.timeProgram(program, 0, 1e9, 600, -1)
    addon.data(weight)
    parentPort.postMessage('begun')
  `,
}

const start = (code: string): Worker =>
  new Worker(`${training}\n${code}`, { eval: true, execArgv: [], workerData: { addonPath } })

it('a worker may be terminated a hundred times during training', async () => {
  const before = addon.memoryStats().liveBytes
  const bodies = Object.values(occupations)
  for (let i = 0; i < 100; i++) {
    const worker = start(bodies[i % bodies.length] as string)
    await once(worker, 'message')
    if (i % 4 !== 0) await new Promise((resolve) => setTimeout(resolve, (i * 7) % 11))
    expect(await worker.terminate()).toBe(1)
  }
  await addon.synchronize()
  expect(addon.memoryStats().liveBytes).toBe(before)
  const product = addon.matmul(addon.full([2, 2], 3), addon.full([2, 2], 1), false, false, 0)
  expect(addon.dataSync(product)).toEqual(Float32Array.of(6, 6, 6, 6))
}, 120_000)

it('eight workers at once load the addon and compute the same', async () => {
  const workers = Array.from({ length: 8 }, () =>
    start(`
      let last
      for (let i = 0; i < 20; i++) { last = addon.dataSync(train())[0]; free() }
      parentPort.postMessage(last)
    `),
  )
  const results = await Promise.all(
    workers.map(async (worker) => (await once(worker, 'message'))[0] as number),
  )
  expect(results.every((loss) => loss > 0 && loss === results[0])).toBe(true)
  await Promise.all(workers.map((worker) => worker.terminate()))
}, 60_000)

it('a worker that ends by itself leaves no memory behind', async () => {
  const before = addon.memoryStats().liveBytes
  for (let i = 0; i < 5; i++) {
    const worker = start(`train(); parentPort.postMessage('done')`)
    await once(worker, 'exit')
  }
  await addon.synchronize()
  expect(addon.memoryStats().liveBytes).toBe(before)
}, 60_000)
