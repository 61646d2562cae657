// Time that Bayesian searches take to make a proposal, on one thread: a space of 27 parameters, two objectives.
import { Random } from 'parascan'
import { ehvi, lsBo, rsBo } from 'parascan/search'
import { categorical, defineSpace, ordinal } from 'parascan/space'

const layers = Array.from({ length: 12 }, (_, i) => [
  [`heads${i + 1}`, ordinal([4, 8, 12])],
  [`mlp${i + 1}`, ordinal([2, 3, 4])],
])
const space = defineSpace({
  width: ordinal([192, 384, 768]),
  layers: ordinal([10, 11, 12]),
  bias: categorical([true, false]),
  ...Object.fromEntries(layers.flat()),
})

/** A cost that grows with every choice, and an error that shrinks with it. */
function costsOf(configuration) {
  const numbers = space.encode(configuration)
  const size = numbers.reduce((sum, value, i) => sum + value * (1 + (i % 3)), 0)
  return [size, 20 + 20 * Math.exp(-size / 8) + Math.sin(3 * size)]
}

console.log('seconds of processor time a proposal; worst includes learning the hyper-parameters')
console.log('algorithm  observations  median   worst')
for (const algorithm of [ehvi(), lsBo(), rsBo()])
  for (const observations of [50, 100, 250, 500]) {
    const random = new Random(1)
    const searcher = algorithm.start({ space, objectives: 2, random })
    for (let i = 0; i < observations; i++) {
      const configuration = space.sample(random)
      searcher.tell({ configuration, costs: costsOf(configuration) })
    }
    const times = Array.from({ length: 7 }, () => {
      const before = process.cpuUsage()
      const configuration = searcher.ask()
      const { user, system } = process.cpuUsage(before)
      searcher.tell({ configuration, costs: costsOf(configuration) })
      return (user + system) / 1e6
    })
    const sorted = times.toSorted((a, b) => a - b)
    const line = [sorted[3], sorted[6]].map((seconds) => seconds.toFixed(3).padStart(7)).join(' ')
    console.log(`${algorithm.description.name.padEnd(10)} ${String(observations).padStart(12)}  ${line}`)
  }
