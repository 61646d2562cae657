// Finite groups as numbered elements: cyclic, symmetric and alternating groups and their direct products. Element 0 is the
// identity. The product a·b is a first, then b, so that a running product takes the next element on its right.

export interface Group {
  /** `S3_x_Z2`. */
  readonly name: string
  readonly order: number
  multiply(a: number, b: number): number
  /** Where an element takes the points that the group acts on: point p to entry p. */
  permutation(element: number): readonly number[]
  /** `(1 2)(3 4)`, `e`, or a number of a cyclic group. */
  print(element: number): string
}

/** Largest number of elements; S6 has as many. */
export const largestOrder = 720

const kinds = /^([ZSA])(\d+)$/

/**
 * The group that a name such as `S5`, `A5`, `Z60` or `S3_x_Z2` tells.
 *
 * @returns undefined for a name of another form
 * @throws RangeError for a group with fewer than two or more than {@link largestOrder} elements
 */
export function parseGroup(name: string): Group | undefined {
  const factors = name.split('_x_').map((factor) => kinds.exec(factor))
  if (!factors.every((match) => match !== null)) return undefined
  const named = factors.map((match) => ({ kind: match[1] as string, degree: Number(match[2]) }))
  const order = named.reduce((product, { kind, degree }) => product * orderOf(kind, degree), 1)
  if (order > largestOrder || named.some(({ kind, degree }) => orderOf(kind, degree) < 2))
    throw new RangeError(
      `\`task\` must name groups of 2 elements or more, and ${largestOrder} all together at most, got ${
        order > largestOrder ? (Number.isFinite(order) ? order : 'more') : 'fewer than 2'
      } in "${name}"`,
    )
  return cached(name, () => named.map(({ kind, degree }) => simpleGroup(kind, degree)).reduce(directProduct))
}

function orderOf(kind: string, degree: number): number {
  if (kind === 'Z') return degree
  let factorial = 1
  for (let i = 2; i <= degree && Number.isFinite(factorial); i++) factorial *= i
  return kind === 'S' ? factorial : factorial / 2
}

const groups = new Map<string, Group>()

/** Multiplication tables are made once. */
function cached(name: string, make: () => Group): Group {
  const group = groups.get(name) ?? make()
  groups.set(name, group)
  return group
}

const simpleGroup = (kind: string, degree: number): Group =>
  kind === 'Z' ? cyclicGroup(degree) : permutationGroup(kind, degree)

/** Rotations of `order` points. */
function cyclicGroup(order: number): Group {
  return {
    name: `Z${order}`,
    order,
    multiply: (a, b) => (a + b) % order,
    permutation: (element) => Array.from({ length: order }, (_, point) => (point + element) % order),
    print: String,
  }
}

/** Permutations of `degree` points in lexicographic order, all of them or the even ones. */
function permutationGroup(kind: string, degree: number): Group {
  const all = permutations(Array.from({ length: degree }, (_, point) => point))
  const elements = kind === 'S' ? all : all.filter((permutation) => inversions(permutation) % 2 === 0)
  const numbers = new Map(elements.map((permutation, number) => [permutation.join(), number]))
  const order = elements.length
  const table = new Uint16Array(order * order)
  elements.forEach((a, i) => {
    elements.forEach((b, j) => {
      table[i * order + j] = numbers.get(a.map((point) => b[point]).join()) as number
    })
  })
  return {
    name: `${kind}${degree}`,
    order,
    multiply: (a, b) => table[a * order + b] as number,
    permutation: (element) => elements[element] as readonly number[],
    print: (element) => printCycles(elements[element] as readonly number[]),
  }
}

function permutations(points: readonly number[]): number[][] {
  if (points.length === 0) return [[]]
  return points.flatMap((first) =>
    permutations(points.filter((point) => point !== first)).map((rest) => [first, ...rest]),
  )
}

/** Pairs of points that change their order. */
function inversions(permutation: readonly number[]): number {
  return permutation.reduce(
    (count, to, from) => count + permutation.slice(from + 1).filter((other) => other < to).length,
    0,
  )
}

/** Cycles of points from 1, without those that stay. */
function printCycles(permutation: readonly number[]): string {
  const seen = new Set<number>()
  const cycles = permutation.flatMap((_, start) => {
    const cycle: number[] = []
    for (let point = start; !seen.has(point); point = permutation[point] as number) {
      seen.add(point)
      cycle.push(point + 1)
    }
    return cycle.length > 1 ? [`(${cycle.join(' ')})`] : []
  })
  return cycles.join('') || 'e'
}

/** Pairs of elements, the second counting fastest; it acts on the points of both, side by side. */
function directProduct(first: Group, second: Group): Group {
  const split = (element: number): [number, number] => [
    Math.floor(element / second.order),
    element % second.order,
  ]
  return {
    name: `${first.name}_x_${second.name}`,
    order: first.order * second.order,
    multiply(x, y) {
      const [a, b] = split(x)
      const [c, d] = split(y)
      return first.multiply(a, c) * second.order + second.multiply(b, d)
    },
    permutation(element) {
      const [a, b] = split(element)
      const points = first.permutation(a)
      return [...points, ...second.permutation(b).map((point) => point + points.length)]
    },
    print(element) {
      const [a, b] = split(element)
      return `<${first.print(a)}, ${second.print(b)}>`
    },
  }
}

/** How many points an element moves. */
export const displacedPoints = (group: Group, element: number): number =>
  group.permutation(element).filter((to, from) => to !== from).length
