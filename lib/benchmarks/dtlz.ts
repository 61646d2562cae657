// The problems of Deb, Thiele, Laumanns & Zitzler 2005 ("Scalable test problems for evolutionary multiobjective
// optimization"), here with three objectives.
//
//   x      position on the front (two variables), then distance from it (ten in all; seven for DTLZ1)
//   g      distance from the front
//   theta  angles of a point on a sphere

import { directionsFor } from '../search/directions.ts'
import { real } from '../space/real.ts'
import { evenly, withoutDominated } from './front-sampling.ts'
import { SyntheticProblem } from './synthetic-problem.ts'

const objectives = 3

type Distance = (tail: readonly number[]) => number
type Point = readonly number[]

const sum = (x: readonly number[], term: (value: number) => number): number =>
  x.reduce((total, value) => total + term(value), 0)

/** Many local fronts. */
const rippled: Distance = (tail) =>
  100 * (tail.length + sum(tail, (x) => (x - 0.5) ** 2 - Math.cos(20 * Math.PI * (x - 0.5))))

const quadratic: Distance = (tail) => sum(tail, (x) => (x - 0.5) ** 2)

/** The point of a plane that the position stands for, f1 the product of all coordinates. */
const onPlane = (position: Point): number[] =>
  Array.from({ length: objectives }, (_, k) => {
    const product = position.slice(0, objectives - 1 - k).reduce((a, x) => a * x, 1)
    return k === 0 ? product : product * (1 - (position[objectives - 1 - k] as number))
  })

/** The point of a sphere at the angles theta. */
const onSphere = (theta: Point): number[] =>
  Array.from({ length: objectives }, (_, k) => {
    const product = theta.slice(0, objectives - 1 - k).reduce((a, angle) => a * Math.cos(angle), 1)
    return k === 0 ? product : product * Math.sin(theta[objectives - 1 - k] as number)
  })

function dtlz(
  name: string,
  variables: number,
  formula: (position: Point, tail: Point) => number[],
  front: () => readonly Point[],
): SyntheticProblem {
  return new SyntheticProblem({
    name,
    variables: new Array(variables).fill(real({ low: 0, high: 1 })),
    objectives,
    formula: (x) => ({ objectives: formula(x.slice(0, objectives - 1), x.slice(objectives - 1)) }),
    front,
  })
}

/** A problem whose front is the sphere. */
function spherical(name: string, distance: Distance, angle: (x: number) => number): SyntheticProblem {
  return dtlz(
    name,
    10,
    (position, tail) => onSphere(position.map(angle)).map((value) => (1 + distance(tail)) * value),
    () =>
      directions().map((direction) => {
        const length = Math.hypot(...direction)
        return direction.map((value) => value / length)
      }),
  )
}

/** A problem whose front is a curve on the sphere, since far from the front the second angle turns. */
function degenerate(name: string, distance: Distance): SyntheticProblem {
  return dtlz(
    name,
    10,
    ([first = 0, second = 0], tail) => {
      const g = distance(tail)
      const turned = (1 + 2 * g * second) / (2 * (1 + g))
      return onSphere([(first * Math.PI) / 2, (turned * Math.PI) / 2]).map((value) => (1 + g) * value)
    },
    () => evenly(0, Math.PI / 2, 500).map((angle) => onSphere([angle, Math.PI / 4])),
  )
}

const directions = (): number[][] => directionsFor(objectives, 136)

const quarterTurn = (x: number): number => (x * Math.PI) / 2

/** A plane behind 11^5 local ones. */
export const dtlz1 = (): SyntheticProblem =>
  dtlz(
    'dtlz1',
    7,
    (position, tail) => onPlane(position).map((value) => 0.5 * (1 + rippled(tail)) * value),
    () => directions().map((direction) => direction.map((value) => value / 2)),
  )

/** A sphere. */
export const dtlz2 = (): SyntheticProblem => spherical('dtlz2', quadratic, quarterTurn)

/** A sphere behind 3^8 local ones. */
export const dtlz3 = (): SyntheticProblem => spherical('dtlz3', rippled, quarterTurn)

/** A sphere on which most draws lie at the rim. */
export const dtlz4 = (): SyntheticProblem => spherical('dtlz4', quadratic, (x) => quarterTurn(x ** 100))

/** A curve. */
export const dtlz5 = (): SyntheticProblem => degenerate('dtlz5', quadratic)

/** A curve that is hard to come near to. */
export const dtlz6 = (): SyntheticProblem => degenerate('dtlz6', (tail) => sum(tail, (x) => x ** 0.1))

/** Four separate patches. */
export const dtlz7 = (): SyntheticProblem => {
  const surface = (position: Point, g: number): number[] => {
    const h = sum(position, (f) => (f / (1 + g)) * (1 + Math.sin(3 * Math.PI * f)))
    return [...position, (1 + g) * (objectives - h)]
  }
  return dtlz(
    'dtlz7',
    10,
    (position, tail) => surface(position, 1 + (9 / tail.length) * sum(tail, (x) => x)),
    () => {
      const side = evenly(0, 1, 150)
      return withoutDominated(side.flatMap((first) => side.map((second) => surface([first, second], 1))))
    },
  )
}
