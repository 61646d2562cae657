import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  type Algorithm,
  memoryStorage,
  nsga2,
  type Outcome,
  randomSearch,
  Study,
  type StudyRecord,
  type StudyStorage,
} from '../../lib/search/index.ts'
import { type Configuration, categorical, defineSpace, integer } from '../../lib/space/index.ts'
import { Random } from '../../lib/tensor/random.ts'
import { evaluate, objectives, problem } from './problem.ts'

const open = (storage: StudyStorage = memoryStorage(), changes = {}) =>
  Study.open({ ...problem, ...changes, storage })

async function advance(study: Awaited<ReturnType<typeof open>>, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const trial = await study.ask()
    if (!trial) return
    await study.tell(trial, evaluate(trial.configuration))
  }
}

describe('a study', () => {
  it('numbers its trials and keeps their values', async () => {
    const study = await open()
    const first = await study.ask()
    const second = await study.ask()
    expect([first?.number, second?.number]).toEqual([0, 1])
    await study.tell({ number: 1 }, { cost: 1, gain: 2 }, { seconds: 3 })
    expect(study.trials.map((trial) => trial.state)).toEqual(['pending', 'complete'])
    expect(study.completed[0]).toMatchObject({
      number: 1,
      values: { cost: 1, gain: 2 },
      attributes: { seconds: 3 },
    })
    expectTypeOf(study.trials[0]?.configuration.depth).toEqualTypeOf<number | undefined>()
  })

  it('knows the directions of its objectives', async () => {
    const study = await open()
    const points = [
      { cost: 1, gain: 1 },
      { cost: 2, gain: 3 },
      { cost: 2, gain: 2 },
      { cost: 3, gain: 3 },
    ]
    for (const values of points) await study.tell((await study.ask()) as { number: number }, values)
    expect(study.front().map((trial) => trial.values)).toEqual([
      { cost: 1, gain: 1 },
      { cost: 2, gain: 3 },
    ])
    expect(study.hypervolume({ cost: 3, gain: 0 })).toBe(1 * 1 + 1 * 3)
    expect(study.hypervolumeHistory({ cost: 3, gain: 0 })).toEqual([2, 4, 4, 4])
    expect(study.reference()).toEqual({ cost: 3 + 0.1 * 2, gain: 1 - 0.1 * 2 })
    expect(study.hypervolumeHistory().at(-1)).toBe(study.hypervolume())
  })

  it('gives empty answers while nothing is complete', async () => {
    const study = await open()
    await study.ask()
    expect([study.front(), study.hypervolume(), study.hypervolumeHistory()]).toEqual([[], 0, []])
    expect(() => study.reference()).toThrow('without complete trials')
  })

  it('ends when the space is used up', async () => {
    const study = await Study.open({
      ...problem,
      space: defineSpace({ a: categorical(['x', 'y']), b: integer({ low: 1, high: 2 }) }),
      storage: memoryStorage(),
    })
    for (let i = 0; i < 4; i++) expect(await study.ask()).toBeDefined()
    expect(await study.ask()).toBeUndefined()
    expect(await study.ask()).toBeUndefined()
    await study.tell({ number: 3 }, { cost: 0, gain: 0 })
  })

  it('goes on after any stop as if there had been none, trials open at the stop first', async () => {
    const whole = await open()
    await advance(whole, 60)
    const storage = memoryStorage()
    const random = new Random(1)
    for (let done = 0; done < 60; ) {
      const study = await open(storage)
      const count = Math.min(random.integer(0, 15), 60 - done)
      await advance(study, count)
      done = study.completed.length
      if (done < 60) expect((await study.ask())?.number).toBe(done)
      await study.close()
    }
    const parts = await open(storage)
    expect(parts.trials.slice(0, 60)).toEqual(whole.trials)
    expect(parts.front()).toEqual(whole.front())
  })

  it('asks several trials left open again in their order, each once', async () => {
    const storage = memoryStorage()
    const before = await open(storage)
    const asked = [await before.ask(), await before.ask(), await before.ask(), await before.ask()]
    await before.fail({ number: 1 }, 'diverged')
    await before.close()
    const study = await open(storage)
    expect(study.trials[1]).toMatchObject({ state: 'failed', reason: 'diverged' })
    await study.tell({ number: 2 }, { cost: 0, gain: 0 }) // told without having been asked again
    expect([await study.ask(), await study.ask()]).toEqual([asked[0], asked[3]])
    expect((await study.ask())?.number).toBe(4)
  })

  it('keeps the order of calls that were not waited for', async () => {
    const study = await open()
    const trials = await Promise.all([study.ask(), study.ask(), study.ask()])
    expect(trials.map((trial) => trial?.number)).toEqual([0, 1, 2])
    await Promise.all([
      study.tell({ number: 0 }, { cost: 0, gain: 0 }),
      study.fail({ number: 1 }, 'x'),
      study.close(),
    ])
    await expect(study.ask()).rejects.toMatchObject({ code: 'ERR_PARASCAN_STUDY_CLOSED' })
  })

  it('proposes again what a failing storage did not take', async () => {
    let broken = false
    const inner = memoryStorage()
    const storage: StudyStorage = {
      open: (header) => inner.open(header),
      close: () => inner.close(),
      append: (record: StudyRecord) =>
        broken ? Promise.reject(new Error('disk full')) : inner.append(record),
    }
    const study = await open(storage)
    await advance(study, 3)
    broken = true
    await expect(study.ask()).rejects.toThrow('disk full')
    expect(study.trials).toHaveLength(3)
    broken = false
    await advance(study, 20)
    const whole = await open()
    await advance(whole, 23)
    expect(study.trials).toEqual(whole.trials)
  })

  it('refuses to go on as another study', async () => {
    const storage = memoryStorage()
    await (await open(storage)).close()
    const mismatch = (field: string) => ({
      code: 'ERR_PARASCAN_STUDY_MISMATCH',
      message: expect.stringContaining(`\`${field}\``),
    })
    await expect(open(storage, { seed: 12 })).rejects.toMatchObject(mismatch('seed'))
    await expect(open(storage, { searcher: randomSearch() })).rejects.toMatchObject(mismatch('searcher'))
    await expect(open(storage, { searcher: nsga2({ population: 12 }) })).rejects.toMatchObject(
      mismatch('searcher'),
    )
    await expect(open(storage, { objectives: objectives.slice(0, 1) })).rejects.toMatchObject(
      mismatch('objectives'),
    )
    await expect(open(storage, { space: defineSpace({ a: categorical([1]) }) })).rejects.toMatchObject(
      mismatch('space'),
    )
    await (await open(storage)).close() // a refusal leaves it free
  })

  it('refuses to go on from events that its searcher would not have led to', async () => {
    const header = {
      type: 'study',
      version: 1,
      space: problem.space.describe(),
      objectives,
      seed: '11',
    } as const
    const withRecords = (...records: StudyRecord[]): StudyStorage => ({
      open: async () => ({ header: { ...header, searcher: problem.searcher.description }, records }),
      append: async () => {},
      close: async () => {},
    })
    const configuration = problem.space.sample(new Random(99))
    await expect(
      open(withRecords({ type: 'asked', trial: 0, configuration, time: 0 })),
    ).rejects.toMatchObject({ code: 'ERR_PARASCAN_STUDY_MISMATCH' })
    await expect(open(withRecords({ type: 'failed', trial: 0, reason: '', time: 0 }))).rejects.toMatchObject({
      code: 'ERR_PARASCAN_STUDY_CORRUPT',
    })
  })

  it.each([
    [{ cost: 1 }, RangeError, 'the value of `gain` must be given'],
    [{ cost: 1, gain: '2' }, TypeError, 'the value of `gain` must be a number, got "2"'],
    [{ cost: 1, gain: Number.NaN }, RangeError, 'the value of `gain` must be finite, got NaN'],
    [{ cost: 1, gain: 1, size: 1 }, RangeError, '`size` is no objective or constraint of this study'],
  ])('refuses the values %j and leaves the trial open', async (values, kind, message) => {
    const study = await open()
    const trial = (await study.ask()) as { number: number }
    const told = study.tell(trial, values as unknown as { cost: number; gain: number })
    await expect(told).rejects.toThrow(kind)
    await expect(told).rejects.toThrow(message)
    await study.tell(trial, { cost: 1, gain: 1 })
    await expect(study.tell(trial, { cost: 1, gain: 1 })).rejects.toThrow('trial 0 is complete already')
    await expect(study.fail({ number: 5 }, '')).rejects.toThrow(
      '`trial` must be one of this study, got number 5',
    )
  })

  it.each([
    [[], '`objectives` must be an array with at least one objective'],
    [[objectives[0], objectives[0]], 'the names of objectives must differ, got "cost" twice'],
    [
      [{ ...objectives[0], direction: 'down' }],
      '`direction` of cost must be "minimize" or "maximize", got "down"',
    ],
    [
      [{ name: 'cost', direction: 'minimize', source: '' }],
      '`unit` of an objective must be a string, got undefined',
    ],
  ])('refuses the objectives %#', async (list, message) => {
    await expect(open(memoryStorage(), { objectives: list })).rejects.toThrow(message)
  })
})

describe('a study with constraints', () => {
  const constraints = [
    { name: 'cost', unit: 's', source: 'by formula', atMost: 2 },
    { name: 'accuracy', unit: '', source: 'by formula', atLeast: 0.5 },
  ]
  const told = [
    { cost: 1, gain: 1, accuracy: 0.4 },
    { cost: 2, gain: 3, accuracy: 0.5 },
    { cost: 2.5, gain: 9, accuracy: 0.9 },
  ]

  async function full(storage = memoryStorage()) {
    const study = await open(storage, { constraints })
    for (const values of told) await study.tell((await study.ask()) as { number: number }, values)
    return study
  }

  it('has only trials on its front that meet them all', async () => {
    const study = await full()
    expect(study.front().map((trial) => trial.values)).toEqual([told[1]])
    expect(study.completed.map((trial) => study.feasible(trial))).toEqual([false, true, false])
    expect(study.hypervolumeHistory({ cost: 3, gain: 0 })).toEqual([0, 3, 3])
    expect(study.hypervolume({ cost: 3, gain: 0 })).toBe(3)
    expect(study.reference()).toEqual({ cost: 2.2, gain: 2.7 })
  })

  it('has no reference point while none does', async () => {
    const study = await open(memoryStorage(), { constraints })
    await study.tell((await study.ask()) as { number: number }, told[0] as (typeof told)[0])
    expect(() => study.reference()).toThrow('meet its constraints')
    expect([study.hypervolume(), study.hypervolumeHistory()]).toEqual([0, [0]])
  })

  it('wants their values, too', async () => {
    const study = await open(memoryStorage(), { constraints })
    const trial = (await study.ask()) as { number: number }
    await expect(study.tell(trial, { cost: 1, gain: 1 })).rejects.toThrow(
      'the value of `accuracy` must be given',
    )
  })

  it('tells the searcher by how much they are passed', async () => {
    const outcomes: Outcome<Configuration>[] = []
    const listening: Algorithm = {
      description: { name: 'listening' },
      start: (problem) => {
        const inner = randomSearch().start(problem)
        return { ask: () => inner.ask(), tell: (outcome) => void outcomes.push(outcome) }
      },
    }
    const study = await open(memoryStorage(), { constraints, searcher: listening })
    await study.tell((await study.ask()) as { number: number }, { cost: 2.5, gain: 9, accuracy: 0.75 })
    expect(outcomes).toMatchObject([{ costs: [2.5, -9], constraints: [0.5, -0.25] }])
  })

  it('is another study than one with other constraints', async () => {
    const storage = memoryStorage()
    await (await full(storage)).close()
    await expect(open(storage)).rejects.toThrow('another `constraints`')
    expect((await open(storage, { constraints })).completed).toHaveLength(3)
  })

  it.each([
    [{ name: 'a', unit: '', source: '' }, 'the constraint of a must have either `atMost` or `atLeast`'],
    [
      { name: 'a', unit: '', source: '', atMost: Number.NaN },
      '`atMost` of a must be a finite number, got NaN',
    ],
    [{ name: '', unit: '', source: '', atMost: 1 }, '`name` of a constraint must not be empty'],
    [{ name: 'a', unit: 1, source: '', atMost: 1 }, '`unit` of a constraint must be a string, got 1'],
  ])('refuses %j', async (constraint, message) => {
    await expect(open(memoryStorage(), { constraints: [constraint] })).rejects.toThrow(message)
  })
})

describe('a trial that is judged part of the way', () => {
  /** Stops what costs more than 2 at any fidelity. */
  const impatient: Algorithm = {
    description: { name: 'impatient' },
    start: (problem) => {
      const inner = randomSearch().start(problem)
      return {
        ask: () => inner.ask(),
        tell: (outcome) => inner.tell(outcome),
        report: ({ costs }) => ((costs[0] as number) > 2 ? 'stop' : 'continue'),
      }
    },
  }

  it('ends when the searcher sees no use in the rest, and is not complete', async () => {
    const storage = memoryStorage()
    const study = await open(storage, { searcher: impatient })
    const [good, bad] = [(await study.ask()) as { number: number }, (await study.ask()) as { number: number }]
    expect(await study.report(good, 1, { cost: 1, gain: 0 })).toBe('continue')
    expect(await study.report(bad, 1, { cost: 3, gain: 0 })).toBe('stop')
    await study.tell(good, { cost: 1, gain: 2 })
    await expect(study.tell(bad, { cost: 3, gain: 1 })).rejects.toThrow('trial 1 is stopped already')
    expect(study.front().map(({ number }) => number)).toEqual([0])
    await study.close()
    const again = await open(storage, { searcher: impatient })
    expect(again.trials).toEqual(study.trials)
    expect(again.trials[1]).toMatchObject({ state: 'stopped', fidelity: 1, values: { cost: 3, gain: 0 } })
  })

  it('goes on where the algorithm knows no fidelities', async () => {
    const study = await open()
    const trial = (await study.ask()) as { number: number }
    expect(await study.report(trial, 1, { cost: 9, gain: 0 })).toBe('continue')
    await expect(study.report(trial, 0, { cost: 9, gain: 0 })).rejects.toThrow(
      '`fidelity` must be a positive number',
    )
  })
})
