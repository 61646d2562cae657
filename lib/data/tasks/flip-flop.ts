// Flip-flop: a bit is written, ignored or read, and every read asks for the bit written last (Liu et al. 2023). A string is
// `w 1 i 0 i 0 r 1 … r`: an instruction, then its bit; it begins with a write and ends with the instruction to read, at
// which the answer is asked, as at every one before. Tokens are 0 for padding, 1 and 2 for the bits, then w, i and r.

import { ignored } from '../batch.ts'
import { drawLength, paperTestLengths, stringBatch } from './strings.ts'
import type { CheckedTask, TaskFamily } from './task.ts'

const symbols = ['_', '0', '1', 'w', 'i', 'r']
const zero = 1
const [write, ignore, read] = [3, 4, 5]
const lengths = { shortest: 3, step: 2 }

/** Of instructions between the first and the last: one write and one read for every eight that are ignored. */
const instructions = [write, read, ...new Array<number>(8).fill(ignore)]

const task: CheckedTask = {
  name: 'flip-flop',
  vocabulary: symbols.length,
  classes: 2,
  chance: 1 / 2,
  metric: 'scaledAccuracy',
  trainingLengths: { minimum: 3, maximum: 40, first: 5 },
  testLengths: paperTestLengths,
  prefixes: false,

  batch: (options, random) =>
    stringBatch(options, { ...lengths, padding: 0, prefixes: false }, (ids, targets) => {
      const last = drawLength(options, lengths, random) - 1
      let stored = 0
      for (let t = 0; t < last; t += 2) {
        const instruction = t === 0 ? write : random.choice(instructions)
        const bit = random.integer(0, 2)
        if (instruction === write) stored = bit
        if (instruction === read) targets[t] = stored
        ids[t] = instruction
        ids[t + 1] = zero + (instruction === read ? stored : bit)
      }
      ids[last] = read
      targets[last] = stored
    }),

  print: (ids, targets) =>
    `${Array.from(ids, (id) => symbols[id]).join(' ')} → ${Array.from(targets)
      .filter((target) => target !== ignored)
      .join(' ')}`,

  answers(ids) {
    const text = Array.from(ids, (id) => symbols[id]).join('')
    return Array.from(text, (symbol, t) => {
      const written = text.slice(0, t).lastIndexOf('w')
      return symbol === 'r' ? Number(text[written + 1]) : ignored
    })
  },
}

export const flipFlop: TaskFamily = {
  form: 'flip-flop',
  example: 'flip-flop',
  parse: (name) => (name === task.name ? task : undefined),
}
