// What a study is opened with, and which of it makes two studies the same one.

import { isDeepStrictEqual } from 'node:util'
import type { Configuration } from '../space/configuration.ts'
import type { Space } from '../space/space.ts'
import type { Constraint } from './constraint.ts'
import type { Objective } from './objective.ts'
import type { Algorithm } from './searcher.ts'
import type { StudyHeader, StudyStorage } from './storage.ts'
import { StudyError } from './study-error.ts'

export interface StudyOptions<C extends Configuration> {
  readonly space: Space<C>
  readonly objectives: readonly Objective[]
  /** What trials should keep to; none by default. Those that do not never stand on the front. */
  readonly constraints?: readonly Constraint[]
  readonly searcher: Algorithm
  readonly storage: StudyStorage
  /** The same seed, with the same outcomes, gives the same trials. */
  readonly seed: number | bigint
}

/** The header of a study whose objectives and constraints are checked. */
export function studyHeader<C extends Configuration>(
  study: Omit<Required<StudyOptions<C>>, 'storage' | 'seed'> & { readonly seed: bigint },
): StudyHeader {
  const { space, objectives, constraints, searcher, seed } = study
  return {
    type: 'study',
    version: 1,
    space: space.describe(),
    objectives,
    ...(constraints.length > 0 ? { constraints } : {}),
    searcher: searcher.description,
    seed: seed.toString(),
  }
}

/** Throws unless the stored study is the one asked for. */
export function checkHeader(stored: StudyHeader, wanted: StudyHeader): void {
  // What JSON leaves out must not make a difference.
  const plain = JSON.parse(JSON.stringify(wanted)) as StudyHeader
  for (const field of ['version', 'space', 'objectives', 'constraints', 'searcher', 'seed'] as const)
    if (!isDeepStrictEqual(stored[field], plain[field]))
      throw new StudyError(
        'ERR_PARASCAN_STUDY_MISMATCH',
        `The stored study has another \`${field}\`: ${JSON.stringify(stored[field])} there, ` +
          `${JSON.stringify(plain[field])} asked for; go on with the same, or choose another place`,
      )
}
