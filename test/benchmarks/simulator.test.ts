import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { nasBenchNlp, simulate, type TimedProblem } from '../../lib/benchmarks/index.ts'
import { hypervolume, moAsha, nsga2, randomSearch } from '../../lib/search/index.ts'
import { defineSpace, integer } from '../../lib/space/index.ts'

const space = defineSpace({ x: integer({ low: 1, high: 60 }) })

/** Trainings of 9 epochs whose seconds, and whose loss, are the configuration's number. */
const trainings: TimedProblem<{ x: number }> = {
  name: 'trainings',
  space,
  objectives: [
    { name: 'loss', unit: '', direction: 'minimize', source: 'by formula' },
    { name: 'size', unit: '', direction: 'minimize', source: 'by formula' },
  ],
  constraints: [],
  fidelities: [1, 3, 9],
  evaluate: ({ x }) => ({ loss: x, size: 1 }),
  evaluateAt: ({ x }, epochs) => ({ loss: x + 9 - epochs, size: 1 }),
  secondsUntil: ({ x }, epochs) => x * epochs,
  front: [[1, 1]],
  reference: [70, 2],
}

describe('a simulation', () => {
  it('takes the recorded seconds, with one worker one after the other', () => {
    const { complete, events } = simulate(trainings, randomSearch(), { evaluations: 5, seed: 3 })
    let time = 0
    for (const event of complete) {
      time += 9 * event.configuration.x
      expect(event.time).toBe(time)
    }
    expect(events).toEqual(complete) // nobody asked for reports
    expect(complete).toHaveLength(5)
  })

  it('keeps every worker busy, none waiting for another', () => {
    const { events, workerSeconds } = simulate(trainings, randomSearch(), {
      workers: 4,
      seconds: 1000,
      seed: 3,
    })
    expect(workerSeconds).toBeCloseTo(4 * 1000, 6)
    expect(events.map(({ time }) => time)).toEqual(events.map(({ time }) => time).sort((a, b) => a - b))
    for (const worker of [0, 1, 2, 3]) {
      const own = events.filter((event) => event.worker === worker)
      own.forEach((event, i) => {
        const begin = i > 0 ? (own[i - 1]?.time as number) : 0
        expect(event.time - begin).toBe(9 * event.configuration.x)
      })
    }
  })

  it('is a function of the seed', () => {
    const run = (seed: number) =>
      simulate(trainings, nsga2({ population: 8 }), { workers: 3, evaluations: 40, seed })
    expect(run(1)).toEqual(run(1))
    expect(run(1)).not.toEqual(run(2))
  })

  it('ends with the space', () => {
    expect(simulate(trainings, randomSearch(), { workers: 7 }).complete).toHaveLength(60)
  })

  it('lets MO-ASHA give up what is behind, which saves its seconds', () => {
    const patient = simulate(trainings, randomSearch(), { workers: 3, evaluations: 60, seed: 5 })
    const halving = simulate(trainings, moAsha({ full: 9 }), { workers: 3, evaluations: 60, seed: 5 })
    expect(halving.workerSeconds).toBeLessThan(patient.workerSeconds / 3)
    expect(halving.events.filter(({ state }) => state === 'stopped').length).toBeGreaterThan(30)
    // The best is among the few that came to the end.
    expect(Math.min(...halving.complete.map(({ costs }) => costs[0] as number))).toBe(1)
    for (const { state, fidelity } of halving.events) expect(state === 'complete').toBe(fidelity === 9)
  })

  it.each([
    [{ workers: 0 }, '`workers` must be a whole number from 1 on, got 0'],
    [{ seconds: 0 }, '`seconds` must be positive, got 0'],
  ])('%j is refused', (options, message) => {
    expect(() => simulate(trainings, randomSearch(), options)).toThrow(message)
  })
})

const folder = fileURLToPath(new URL('../../../shared/data/nas', import.meta.url))

describe.skipIf(!existsSync(folder))(`recorded trainings (skipped where ${folder} is not)`, () => {
  it('show what MO-ASHA saves: more of the front in the same time', async () => {
    const problem = await nasBenchNlp(folder)
    // Two workers for as long as twenty full trainings of the LSTM.
    const seconds = 10 * problem.secondsUntil({ recipe: 1_000_001 }, 50)
    const mean = (algorithm: Parameters<typeof simulate>[1]) => {
      const seeds = Array.from({ length: 4 }, (_, seed) => seed)
      const volumes = seeds.map((seed) => {
        const { complete } = simulate(problem, algorithm, { workers: 2, seconds, seed })
        return hypervolume(
          complete.map(({ costs }) => costs),
          problem.reference,
        )
      })
      return volumes.reduce((a, b) => a + b) / volumes.length / hypervolume(problem.front, problem.reference)
    }
    const [random, halving] = [mean(randomSearch()), mean(moAsha({ full: 50 }))]
    expect(halving).toBeGreaterThan(1.3 * random)
  })
})
