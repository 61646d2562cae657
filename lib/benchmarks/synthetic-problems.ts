// The registry of problems that are formulas.

import { bnh, kursawe, osy, tnk } from './classic.ts'
import { dtlz1, dtlz2, dtlz3, dtlz4, dtlz5, dtlz6, dtlz7 } from './dtlz.ts'
import { mw1, mw2, mw3, mw4, mw5, mw6, mw7, mw8, mw9, mw10, mw11, mw12, mw13, mw14 } from './mw.ts'
import type { SyntheticProblem } from './synthetic-problem.ts'
import { zdt1, zdt2, zdt3, zdt4, zdt5, zdt6 } from './zdt.ts'

const makers = {
  zdt1,
  zdt2,
  zdt3,
  zdt4,
  zdt5,
  zdt6,
  dtlz1,
  dtlz2,
  dtlz3,
  dtlz4,
  dtlz5,
  dtlz6,
  dtlz7,
  mw1,
  mw2,
  mw3,
  mw4,
  mw5,
  mw6,
  mw7,
  mw8,
  mw9,
  mw10,
  mw11,
  mw12,
  mw13,
  mw14,
  kursawe,
  bnh,
  tnk,
  osy,
} as const

export type SyntheticProblemName = keyof typeof makers

export const syntheticProblemNames = Object.keys(makers) as readonly SyntheticProblemName[]

/**
 * A problem by its name, such as `zdt1`, `dtlz2`, `mw7` or `kursawe`: ZDT, DTLZ with three objectives, MW, and four
 * classics.
 *
 * @throws RangeError for an unknown name
 */
export function syntheticProblem(name: SyntheticProblemName): SyntheticProblem {
  if (!Object.hasOwn(makers, name))
    throw new RangeError(`\`name\` must be one of ${syntheticProblemNames.join(', ')}, got "${name}"`)
  return makers[name]()
}
