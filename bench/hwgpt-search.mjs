// Bayesian searches against random search on hwgpt-s/a100: hypervolumes after some trials, over seeds, and a rank test.
//
//   node bench/hwgpt-search.mjs FOLDER [TRIALS] [SEEDS]
//
// FOLDER holds the data that docs/surrogate-benchmarks.md describes.
import { Random } from 'parascan'
import { hwGptProblem } from 'parascan/benchmarks'
import { ehvi, lsBo, nsga2, randomSearch, rsBo } from 'parascan/search'

const [folder, trials = 100, seeds = 10] = process.argv.slice(2)
if (!folder) throw new Error('usage: node bench/hwgpt-search.mjs FOLDER [TRIALS] [SEEDS]')
const problem = await hwGptProblem('hwgpt-s/a100', folder)

function volumeOf(algorithm, seed) {
  const searcher = algorithm.start({ space: problem.space, objectives: 2, random: new Random(seed) })
  const costs = Array.from({ length: Number(trials) }, () => {
    const configuration = searcher.ask()
    const worth = Object.values(problem.evaluate(configuration))
    searcher.tell({ configuration, costs: worth })
    return worth
  })
  return problem.normalisedHypervolume(costs)
}

/** The share of orders of both samples in which as many pairs or more have the first above the second (Mann & Whitney). */
function probability(first, second) {
  const wins = first.reduce((sum, a) => sum + second.filter((b) => a > b).length, 0)
  // ways[m][u]: orders of n of the second and m of the first with u pairs, by the last element of the order
  const pairs = first.length * second.length
  let ways = Array.from({ length: first.length + 1 }, () => [1, ...new Array(pairs).fill(0)])
  for (let n = 1; n <= second.length; n++) {
    const next = [[1, ...new Array(pairs).fill(0)]]
    for (let m = 1; m <= first.length; m++)
      next.push(next[m - 1].map((_, u) => (u >= n ? next[m - 1][u - n] : 0) + ways[m][u]))
    ways = next
  }
  const counts = ways[first.length]
  const sum = (list) => list.reduce((a, b) => a + b, 0)
  return sum(counts.slice(wins)) / sum(counts)
}

const drawn = Array.from({ length: Number(seeds) }, (_, seed) => volumeOf(randomSearch(), seed + 1))
console.log(`hypervolume of ${problem.name} after ${trials} trials, ${seeds} seeds`)
console.log('algorithm     mean  deviation  p, not above random search')
for (const algorithm of [randomSearch(), nsga2({ population: 20 }), lsBo(), rsBo(), ehvi()]) {
  const random = algorithm.description.name === 'random'
  const volumes = random ? drawn : drawn.map((_, seed) => volumeOf(algorithm, seed + 1))
  const mean = volumes.reduce((a, b) => a + b) / volumes.length
  const deviation = Math.sqrt(volumes.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (volumes.length - 1))
  const p = random ? '' : probability(volumes, drawn).toExponential(1)
  console.log(
    `${algorithm.description.name.padEnd(10)} ${mean.toFixed(4).padStart(7)}  ${deviation.toFixed(4).padStart(9)}  ${p}`,
  )
}
