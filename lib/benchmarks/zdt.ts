// The problems of Zitzler, Deb & Thiele 2000 ("Comparison of multiobjective evolutionary algorithms: empirical results"):
// two objectives, whose trade-off h is scaled by a distance g of the other variables from the front.
//
//   x  (30; 10 for ZDT4 and ZDT6; 80 bits for ZDT5)
//   f1 = the first variable, or a function of it
//   f2 = g h(f1, g), the front at the least g

import { categorical } from '../space/categorical.ts'
import type { Parameter } from '../space/parameter.ts'
import { real } from '../space/real.ts'
import { evenly, withoutDominated } from './front-sampling.ts'
import { SyntheticProblem } from './synthetic-problem.ts'

type Shape = (f1: number, g: number) => number

const points = 1000

const unit = real({ low: 0, high: 1 })

const first = (x: readonly number[]): number => x[0] as number

const sum = (x: readonly number[], term: (value: number) => number): number =>
  x.reduce((total, value) => total + term(value), 0)

/** g of ZDT1 to 3. */
const meanDistance = (x: readonly number[]): number =>
  1 + (9 * sum(x.slice(1), (value) => value)) / (x.length - 1)

/** g of ZDT4: 21^9 local fronts. */
const manyFronts = (x: readonly number[]): number =>
  1 + 10 * (x.length - 1) + sum(x.slice(1), (value) => value ** 2 - 10 * Math.cos(4 * Math.PI * value))

/** f1 of ZDT6, seldom small, so that draws crowd at one end of the front. */
const crowded = (x: number): number => 1 - Math.exp(-4 * x) * Math.sin(6 * Math.PI * x) ** 6

/** g of ZDT6: draws are the scarcer, the nearer to the front. */
const scarce = (x: readonly number[]): number =>
  1 + 9 * (sum(x.slice(1), (value) => value) / (x.length - 1)) ** 0.25

const convex: Shape = (f1, g) => 1 - Math.sqrt(f1 / g)
const concave: Shape = (f1, g) => 1 - (f1 / g) ** 2
const interrupted: Shape = (f1, g) => 1 - Math.sqrt(f1 / g) - (f1 / g) * Math.sin(10 * Math.PI * f1)

function zdt(
  name: string,
  variables: readonly Parameter[],
  f1: (x: readonly number[]) => number,
  g: (x: readonly number[]) => number,
  h: Shape,
  firsts: readonly number[],
): SyntheticProblem {
  return new SyntheticProblem({
    name,
    variables,
    objectives: 2,
    formula: (x) => {
      const [left, distance] = [f1(x), g(x)]
      return { objectives: [left, distance * h(left, distance)] }
    },
    front: () => withoutDominated(firsts.map((left) => [left, h(left, 1)])),
  })
}

const units = (count: number): Parameter[] => new Array<Parameter>(count).fill(unit)

/** Convex front. */
export const zdt1 = (): SyntheticProblem =>
  zdt('zdt1', units(30), first, meanDistance, convex, evenly(0, 1, points))

/** Concave front. */
export const zdt2 = (): SyntheticProblem =>
  zdt('zdt2', units(30), first, meanDistance, concave, evenly(0, 1, points))

/** Front in five pieces; a fine grid of which little is lost to dominance at their ends. */
export const zdt3 = (): SyntheticProblem =>
  zdt('zdt3', units(30), first, meanDistance, interrupted, evenly(0, 1, 8 * points))

/** Many local fronts. */
export const zdt4 = (): SyntheticProblem => {
  const wide = real({ low: -5, high: 5 })
  return zdt(
    'zdt4',
    [unit, ...new Array<Parameter>(9).fill(wide)],
    first,
    manyFronts,
    convex,
    evenly(0, 1, points),
  )
}

/** Few draws come near the front, or to its left end. */
export const zdt6 = (): SyntheticProblem => {
  // The least value of f1, where its derivative is zero: tan(6 pi x) = 9 pi.
  const least = crowded(Math.atan(9 * Math.PI) / (6 * Math.PI))
  return zdt('zdt6', units(10), (x) => crowded(first(x)), scarce, concave, evenly(least, 1, points))
}

/** The lengths of the bit strings of ZDT5. */
const strings = [30, ...new Array<number>(10).fill(5)]

/**
 * Bits: 30 for the first objective, ten strings of five that deceive, since all ones are best and all zeros next to best.
 * Both objectives are scaled so that the front has the extent [0, 1].
 */
export const zdt5 = (): SyntheticProblem => {
  const scaled = (f1: number, g: number) => [(f1 - 1) / 30, (g / f1 - 10 / 31) / (10 - 10 / 31)]
  return new SyntheticProblem({
    name: 'zdt5',
    variables: new Array<Parameter>(80).fill(categorical([0, 1])),
    objectives: 2,
    formula: (x) => {
      let start = 0
      const [ones = 0, ...others] = strings.map((length) => {
        start += length
        return sum(x.slice(start - length, start), (value) => value)
      })
      return {
        objectives: scaled(
          1 + ones,
          sum(others, (count) => (count === 5 ? 1 : 2 + count)),
        ),
      }
    },
    front: () => evenly(1, 31, 31).map((f1) => scaled(f1, 10)),
  })
}
