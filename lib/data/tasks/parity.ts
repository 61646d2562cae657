// Parity: whether a string of bits holds an odd number of ones, asked at its last bit (Grazzi et al. 2025, section 5.1).

import { countingTask } from './counting.ts'
import type { TaskFamily } from './task.ts'

export const parity: TaskFamily = {
  form: 'parity',
  example: 'parity',
  parse: (name) => (name === 'parity' ? { ...countingTask(2), name } : undefined),
}
