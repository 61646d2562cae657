// Small problems that long served as first tests: those of Kursawe 1991, Binh & Korn 1997 (BNH), Tanaka et al. 1995 (TNK)
// and Osyczka & Kundu 1995 (OSY). Constraints are met where they are at most 0.

import { feasibleFront } from '../search/feasibility.ts'
import { real } from '../space/real.ts'
import { evenly, frontOf, withoutDominated } from './front-sampling.ts'
import { type Formula, SyntheticProblem } from './synthetic-problem.ts'

const { PI, abs, atan, cos, exp, sin, sqrt } = Math

type Point = readonly number[]

/** Where the front of Kursawe's problem lies in every variable, and the first grid over it. */
const kursaweGrid = evenly(-1.6, 0.1, 35)

/** Times that the grid is made twice as fine around what is not dominated on it. */
const refinements = 3

/** The front of two functions of three variables that treat the outer two alike. */
function refinedFront(objectives: (x: Point) => Point, grid: Point): Point[] {
  let cells = grid.flatMap((a, i) => grid.slice(i).flatMap((c) => grid.map((b) => [a, b, c])))
  let step = (grid[1] as number) - (grid[0] as number)
  for (let round = 0; ; round++) {
    const evaluated = cells.map((x) => ({ x, costs: objectives(x) }))
    const front = feasibleFront(evaluated)
    if (round === refinements) return withoutDominated(front.map(({ costs }) => costs))
    step /= 2
    const moves = [-step, 0, step]
    cells = front.flatMap(({ x: [a = 0, b = 0, c = 0] }) =>
      moves.flatMap((da) => moves.flatMap((db) => moves.map((dc) => [a + da, b + db, c + dc]))),
    )
  }
}

/** Three variables; a front in pieces, one of them a single point. */
export const kursawe = (): SyntheticProblem => {
  const objectives = (x: Point): Point => {
    const lengths = x.slice(1).map((value, i) => sqrt((x[i] as number) ** 2 + value ** 2))
    return [
      lengths.reduce((total, length) => total - 10 * exp(-0.2 * length), 0),
      x.reduce((total, value) => total + abs(value) ** 0.8 + 5 * sin(value ** 3), 0),
    ]
  }
  return new SyntheticProblem({
    name: 'kursawe',
    variables: new Array(3).fill(real({ low: -5, high: 5 })),
    objectives: 2,
    formula: (x) => ({ objectives: objectives(x) }),
    front: () => refinedFront(objectives, kursaweGrid),
  })
}

/** Two variables and constraints that cut little of the front. */
export const bnh = (): SyntheticProblem => {
  const formula: Formula = ([x = 0, y = 0]) => ({
    objectives: [4 * x ** 2 + 4 * y ** 2, (x - 5) ** 2 + (y - 5) ** 2],
    constraints: [((x - 5) ** 2 + y ** 2 - 25) / 25, (7.7 - (x - 8) ** 2 - (y + 3) ** 2) / 7.7],
  })
  return new SyntheticProblem({
    name: 'bnh',
    variables: [real({ low: 0, high: 5 }), real({ low: 0, high: 3 })],
    objectives: 2,
    constraints: 2,
    formula,
    front: () =>
      frontOf([
        ...evenly(0, 3, 300).map((t) => formula([t, t])),
        ...evenly(3, 5, 200).map((t) => formula([t, 3])),
      ]),
  })
}

/** Two variables that are the objectives; all of the front lies on a wavy constraint. */
export const tnk = (): SyntheticProblem => {
  const formula: Formula = ([x = 0, y = 0]) => ({
    objectives: [x, y],
    constraints: [
      -(x ** 2 + y ** 2 - 1 - 0.1 * cos(16 * atan(x / y))),
      2 * ((x - 0.5) ** 2 + (y - 0.5) ** 2) - 1,
    ],
  })
  return new SyntheticProblem({
    name: 'tnk',
    variables: [real({ low: 0, high: PI }), real({ low: 1e-30, high: PI })],
    objectives: 2,
    constraints: 2,
    formula,
    front: () =>
      frontOf(
        evenly(0, PI / 2, 2000).map((theta) => {
          const radius = sqrt(1 + 0.1 * cos(16 * theta))
          return formula([radius * sin(theta), radius * cos(theta)])
        }),
      ),
  })
}

/** Six variables and constraints; a front of five pieces, each at other bounds. */
export const osy = (): SyntheticProblem => {
  const targets = [2, 2, 1, 4, 1]
  const formula: Formula = (x) => {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = x
    return {
      objectives: [
        -targets.reduce(
          (total, target, i) => total + (i === 0 ? 25 : 1) * ((x[i] as number) - target) ** 2,
          0,
        ),
        x.reduce((total, value) => total + value ** 2, 0),
      ],
      constraints: [
        -(a + b - 2) / 2,
        -(6 - a - b) / 6,
        -(2 - b + a) / 2,
        -(2 - a + 3 * b) / 2,
        -(4 - (c - 3) ** 2 - d) / 4,
        -((e - 3) ** 2 + f - 4) / 4,
      ],
    }
  }
  const pieces: ((t: number) => Point)[] = [
    (t) => [5, 1, 1 + 4 * t, 0, 5, 0],
    (t) => [5, 1, 1 + 4 * t, 0, 1, 0],
    (t) => [4.056 + 0.944 * t, (2.056 + 0.944 * t) / 3, 1, 0, 1, 0],
    (t) => [0, 2, 1 + 2.732 * t, 0, 1, 0],
    (t) => [t, 2 - t, 1, 0, 1, 0],
  ]
  return new SyntheticProblem({
    name: 'osy',
    variables: [
      real({ low: 0, high: 10 }),
      real({ low: 0, high: 10 }),
      real({ low: 1, high: 5 }),
      real({ low: 0, high: 6 }),
      real({ low: 1, high: 5 }),
      real({ low: 0, high: 10 }),
    ],
    objectives: 2,
    constraints: 6,
    formula,
    front: () => frontOf(pieces.flatMap((piece) => evenly(0, 1, 200).map((t) => formula(piece(t))))),
  })
}
