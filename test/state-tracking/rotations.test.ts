// Rotations as products of two reflections a token: counting modulo m in the plane, the rotations of the cube (S4) and of
// the icosahedron (A5) in space (Grazzi et al. 2025, theorem 3; Siems et al. 2025).

import { describe, expect, test } from 'vitest'
import { Random } from '../../lib/tensor/random.ts'
import { forms, identity, nearest, type Reflection, readouts } from './delta-forms.ts'

type Matrix = readonly (readonly number[])[]

const multiply = (a: Matrix, b: Matrix): number[][] =>
  a.map((row) => identity(3).map((_, j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] as number), 0)))

const apply = (a: Matrix, x: readonly number[]): number[] =>
  a.map((row) => row.reduce((sum, entry, j) => sum + entry * (x[j] as number), 0))

const transpose = (a: Matrix): number[][] => identity(3).map((_, i) => a.map((row) => row[i] as number))

/** I − β k kᵀ. */
const matrixOf = ({ key, beta }: Reflection): number[][] =>
  identity(3).map((row, i) => row.map((x, j) => x - beta * (key[i] as number) * (key[j] as number)))

/** All products of some rotations, by their entries to six digits. */
function closure(generators: readonly Matrix[]): Matrix[] {
  const spell = (a: Matrix): string =>
    a
      .flat()
      .map((x) => Math.round(1e6 * x) || 0)
      .join()
  const found = new Map<string, Matrix>([[spell(identity(3)), identity(3)]])
  for (const element of found.values())
    for (const generator of generators) {
      const product = multiply(generator, element)
      if (!found.has(spell(product))) found.set(spell(product), product)
    }
  return [...found.values()]
}

/** A point that no rotation of a finite group leaves where it is, so that its image tells which one it was. */
const query = [0.48, 0.6, 0.64]

/** Reads Rᵀ x of every token, R the product so far, and decodes it; the products in float64 for comparison. */
function decode(rotations: readonly Matrix[], reflections: readonly Reflection[][], most: number) {
  const random = new Random(9)
  const word = Array.from({ length: Math.min(20_000, most) }, () => random.integer(0, rotations.length))
  const images = rotations.map((rotation) => apply(transpose(rotation), query))
  const table = rotations.map((left) =>
    rotations.map((right) => nearest(apply(transpose(multiply(left, right)), query), images)),
  )
  let product = nearest(query, images)
  const expected = word.map((element) => {
    product = table[element]?.[product] as number
    return product
  })
  const construction = {
    steps: word.map((element) => reflections[element] as Reflection[]),
    state: identity(3),
    query,
  }
  return { construction, images, expected }
}

describe.each([3, 5, 60])('counting modulo %i by two reflections', (m) => {
  /** The plane is mirrored at angle 0 and then at π x / m: a rotation by 2 π x / m. */
  const mirrors = Array.from({ length: m }, (_, x): Reflection[] =>
    [0, (Math.PI * x) / m].map((angle) => ({ key: [Math.cos(angle), Math.sin(angle)], beta: 2 })),
  )
  const random = new Random(m)
  const numbers = Array.from({ length: 100_000 }, () => random.integer(0, m))

  test.each(forms)('has no error in 100 000 tokens, $name', ({ most, run }) => {
    const part = numbers.slice(0, most)
    const steps = part.map((x) => mirrors[x] as Reflection[])
    let sum = 0
    let wrong = 0
    readouts({ steps, state: identity(2), query: [1, 0] }, run).forEach(([x = 0, y = 0], t) => {
      sum = (sum + (part[t] as number)) % m
      const turns = Math.round((-Math.atan2(y, x) / (2 * Math.PI)) * m)
      if ((turns + m) % m !== sum) wrong++
    })
    expect(wrong).toBe(0)
  })

  test('has errors with one reflection a token, or with β up to 1', () => {
    const count = (reflections: (x: number) => Reflection[]): number => {
      const steps = numbers.slice(0, 500).map(reflections)
      let sum = 0
      return readouts({ steps, state: identity(2), query: [1, 0] }, forms[0]?.run ?? expect.fail()).filter(
        ([x = 0, y = 0], t) => {
          sum = (sum + (numbers[t] as number)) % m
          const turns = Math.round((-Math.atan2(y, x) / (2 * Math.PI)) * m)
          return (turns + m) % m !== sum
        },
      ).length
    }
    expect(count((x) => mirrors[x]?.slice(1) as Reflection[])).toBeGreaterThan(100)
    expect(count((x) => mirrors[x]?.map(({ key }) => ({ key, beta: 1 })) as Reflection[])).toBeGreaterThan(
      100,
    )
  })
})

describe('the 24 rotations of the cube', () => {
  const mirrors: Reflection[] = [
    ...identity(3).map((key) => ({ key, beta: 2 })),
    ...[1, -1].flatMap((sign) => [
      { key: [1, sign, 0], beta: 1 },
      { key: [1, 0, sign], beta: 1 },
      { key: [0, 1, sign], beta: 1 },
    ]),
  ]
  const pairs = mirrors.flatMap((first) => mirrors.map((second) => [first, second]))
  const rotationOf = ([first, second]: Reflection[]): number[][] =>
    multiply(matrixOf(second as Reflection), matrixOf(first as Reflection))
  const rotations = closure(pairs.map(rotationOf))
  const reflections = rotations.map(
    (rotation) =>
      pairs.find(
        (pair) =>
          rotationOf(pair).flat().join() ===
          rotation
            .flat()
            .map((x) => x || 0)
            .join(),
      ) ??
      pairs.find((pair) =>
        rotationOf(pair)
          .flat()
          .every((x, i) => x === rotation.flat()[i]),
      ),
  ) as Reflection[][]

  test('are each a product of two of nine reflections', () => {
    expect(mirrors).toHaveLength(9)
    expect(rotations).toHaveLength(24)
    expect(reflections.every((pair) => pair?.length === 2)).toBe(true)
  })

  test.each(forms)('a word of 20 000 is exact in whole numbers, $name', ({ most, run }) => {
    const { construction, expected } = decode(rotations, reflections, most)
    const whole = [1, 2, 3]
    const images = rotations.map((rotation) => apply(transpose(rotation), whole))
    const read = readouts({ ...construction, query: whole }, run)
    const wrong = read.filter((row, t) => images[expected[t] as number]?.some((x, i) => x !== row[i]))
    expect(wrong).toHaveLength(0)
  })
})

describe('the 60 rotations of the icosahedron', () => {
  const golden = (1 + Math.sqrt(5)) / 2
  /** The two mirrors of a rotation about an axis: the second is the first, turned by half the angle. */
  function mirrorsOf(axis: readonly number[], angle: number): Reflection[] {
    const length = Math.hypot(...axis)
    const [x, y, z] = axis.map((entry) => entry / length) as [number, number, number]
    const across = Math.abs(x) < 0.5 ? [0, z, -y] : [-z, 0, x]
    const [a, b, c] = across.map((entry) => entry / Math.hypot(...across)) as [number, number, number]
    const beside = [y * c - z * b, z * a - x * c, x * b - y * a]
    const turned = [a, b, c].map(
      (entry, i) => Math.cos(angle / 2) * entry + Math.sin(angle / 2) * (beside[i] as number),
    )
    return [
      { key: [a, b, c], beta: 2 },
      { key: turned, beta: 2 },
    ]
  }
  const rotationOf = ([first, second]: Reflection[]): number[][] =>
    multiply(matrixOf(second as Reflection), matrixOf(first as Reflection))

  const rotations = closure([
    rotationOf(mirrorsOf([0, 1, golden], (2 * Math.PI) / 5)),
    rotationOf(mirrorsOf([1, 1, 1], (2 * Math.PI) / 3)),
  ])
  /** Axis and angle of a rotation: what it leaves in place, and its trace 1 + 2 cos. */
  const reflections = rotations.map((rotation) => {
    const trace = rotation.reduce((sum, row, i) => sum + (row[i] as number), 0)
    const angle = Math.acos(Math.max(-1, Math.min(1, (trace - 1) / 2)))
    if (angle < 1e-6) return []
    // R + Rᵀ + (1 − tr R) I = (3 − tr R) n nᵀ, whose longest column is along the axis.
    const axes = identity(3).map((row, i) =>
      row.map((unit, j) => (rotation[i]?.[j] ?? 0) + (rotation[j]?.[i] ?? 0) + unit * (1 - trace)),
    )
    const lengths = axes.map((column) => Math.hypot(...column))
    const axis = axes[lengths.indexOf(Math.max(...lengths))] as number[]
    const near = (pair: Reflection[]): number =>
      Math.max(
        ...rotationOf(pair).flatMap((row, i) => row.map((x, j) => Math.abs(x - (rotation[i]?.[j] ?? 0)))),
      )
    const [one, other] = [mirrorsOf(axis, angle), mirrorsOf(axis, -angle)] as [Reflection[], Reflection[]]
    return near(one) < near(other) ? one : other
  })

  test('are A5, each a product of two reflections', () => {
    expect(rotations).toHaveLength(60)
    rotations.forEach((rotation, i) => {
      const made = reflections[i]?.length ? rotationOf(reflections[i] as Reflection[]) : identity(3)
      for (const [at, x] of made.flat().entries()) expect(x).toBeCloseTo(rotation.flat()[at] as number, 9)
    })
    const traces = rotations.map((rotation) => rotation.reduce((sum, row, i) => sum + (row[i] as number), 0))
    // Traces 3, −1 and 0 are rotations by 0, by half a turn and by a third; the others are by fifths.
    expect([3, -1, 0].map((trace) => traces.filter((x) => Math.abs(x - trace) < 1e-9).length)).toEqual([
      ...[1, 15, 20],
    ])
  })

  test.each(forms)('a word of 20 000 has no error, $name', ({ most, run }) => {
    const { construction, images, expected } = decode(rotations, reflections, most)
    const wrong = readouts(construction, run).filter((row, t) => nearest(row, images) !== expected[t])
    expect(wrong).toHaveLength(0)
  })
})
