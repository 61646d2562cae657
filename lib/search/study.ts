// A study: the search of one space for the best trade-offs between objectives, trial by trial, kept in a storage from
// which it goes on after any interruption.

import type { Configuration } from '../space/configuration.ts'
import { shown } from '../space/parameter.ts'
import type { Space } from '../space/space.ts'
import { Random } from '../tensor/random.ts'
import { type Constraint, checkConstraints, quantities, toConstraints } from './constraint.ts'
import { violation, type Worth } from './feasibility.ts'
import { hypervolume } from './hypervolume.ts'
import { hypervolumeHistory, referenceBeyond } from './hypervolume-history.ts'
import { checkObjectives, checkValues, fromCosts, type Objective, toCosts, type Values } from './objective.ts'
import { nonDominatedSort } from './pareto.ts'
import type { Decision, Searcher } from './searcher.ts'
import type { Attributes, StudyContents, StudyRecord, StudyStorage } from './storage.ts'
import { StudyError } from './study-error.ts'
import { checkHeader, type StudyOptions, studyHeader } from './study-header.ts'
import type { CompleteTrial, PendingTrial, Trial } from './trial.ts'

const now = (): number => Date.now() / 1000

/**
 * Ask for a trial, evaluate it, tell what came out:
 *
 * ```ts
 * const study = await Study.open({ space, objectives, searcher: nsga2(), storage: journal('run/study.jsonl'), seed: 1 })
 * for (let trial = await study.ask(); trial && study.completed.length < 200; trial = await study.ask())
 *   await study.tell(trial, await measure(trial.configuration))
 * await study.close()
 * ```
 *
 * Any number of trials may be open at a time. One that was open when the process ended is asked again first.
 */
export class Study<C extends Configuration = Configuration> {
  readonly space: Space<C>
  readonly objectives: readonly Objective[]
  readonly constraints: readonly Constraint[]
  private readonly storage_: StudyStorage
  private readonly searcher_: Searcher<C>
  private readonly trials_: Trial<C>[] = []
  /** In the order of telling. */
  private readonly completed_: CompleteTrial<C>[] = []
  /** Trials that an earlier process left open. */
  private abandoned_: PendingTrial<C>[] = []
  /** Proposed, but not stored since the storage failed. */
  private unstored_: C | undefined
  private turn_: Promise<unknown> = Promise.resolve()

  private constructor(options: Required<StudyOptions<C>>, searcher: Searcher<C>) {
    this.space = options.space
    this.objectives = options.objectives
    this.constraints = options.constraints
    this.storage_ = options.storage
    this.searcher_ = searcher
  }

  /**
   * The study in a storage, begun there if it is empty and else gone on with: the stored events are played to the
   * searcher again, which brings it to the state it was in.
   *
   * @throws TypeError, RangeError for objectives, constraints or a seed that make no sense
   * @throws StudyError when the storage is in use, damaged, or holds another study (`code` says which)
   */
  static async open<C extends Configuration>(options: StudyOptions<C>): Promise<Study<C>> {
    const objectives = checkObjectives(options.objectives)
    const constraints = checkConstraints(options.constraints ?? [])
    const random = new Random(options.seed)
    const checked = { ...options, objectives, constraints, seed: random.seed }
    const header = studyHeader(checked)
    const searcher = options.searcher.start({
      space: options.space,
      objectives: objectives.length,
      constraints: constraints.length,
      random: random.fork('searcher'),
    })
    const study = new Study(checked, searcher)
    const contents = await options.storage.open(header)
    try {
      checkHeader(contents.header, header)
      study.replay(contents)
    } catch (error) {
      await options.storage.close()
      throw error
    }
    return study
  }

  private replay({ records }: StudyContents): void {
    records.forEach((record, i) => {
      if (record.type === 'asked') {
        const proposed = this.searcher_.ask()
        const stored = this.space.validate(record.configuration)
        if (record.trial !== this.trials_.length) throw this.inconsistent(i, `asks for trial ${record.trial}`)
        if (proposed === undefined || this.space.key(proposed) !== this.space.key(stored))
          throw new StudyError(
            'ERR_PARASCAN_STUDY_MISMATCH',
            `The stored study cannot be gone on with: at trial ${record.trial} the searcher now proposes something ` +
              'else; it was made by a version of parascan that searched differently',
          )
      } else if (this.trials_[record.trial]?.state !== 'pending')
        throw this.inconsistent(i, `speaks of trial ${record.trial}, which is not open`)
      else if (record.type === 'told' || record.type === 'reported') this.checkValues(record.values)
      else if (record.type !== 'failed')
        throw this.inconsistent(i, `has the unknown type ${shown((record as StudyRecord).type)}`)
      this.apply(record)
    })
    this.abandoned_ = this.trials_.filter((trial) => trial.state === 'pending')
  }

  private inconsistent(record: number, what: string): StudyError {
    return new StudyError('ERR_PARASCAN_STUDY_CORRUPT', `Record ${record} of the stored study ${what}`)
  }

  /** What a stored record changes. */
  private apply(record: StudyRecord): void {
    const number = record.trial
    if (record.type === 'asked') {
      const configuration = this.space.validate(record.configuration)
      this.trials_.push({ number, configuration, state: 'pending' })
      return
    }
    const { configuration } = this.trials_[number] as PendingTrial<C>
    if (record.type === 'reported') {
      const { fidelity, values } = record
      const decision = this.searcher_.report?.({ configuration, fidelity, ...this.worth(values) })
      if (decision === 'stop')
        this.trials_[number] = { number, configuration, state: 'stopped', fidelity, values }
      return
    }
    this.abandoned_ = this.abandoned_.filter((pending) => pending.number !== number)
    if (record.type === 'failed') {
      this.trials_[number] = { number, configuration, state: 'failed', reason: record.reason }
      this.searcher_.tell({ configuration, failed: true })
      return
    }
    const { values, attributes = {} } = record
    const trial: CompleteTrial<C> = { number, configuration, state: 'complete', values, attributes }
    this.trials_[number] = trial
    this.completed_.push(trial)
    this.searcher_.tell({ configuration, ...this.worth(values) })
  }

  private checkValues(values: Values): Values {
    return checkValues(quantities(this.objectives, this.constraints), values)
  }

  /** As searchers take it. */
  private worth(values: Values): Worth {
    const costs = toCosts(this.objectives, values)
    if (this.constraints.length === 0) return { costs }
    return { costs, constraints: toConstraints(this.constraints, values) }
  }

  /** One after the other, since the order of events is the study. */
  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.turn_.then(work)
    this.turn_ = turn.catch(() => undefined)
    return turn
  }

  private async record(record: StudyRecord): Promise<void> {
    await this.storage_.append(record)
    this.apply(record)
  }

  /** The next trial to evaluate; undefined when the whole space has been asked for. Stored when it resolves. */
  ask(): Promise<PendingTrial<C> | undefined> {
    return this.inTurn(async () => {
      const abandoned = this.abandoned_.shift()
      if (abandoned) return abandoned
      const configuration = this.unstored_ ?? this.searcher_.ask()
      if (configuration === undefined) return undefined
      this.unstored_ = configuration
      const number = this.trials_.length
      await this.record({ type: 'asked', trial: number, configuration, time: now() })
      this.unstored_ = undefined
      return this.trials_[number] as PendingTrial<C>
    })
  }

  /**
   * Ends a trial with a value for every objective and constraint. Stored when it resolves.
   *
   * @param attributes plain data to keep beside the values
   * @throws TypeError, RangeError for a trial that is not open, or values that are missing, unknown or not finite
   */
  async tell(trial: { readonly number: number }, values: Values, attributes?: Attributes): Promise<void> {
    const checked = this.checkValues(values)
    await this.inTurn(async () => {
      this.checkOpen(trial.number)
      // As it will come back from the storage, and safe from later changes.
      const more = attributes && { attributes: JSON.parse(JSON.stringify(attributes)) as Attributes }
      await this.record({ type: 'told', trial: trial.number, values: checked, ...more, time: now() })
    })
  }

  /**
   * Says what an open trial is worth part of the way, and whether the searcher would go on with it; `stop` ends the
   * trial. Algorithms of one fidelity always go on. Stored when it resolves.
   *
   * @param fidelity how much is done, such as epochs; more than at the trial's last report
   * @throws TypeError, RangeError for a trial that is not open, a fidelity that is not positive, or values as of `tell`
   */
  async report(trial: { readonly number: number }, fidelity: number, values: Values): Promise<Decision> {
    const checked = this.checkValues(values)
    if (!(Number.isFinite(fidelity) && fidelity > 0))
      throw new RangeError(`\`fidelity\` must be a positive number, got ${shown(fidelity)}`)
    return this.inTurn(async () => {
      this.checkOpen(trial.number)
      await this.record({ type: 'reported', trial: trial.number, fidelity, values: checked, time: now() })
      return this.trials_[trial.number]?.state === 'stopped' ? 'stop' : 'continue'
    })
  }

  /**
   * Ends a trial that gave no values. Its configuration is not proposed again. Stored when it resolves.
   *
   * @throws RangeError for a trial that is not open
   */
  async fail(trial: { readonly number: number }, reason: string): Promise<void> {
    await this.inTurn(async () => {
      this.checkOpen(trial.number)
      await this.record({ type: 'failed', trial: trial.number, reason, time: now() })
    })
  }

  private checkOpen(number: number): void {
    const trial = this.trials_[number]
    if (trial === undefined)
      throw new RangeError(`\`trial\` must be one of this study, got number ${shown(number)}`)
    if (trial.state !== 'pending')
      throw new RangeError(`\`trial\` must be open, but trial ${number} is ${trial.state} already`)
  }

  /** All trials by number. */
  get trials(): readonly Trial<C>[] {
    return this.trials_
  }

  /** The complete trials in the order they were told. */
  get completed(): readonly CompleteTrial<C>[] {
    return this.completed_
  }

  /** Whether a trial's values meet all constraints. */
  feasible({ values }: { readonly values: Values }): boolean {
    return violation(this.worth(values)) === 0
  }

  /** A row per complete trial; those that break constraints count nothing, as if infinitely bad. */
  private costs(): number[][] {
    return this.completed_.map((trial) => {
      const costs = toCosts(this.objectives, trial.values)
      return this.feasible(trial) ? costs : costs.map(() => Number.POSITIVE_INFINITY)
    })
  }

  /** The complete trials that meet all constraints and that no other such one dominates, in the order they were told. */
  front(): CompleteTrial<C>[] {
    const ranks = nonDominatedSort(this.costs())
    return this.completed_.filter((trial, i) => ranks[i] === 0 && this.feasible(trial))
  }

  /**
   * A point just beyond the worst values met so far: per objective a tenth of their range further. It moves as trials
   * come in, so compare hypervolumes only under one reference.
   *
   * @throws RangeError when no complete trial meets all constraints
   */
  reference(): Values {
    const costs = this.costs().filter((row) => row.every(Number.isFinite))
    if (costs.length === 0)
      throw new RangeError('a study without complete trials that meet its constraints has no reference point')
    return fromCosts(this.objectives, referenceBeyond(costs))
  }

  /**
   * The exact hypervolume of the front.
   *
   * @param reference a value per objective; {@link Study.reference} by default
   * @throws TypeError, RangeError for a reference with missing, unknown or infinite values
   */
  hypervolume(reference?: Values): number {
    if (!this.completed_.some((trial) => this.feasible(trial))) return 0
    const corner = checkValues(this.objectives, reference ?? this.reference())
    return hypervolume(this.costs(), toCosts(this.objectives, corner))
  }

  /** The hypervolume after each complete trial, in the order they were told, all under one reference. */
  hypervolumeHistory(reference?: Values): number[] {
    if (!this.completed_.some((trial) => this.feasible(trial))) return this.completed_.map(() => 0)
    const corner = checkValues(this.objectives, reference ?? this.reference())
    return hypervolumeHistory(this.costs(), toCosts(this.objectives, corner))
  }

  /** Gives the storage free, after what is under way. Trials still open are asked again when the study is. */
  async close(): Promise<void> {
    await this.inTurn(() => this.storage_.close())
  }
}
