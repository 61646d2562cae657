// The tasks that networks are trained and tested on by name, as `task:S5_only_swaps`. A new one is a file and a line here.

import { bracketedArithmetic } from './bracketed-arithmetic.ts'
import { counting } from './counting.ts'
import { flipFlop } from './flip-flop.ts'
import { groupWords } from './group-words.ts'
import { modularArithmetic } from './modular-arithmetic.ts'
import { parity } from './parity.ts'
import { pieces } from './pieces.ts'
import type { CheckedTask, TaskFamily } from './task.ts'

export const taskFamilies: readonly TaskFamily[] = [
  parity,
  counting,
  modularArithmetic,
  bracketedArithmetic,
  groupWords,
  flipFlop,
  pieces,
]

/**
 * The task that a name tells.
 *
 * @throws RangeError if `name` names no task, or one with a number that makes no sense
 */
export function findTask(name: string): CheckedTask {
  for (const family of taskFamilies) {
    const task = family.parse(name)
    if (task) return task
  }
  throw new RangeError(
    `\`task\` must be like one of ${taskFamilies.map(({ example }) => example).join(', ')}, got "${name}"; the forms are ${taskFamilies.map(({ form }) => form).join('; ')}`,
  )
}
