// The evolutionary algorithms end where pymoo's do: medians over seeds of hypervolume and IGD of the last population, at
// equal evaluations, beside the extremes over pymoo's seeds.
//
//   node bench/search-bands.mjs <pymoo_reference.json> [problems] [algorithms] [seeds]
import { readFileSync } from 'node:fs'
import { runSearch, syntheticProblem } from 'parascan/benchmarks'
import {
  feasibleFront,
  hypervolume,
  invertedGenerationalDistance,
  moead,
  nsga2,
  nsga3,
  randomSearch,
  smsEmoa,
} from 'parascan/search'

const [
  path,
  names = 'zdt1,zdt2,zdt3,zdt4,zdt6,dtlz2,mw1,mw3,mw7',
  only = 'NSGA2,NSGA3,SMSEMOA,MOEAD',
  seeds = '5',
] = process.argv.slice(2)
const { problems } = JSON.parse(readFileSync(path, 'utf8'))

// Nine of ten children pass a mutation there that leaves one in e of them as they are; here it leaves none.
const mutation = 0.9 * (1 - 1 / Math.E)

const algorithms = {
  NSGA2: (population) => nsga2({ population, mutation }),
  NSGA3: (population) => nsga3({ population, mutation }),
  SMSEMOA: (population) => smsEmoa({ population, mutation }),
  MOEAD: (population) => moead({ directions: population }),
  RS: () => randomSearch(),
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
const inside = (value, [low, , , , high]) => (value < low ? 'below' : value > high ? 'above' : 'inside')
const rounded = (value) => Number(value.toPrecision(4))

for (const name of names.split(',')) {
  const problem = syntheticProblem(name)
  const { ref_point: reference, algorithms: known } = problems[name]
  for (const label of only.split(',').filter((label) => label in known)) {
    const { n_eval: evaluations, hv, igd } = known[label]
    const start = performance.now()
    const fronts = Array.from({ length: Number(seeds) }, (_, seed) => {
      const algorithm = algorithms[label](reference.length === 2 ? 100 : 92)
      return feasibleFront(runSearch(problem, algorithm, { evaluations, seed }).population).map(
        ({ costs }) => costs,
      )
    })
    const volume = median(fronts.map((front) => hypervolume(front, reference)))
    const distance = median(
      fronts.map((front) =>
        front.length > 0 ? invertedGenerationalDistance(front, problem.front) : Infinity,
      ),
    )
    console.log(
      `${name} ${label} ${evaluations} evaluations, ${seeds} seeds: hypervolume ${rounded(volume)} ` +
        `${inside(volume, hv)} [${rounded(hv[0])}, ${rounded(hv[4])}], median ${rounded(hv[2])}; ` +
        `IGD ${rounded(distance)} ${inside(distance, igd)} [${rounded(igd[0])}, ${rounded(igd[4])}], ` +
        `median ${rounded(igd[2])}; ${rounded((performance.now() - start) / 1e3 / Number(seeds))} s a run`,
    )
  }
}
