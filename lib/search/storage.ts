// Where a study is kept: the interface of all storages, and their obligations. A study is a header and a list of
// records that only grows; what happened before is never changed.

import type { Configuration } from '../space/configuration.ts'
import type { SpaceDescription } from '../space/description.ts'
import type { Constraint } from './constraint.ts'
import type { Objective, Values } from './objective.ts'
import type { Algorithm } from './searcher.ts'

/** Plain data beside a trial's values, such as how long it trained. Must survive JSON. */
export type Attributes = { readonly [name: string]: unknown }

/** What makes two studies the same one: only a study with an equal header can be gone on with. */
export interface StudyHeader {
  readonly type: 'study'
  /** Of this format. */
  readonly version: 1
  readonly space: SpaceDescription
  readonly objectives: readonly Objective[]
  /** Absent where there are none. */
  readonly constraints?: readonly Constraint[]
  readonly searcher: Algorithm['description']
  /** Decimal digits. */
  readonly seed: string
}

/** One event in the life of a trial; `time` is in seconds since 1970 and decides nothing. */
export type StudyRecord =
  | {
      readonly type: 'asked'
      readonly trial: number
      readonly configuration: Configuration
      readonly time: number
    }
  | {
      readonly type: 'told'
      readonly trial: number
      readonly values: Values
      readonly attributes?: Attributes
      readonly time: number
    }
  | {
      readonly type: 'reported'
      readonly trial: number
      readonly fidelity: number
      readonly values: Values
      readonly time: number
    }
  | { readonly type: 'failed'; readonly trial: number; readonly reason: string; readonly time: number }

export interface StudyContents {
  readonly header: StudyHeader
  /** In the order they were appended. */
  readonly records: readonly StudyRecord[]
}

/**
 * A place for one study. Obligations of an implementation:
 *
 * - Between `open` and `close` it has the study to itself: a second `open`, from this process or another, rejects with
 *   the code `ERR_PARASCAN_STUDY_LOCKED`. A process that died gives the study free.
 * - When `append` resolves, the record survives the end of the process and of the machine. When it rejects, or does not
 *   come to an end, the record is there as a whole or not at all, and those before it are unharmed.
 * - Records come back in the order of their appends, equal as JSON.
 *
 * The caller opens once, waits for each call before the next, and closes.
 */
export interface StudyStorage {
  /**
   * The study as stored; an empty storage takes `header` first.
   *
   * @throws StudyError when the study is in use or damaged
   */
  open(header: StudyHeader): Promise<StudyContents>
  append(record: StudyRecord): Promise<void>
  /** Gives the study free; a closed storage may be opened again. */
  close(): Promise<void>
}
