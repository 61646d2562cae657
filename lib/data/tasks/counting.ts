// Counting: how many ones a string of bits holds, modulo m, asked at its last bit. With m = 2 it is parity. Tokens are 0
// for padding, 1 and 2 for the bits.

import { ignored } from '../batch.ts'
import { checkNumber, drawLength, paperTestLengths, printQuestion, stringBatch } from './strings.ts'
import type { CheckedTask, TaskFamily } from './task.ts'

const zero = 1
const lengths = { shortest: 1, step: 1 }

export function countingTask(modulus: number): CheckedTask {
  return {
    name: `counting_mod_${modulus}`,
    vocabulary: 3,
    classes: modulus,
    chance: 1 / modulus,
    metric: 'scaledAccuracy',
    trainingLengths: { minimum: 3, maximum: 40, first: 4 },
    testLengths: paperTestLengths,
    prefixes: true,

    batch: (options, random) =>
      stringBatch(options, { ...lengths, padding: 0, prefixes: true }, (ids, targets) => {
        const length = drawLength(options, lengths, random)
        const firstAsked = options.asked === 'every' ? lengths.shortest : length
        let ones = 0
        for (let t = 0; t < length; t++) {
          const bit = random.integer(0, 2)
          ones = (ones + bit) % modulus
          ids[t] = zero + bit
          if (t >= firstAsked - 1) targets[t] = ones
        }
      }),

    print: (ids, targets) => printQuestion(Array.from(ids, (id) => id - zero).join(' '), targets),

    answers: (ids) =>
      Array.from(ids, (id, t) =>
        id < zero
          ? ignored
          : Array.from(ids)
              .slice(0, t + 1)
              .filter((bit) => bit === zero + 1).length % modulus,
      ),
  }
}

export const counting: TaskFamily = {
  form: 'counting_mod_m',
  example: 'counting_mod_3',
  parse(name) {
    const match = /^counting_mod_(\d+)$/.exec(name)
    if (!match) return undefined
    const modulus = Number(match[1])
    checkNumber(name, 'a modulus', modulus, 2, 1000)
    return countingTask(modulus)
  },
}
