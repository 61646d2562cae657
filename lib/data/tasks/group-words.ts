// Word problems of groups: the running product of a string of elements, asked at every token (Grazzi et al. 2025, appendix
// E.2; Siems et al. 2025). With k tokens a transition every element is followed by k − 1 tokens that do nothing, and the
// answers come k − 1 tokens later, after as many identities: time to apply an element in k steps. Tokens are the elements,
// then the one that does nothing, the one that begins a string, where nothing is asked, and padding.

import { ignored } from '../batch.ts'
import { displacedPoints, type Group, parseGroup } from './groups.ts'
import { checkNumber, drawLength, stringBatch } from './strings.ts'
import type { CheckedTask, TaskFamily } from './task.ts'

interface Variant {
  /** Whether strings hold swaps alone. */
  swaps: boolean
  /** Points that an element of a string displaces at most. */
  displaced: number
  /** Tokens a transition. */
  tokens: number
}

const before = 1
const lengths = { shortest: 1, step: 1 }

function groupWordsTask(name: string, group: Group, variant: Variant): CheckedTask {
  const { order } = group
  const { tokens } = variant
  const delay = tokens - 1
  const [wait, begin, padding] = [order, order + 1, order + 2]
  const letters = lettersOf(name, group, variant)
  const trainingLength = tokens > 1 ? 64 : 32
  const print = (id: number): string => ({ [wait]: '_', [begin]: '^' })[id] ?? group.print(id)
  return {
    name,
    vocabulary: order + 3,
    classes: order,
    chance: 1 / order,
    metric: 'sequenceAccuracy',
    trainingLengths: { minimum: trainingLength, maximum: trainingLength, first: 2 * tokens },
    testLengths: [32, 64, 128, 256],
    prefixes: false,

    batch: (options, random) =>
      stringBatch(options, { ...lengths, padding, before, prefixes: false }, (ids, targets) => {
        const length = drawLength(options, lengths, random)
        ids[0] = begin
        let product = 0
        /** Products before the current token, the latest at the end. */
        const pending = new Array<number>(delay).fill(0)
        for (let t = 0; t < length; t++) {
          const letter = t % tokens === 0 ? random.choice(letters) : wait
          if (letter !== wait) product = group.multiply(product, letter)
          pending.push(product)
          ids[t + before] = letter
          targets[t + before] = pending.shift() as number
        }
      }),

    print: (ids, targets) =>
      `${Array.from(ids, print).join(' ')} → ${Array.from(targets).slice(before).map(group.print).join(' ')}`,

    answers(ids) {
      const { actions, numbers } = actionsOf(group)
      let points = actions[0] as readonly number[]
      const products = Array.from(ids, (id) => {
        const action = actions[id]
        if (action) points = points.map((point) => action[point] as number)
        return numbers.get(points.join()) as number
      })
      return Array.from(ids, (_, t) => (t < before ? ignored : (products[t - delay] ?? 0)))
    },
  }
}

const known = new WeakMap<Group, { actions: (readonly number[])[]; numbers: Map<string, number> }>()

/** All elements as permutations, and which element a permutation is. */
function actionsOf(group: Group) {
  let found = known.get(group)
  if (!found) {
    const actions = Array.from({ length: group.order }, (_, element) => group.permutation(element))
    found = { actions, numbers: new Map(actions.map((action, element) => [action.join(), element])) }
    known.set(group, found)
  }
  return found
}

/** The elements that strings are made of. */
function lettersOf(name: string, group: Group, { swaps, displaced }: Variant): number[] {
  const letters = Array.from({ length: group.order }, (_, element) => element).filter((element) => {
    const points = displacedPoints(group, element)
    return points <= displaced && (!swaps || points === 2)
  })
  if (swaps && letters.length === 0)
    throw new RangeError(`\`task\` must name a group with swaps to have \`_only_swaps\`, got "${name}"`)
  if (letters.length < 2 && !swaps)
    throw new RangeError(
      `\`task\` must leave more elements than the identity, which displaces no point, got "${name}"`,
    )
  return letters
}

const form = /^([ZSA]\d+(?:_x_[ZSA]\d+)*)(_only_swaps)?(?:_limit_to_(\d+))?(?:_(\d+)_tokens)?$/

export const groupWords: TaskFamily = {
  form: 'G[_only_swaps][_limit_to_k][_k_tokens], where G is Zn, Sn, An or such groups joined by _x_',
  example: 'S5_only_swaps',
  parse(name) {
    const match = form.exec(name)
    const group = match && parseGroup(match[1] as string)
    if (!group) return undefined
    const [, , swaps, displaced, tokens = '1'] = match
    if (displaced !== undefined) checkNumber(name, 'a limit', Number(displaced), 2, group.order)
    checkNumber(name, 'tokens a transition', Number(tokens), 1, 16)
    return groupWordsTask(name, group, {
      swaps: swaps !== undefined,
      displaced: displaced === undefined ? Number.POSITIVE_INFINITY : Number(displaced),
      tokens: Number(tokens),
    })
  },
}
