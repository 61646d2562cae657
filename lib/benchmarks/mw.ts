// The constrained problems of Ma & Wang 2019 ("Evolutionary constrained multiobjective optimization: test suite
// construction and performance comparisons"): 15 variables, two objectives (three in MW4, MW8 and MW14), and constraints
// on the objectives that cut the front, leave islands, or move it.
//
//   x      position on the front, then distance from it
//   g      distance from the front, 1 on it; one of three functions
//   f, c   objectives and constraints, the latter met where at most 0
//   theta  angle of a point seen from the origin

import { directionsFor } from '../search/directions.ts'
import { real } from '../space/real.ts'
import { evenly, tracedFront } from './front-sampling.ts'
import { type Evaluated, SyntheticProblem } from './synthetic-problem.ts'

const { PI, SQRT2, abs, atan, cos, exp, hypot, sin, sqrt } = Math

const variables = 15

type Point = readonly number[]

/** Distances; `i` is the index of a variable among all. */
type Distance = (x: Point, objectives: number) => number

const sumOfTail = (x: Point, objectives: number, term: (value: number, i: number) => number): number =>
  x.slice(objectives - 1).reduce((total, value, i) => total + term(value, objectives - 1 + i), 0)

/** g1: flat far from the front. */
const flat: Distance = (x, objectives) =>
  1 +
  sumOfTail(
    x,
    objectives,
    (value, i) => 1 - exp(-10 * (value ** (variables - objectives) - 0.5 - i / (2 * variables)) ** 2),
  )

/** g2: many local fronts. */
const rippled: Distance = (x, objectives) =>
  1 +
  sumOfTail(x, objectives, (value, i) => {
    const z = 1 - exp(-10 * (value - i / variables) ** 2)
    return (0.1 / variables) * z ** 2 + 1.5 - 1.5 * cos(2 * PI * z)
  })

/** g3: every variable leans on the one before it. */
const linked: Distance = (x, objectives) =>
  1 + sumOfTail(x, objectives, (value, i) => 2 * (value + ((x[i - 1] as number) - 0.5) ** 2 - 1) ** 2)

/** The waves of constraints: a sin(b theta^c)^d, and the same with a cosine. */
const wave = (a: number, b: number, c: number, d: number, theta: number): number =>
  a * sin(b * theta ** c) ** d
const cosineWave = (a: number, b: number, c: number, d: number, theta: number): number =>
  a * cos(b * theta ** c) ** d

/** Two objectives: f1 = g p and f2 = g h(p) at the position p, or f1 = p and f2 = g h(p / g). */
interface PlaneProblem {
  readonly g: Distance
  readonly h: (p: number) => number
  readonly constraints: (f1: number, f2: number) => number[]
  /** Largest value of all variables; 1 by default. */
  readonly high?: number
  /** Whether f1 is the position itself, whatever the distance. */
  readonly fixed?: boolean
  /** Positions of single points of the front, which a grid would miss. */
  readonly isolated?: readonly number[]
  /** The position, from the first variable; the variable itself by default. */
  readonly position?: (x: number) => number
}

function plane(name: string, problem: PlaneProblem): SyntheticProblem {
  const { g, h, constraints, high = 1, fixed = false, isolated = [], position = (x) => x } = problem
  const at = (p: number, distance: number): Evaluated => {
    const f1 = fixed ? p : distance * p
    const f2 = distance * h(f1 / distance)
    return { objectives: [f1, f2], constraints: constraints(f1, f2) }
  }
  return new SyntheticProblem({
    name,
    variables: new Array(variables).fill(real({ low: 0, high })),
    objectives: 2,
    constraints: constraints(0, 1).length,
    formula: (x) => at(position(x[0] as number), g(x, 2)),
    front: () => tracedFront([...evenly(0, position(high), 1001), ...isolated], at, 3),
  })
}

/** Three objectives: a surface scaled by the distance. */
function space(
  name: string,
  g: Distance,
  surface: (position: Point) => Point,
  constraint: (f: Point) => number,
  places: () => readonly Point[],
): SyntheticProblem {
  const at = (place: Point, distance: number): Evaluated => {
    const f = place.map((value) => distance * value)
    return { objectives: f, constraints: [constraint(f)] }
  }
  return new SyntheticProblem({
    name,
    variables: new Array(variables).fill(real({ low: 0, high: 1 })),
    objectives: 3,
    constraints: 1,
    formula: (x) => at(surface(x.slice(0, 2)), g(x, 3)),
    front: () => tracedFront(places(), at, 2),
  })
}

const gap = (f1: number, f2: number): number => SQRT2 * (f2 - f1)

export const mw1 = (): SyntheticProblem =>
  plane('mw1', {
    g: flat,
    fixed: true,
    h: (p) => 1 - 0.85 * p,
    constraints: (f1, f2) => [f1 + f2 - 1 - wave(0.5, 2 * PI, 1, 8, gap(f1, f2))],
  })

export const mw2 = (): SyntheticProblem =>
  plane('mw2', {
    g: rippled,
    fixed: true,
    h: (p) => 1 - p,
    constraints: (f1, f2) => [f1 + f2 - 1 - wave(0.5, 3 * PI, 1, 8, gap(f1, f2))],
  })

export const mw3 = (): SyntheticProblem =>
  plane('mw3', {
    g: linked,
    fixed: true,
    h: (p) => 1 - p,
    constraints: (f1, f2) => [
      f1 + f2 - 1.05 - wave(0.45, 0.75 * PI, 1, 6, gap(f1, f2)),
      0.85 - f1 - f2 + wave(0.3, 0.75 * PI, 1, 2, gap(f1, f2)),
    ],
  })

export const mw4 = (): SyntheticProblem =>
  space(
    'mw4',
    flat,
    ([a = 0, b = 0]) => [(1 - a) * (1 - b), (1 - a) * b, a],
    ([f1 = 0, f2 = 0, f3 = 0]) => f1 + f2 + f3 - 1 - wave(0.4, 2.5 * PI, 1, 8, f3 - f1 - f2),
    () => directionsFor(3, 1500),
  )

const arc = (radius: number) => (p: number) => sqrt(Math.max(radius ** 2 - p ** 2, 0))

export const mw5 = (): SyntheticProblem =>
  plane('mw5', {
    g: flat,
    h: arc(1),
    constraints: (f1, f2) => {
      const theta = atan(f2 / f1)
      const t = 0.5 * PI - 2 * abs(theta - 0.25 * PI)
      const square = f1 ** 2 + f2 ** 2
      return [
        square - (1.7 - wave(0.2, 2, 1, 1, theta)) ** 2,
        (1 + wave(0.5, 6, 3, 1, t)) ** 2 - square,
        (1 - wave(0.45, 6, 3, 1, t)) ** 2 - square,
      ]
    },
  })

export const mw6 = (): SyntheticProblem =>
  plane('mw6', {
    g: rippled,
    high: 1.1,
    h: arc(1.1),
    constraints: (f1, f2) => {
      const theta = atan(f2 / f1)
      return [
        f1 ** 2 / (1 + cosineWave(0.15, 6, 4, 10, theta)) ** 2 +
          f2 ** 2 / (1 + cosineWave(0.75, 6, 4, 10, theta)) ** 2 -
          1,
      ]
    },
  })

export const mw7 = (): SyntheticProblem =>
  plane('mw7', {
    g: linked,
    h: arc(1),
    constraints: (f1, f2) => {
      const theta = atan(f2 / f1)
      const square = f1 ** 2 + f2 ** 2
      return [
        square - (1.2 + abs(wave(0.4, 4, 1, 16, theta))) ** 2,
        (1.15 - wave(0.2, 4, 1, 8, theta)) ** 2 - square,
      ]
    },
  })

export const mw8 = (): SyntheticProblem =>
  space(
    'mw8',
    rippled,
    ([a = 0, b = 0]) => [
      cos(0.5 * PI * a) * cos(0.5 * PI * b),
      cos(0.5 * PI * a) * sin(0.5 * PI * b),
      sin(0.5 * PI * a),
    ],
    (f) => {
      const length = hypot(...f)
      return length ** 2 - (1.25 - wave(0.5, 6, 1, 2, Math.asin((f[2] as number) / length))) ** 2
    },
    () => directionsFor(3, 1500).map((direction) => direction.map((value) => value / hypot(...direction))),
  )

export const mw9 = (): SyntheticProblem =>
  plane('mw9', {
    g: flat,
    h: (p) => 1 - p ** 0.6,
    constraints: (f1, f2) => [
      Math.min(
        (1 - 0.64 * f1 ** 2 - f2) * (1 - 0.36 * f1 ** 2 - f2),
        (1.35 ** 2 - (f1 + 0.35) ** 2 - f2) * (1.15 ** 2 - (f1 + 0.15) ** 2 - f2),
      ),
    ],
  })

export const mw10 = (): SyntheticProblem =>
  plane('mw10', {
    g: rippled,
    position: (x) => x ** variables,
    h: (p) => 1 - p ** 2,
    constraints: (f1, f2) => [
      -(2 - 4 * f1 ** 2 - f2) * (2 - 8 * f1 ** 2 - f2),
      (2 - 2 * f1 ** 2 - f2) * (2 - 16 * f1 ** 2 - f2),
      (1 - f1 ** 2 - f2) * (1.2 - 1.2 * f1 ** 2 - f2),
    ],
  })

export const mw11 = (): SyntheticProblem =>
  plane('mw11', {
    g: linked,
    high: SQRT2,
    h: arc(SQRT2),
    isolated: [1], // two constraints and the unconstrained front meet in (1, 1)
    constraints: (f1, f2) => [
      -(3 - f1 ** 2 - f2) * (3 - 2 * f1 ** 2 - f2),
      (3 - 0.625 * f1 ** 2 - f2) * (3 - 7 * f1 ** 2 - f2),
      -(1.62 - 0.18 * f1 ** 2 - f2) * (1.125 - 0.125 * f1 ** 2 - f2),
      (2.07 - 0.23 * f1 ** 2 - f2) * (0.63 - 0.07 * f1 ** 2 - f2),
    ],
  })

export const mw12 = (): SyntheticProblem =>
  plane('mw12', {
    g: flat,
    h: (p) => 0.85 - 0.8 * p - 0.08 * abs(sin(3.2 * PI * p)),
    constraints: (f1, f2) => [
      -(1 - 0.625 * f1 - f2 + 0.08 * sin(2 * PI * (f2 - f1 / 1.6))) *
        (1.4 - 0.875 * f1 - f2 + 0.08 * sin(2 * PI * (f2 / 1.4 - f1 / 1.6))),
      (1 - 0.8 * f1 - f2 + 0.08 * sin(2 * PI * (f2 - f1 / 1.5))) *
        (1.8 - 1.125 * f1 - f2 + 0.08 * sin(2 * PI * (f2 / 1.8 - f1 / 1.6))),
    ],
  })

export const mw13 = (): SyntheticProblem =>
  plane('mw13', {
    g: rippled,
    high: 1.5,
    h: (p) => 5 - exp(p) - abs(0.5 * sin(3 * PI * p)),
    constraints: (f1, f2) => {
      const ripple = 0.5 * sin(3 * PI * f1)
      return [
        -(5 - (1 + f1 + 0.5 * f1 ** 2) - ripple - f2) * (5 - (1 + 0.7 * f1) - ripple - f2),
        (5 - exp(f1) - ripple - f2) * (5 - (1 + 0.4 * f1) - ripple - f2),
      ]
    },
  })

export const mw14 = (): SyntheticProblem => {
  const objectives = 3
  const mean = (position: Point, term: (f: number) => number) =>
    position.reduce((sum, f) => sum + term(f), 0) / (objectives - 1)
  const ripple = (f: number) => 1.5 * sin(1.1 * PI * f ** 2)
  const at = (position: Point, distance: number): Evaluated => {
    const last = distance * mean(position, (f) => 6 - exp(f) - ripple(f))
    return {
      objectives: [...position, last],
      constraints: [last - mean(position, (f) => 6.1 - (1 + f + 0.5 * f ** 2 + ripple(f)))],
    }
  }
  const side = evenly(0, 1.5, 101)
  return new SyntheticProblem({
    name: 'mw14',
    variables: new Array(variables).fill(real({ low: 0, high: 1.5 })),
    objectives,
    constraints: 1,
    formula: (x) => at(x.slice(0, 2), linked(x, objectives)),
    front: () =>
      tracedFront(
        side.flatMap((a) => side.map((b) => [a, b])),
        at,
        2,
      ),
  })
}
