// Searches with several workers in virtual time: evaluations take as long as was recorded, and the clock jumps from one
// event to the next, so that days of training pass in milliseconds and every run can be repeated.

import type { Algorithm, Evaluation, Intermediate, Searcher } from '../search/searcher.ts'
import type { Configuration } from '../space/configuration.ts'
import { Random } from '../tensor/random.ts'
import { worthOfValues } from './problem.ts'
import type { TimedProblem } from './timed-problem.ts'

export interface SimulationOptions {
  /** Evaluations under way at a time; 1 by default. */
  readonly workers?: number
  /** Virtual seconds after which nothing counts any more; without end by default. */
  readonly seconds?: number
  /** Evaluations begun at most; as many as the space has by default. */
  readonly evaluations?: number
  /** The same seed gives the same run; 0 by default. */
  readonly seed?: number | bigint
}

/** Something that an evaluation came to. */
export interface SimulatedEvent<C extends Configuration = Configuration> extends Intermediate<C> {
  /** Virtual seconds since the start. */
  readonly time: number
  readonly worker: number
  /** `reported` goes on, `stopped` was given up by the algorithm, `complete` reached the full fidelity. */
  readonly state: 'reported' | 'stopped' | 'complete'
}

export interface SimulatedRun<C extends Configuration = Configuration> {
  /** In the order of time. */
  readonly events: readonly SimulatedEvent<C>[]
  /** The complete ones among them. */
  readonly complete: readonly SimulatedEvent<C>[]
  /** Virtual seconds that workers spent, all together. */
  readonly workerSeconds: number
}

/** An evaluation under way and the fidelity that it comes to next, at `time`. */
interface Work<C> {
  readonly configuration: C
  readonly worker: number
  readonly begin: number
  readonly step: number
  readonly time: number
}

class Simulation<C extends Configuration> {
  private readonly problem_: TimedProblem<C>
  private readonly searcher_: Searcher<C>
  private readonly deadline_: number
  private left_: number
  private readonly working_: Work<C>[] = []
  private readonly events_: SimulatedEvent<C>[] = []
  private workerSeconds_ = 0

  constructor(problem: TimedProblem<C>, searcher: Searcher<C>, deadline: number, evaluations: number) {
    this.problem_ = problem
    this.searcher_ = searcher
    this.deadline_ = deadline
    this.left_ = evaluations
  }

  run(workers: number): SimulatedRun<C> {
    for (let worker = 0; worker < workers; worker++) this.begin(worker, 0)
    for (let work = this.next(); work && work.time <= this.deadline_; work = this.next()) this.advance(work)
    for (const { begin } of this.working_) this.workerSeconds_ += this.deadline_ - begin
    const complete = this.events_.filter(({ state }) => state === 'complete')
    return { events: this.events_, complete, workerSeconds: this.workerSeconds_ }
  }

  /** Gives a worker the next configuration, where there is one. */
  private begin(worker: number, time: number): void {
    if (this.left_ === 0) return
    const configuration = this.searcher_.ask()
    if (configuration === undefined) return
    this.left_--
    // Who does not judge reports gets none.
    const last = this.problem_.fidelities.length - 1
    this.schedule({ configuration, worker, begin: time, step: this.searcher_.report ? 0 : last })
  }

  private schedule(work: Omit<Work<C>, 'time'>): void {
    const fidelity = this.problem_.fidelities[work.step] as number
    const time = work.begin + this.problem_.secondsUntil(work.configuration, fidelity)
    this.working_.push({ ...work, time })
  }

  /** What comes first; of the same moment, the worker of the lower number. Undefined when nobody works. */
  private next(): Work<C> | undefined {
    if (this.working_.length === 0) return undefined
    return this.working_.reduce((first, work) =>
      work.time < first.time || (work.time === first.time && work.worker < first.worker) ? work : first,
    )
  }

  private advance(work: Work<C>): void {
    this.working_.splice(this.working_.indexOf(work), 1)
    const { configuration, worker, step, time } = work
    const fidelity = this.problem_.fidelities[step] as number
    const values = this.problem_.evaluateAt(configuration, fidelity)
    const evaluation: Evaluation<C> = { configuration, ...worthOfValues(this.problem_, values) }
    const state = this.judge({ ...evaluation, fidelity }, step === this.problem_.fidelities.length - 1)
    this.events_.push({ ...evaluation, fidelity, time, worker, state })
    if (state === 'reported') {
      this.schedule({ configuration, worker, begin: work.begin, step: step + 1 })
    } else {
      this.workerSeconds_ += time - work.begin
      this.begin(worker, time)
    }
  }

  private judge(intermediate: Intermediate<C>, full: boolean): SimulatedEvent['state'] {
    if (full) {
      const { fidelity: _, ...evaluation } = intermediate
      this.searcher_.tell(evaluation)
      return 'complete'
    }
    return this.searcher_.report?.(intermediate) === 'stop' ? 'stopped' : 'reported'
  }
}

/**
 * Runs `algorithm` on `problem` with so many workers, each asking for a configuration as soon as its last one is told, in
 * the seconds that were recorded. No worker waits for another.
 *
 * @throws RangeError unless there is at least one worker, and an end: seconds, evaluations, or a space that has one
 */
export function simulate<C extends Configuration>(
  problem: TimedProblem<C>,
  algorithm: Algorithm,
  options: SimulationOptions = {},
): SimulatedRun<C> {
  const { workers = 1, seconds = Number.POSITIVE_INFINITY, seed = 0 } = options
  const { evaluations = Number(problem.space.size ?? Number.POSITIVE_INFINITY) } = options
  if (!Number.isSafeInteger(workers) || workers < 1)
    throw new RangeError(`\`workers\` must be a whole number from 1 on, got ${workers}`)
  if (!(seconds > 0)) throw new RangeError(`\`seconds\` must be positive, got ${seconds}`)
  if (seconds === Number.POSITIVE_INFINITY && evaluations === Number.POSITIVE_INFINITY)
    throw new RangeError('`seconds` or `evaluations` must be given for a space without end')
  const searcher = algorithm.start({
    space: problem.space,
    objectives: problem.objectives.length,
    constraints: problem.constraints.length,
    random: new Random(seed),
  })
  return new Simulation(problem, searcher, seconds, evaluations).run(workers)
}
