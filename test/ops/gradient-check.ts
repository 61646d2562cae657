// Checks an op against the same mathematics in float64: its results against a reference in plain JavaScript, its
// gradients against central differences of that reference, on whole tensors and on views of larger ones.

import { describe, expect, it } from 'vitest'
import * as ops from '../../lib/tensor/ops.ts'
import { Random } from '../../lib/tensor/random.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { indices, Numbers, offsetOf, relativeError, sizeOf } from './numbers.ts'

/** An operand: its shape, and where its values come from, uniform in [low, high) by default. */
export interface Input {
  shape: readonly number[]
  low?: number
  high?: number
  /** Given instead of drawn. */
  values?: readonly number[]
  /** Values at least 2 / size apart, for ops that compare them. */
  distinct?: boolean
  /** An index tensor, which takes no gradient. */
  integer?: boolean
  /** False for a float operand that takes no gradient. */
  gradient?: boolean
}

export interface OpCase<Name extends string = string> {
  name: string
  /** An operand that is undefined is absent, and so are its tensor and its numbers. */
  inputs: Record<Name, Input | undefined>
  run(x: Record<Name, Tensor>): Tensor | readonly Tensor[]
  reference(x: Record<Name, Numbers>): Numbers | readonly Numbers[]
  /** Bound of the relative RMS error where the default is too tight. */
  tolerance?: { outputs?: number; gradients?: number }
}

/** Lets TypeScript infer the names of the operands. */
export const opCase = <Name extends string>(entry: OpCase<Name>): OpCase => entry

/**
 * Ways an operand lies in memory: by itself; inside a larger tensor; inside one with every dimension reversed and a gap
 * between neighbours; inside one whose first two dimensions are exchanged, so that rows stay whole.
 */
const layouts = ['whole', 'narrowed', 'transposed', 'interleaved'] as const
type Layout = (typeof layouts)[number]

interface Placed {
  root: Tensor
  view: Tensor
  /** Where in the root an element of the operand lies. */
  place: (index: readonly number[]) => number[]
}

const margin = 3 // elements of a larger tensor beyond the operand, along every dimension

function placed(values: Numbers, wish: Layout, options: { integer?: boolean; gradient?: boolean }): Placed {
  const { integer = false, gradient = false } = options
  const layout = wish === 'interleaved' && values.shape.length < 2 ? 'narrowed' : wish
  const { shape } = values
  const rank = shape.length
  const wide = shape.map((size) => size + margin)
  const last = rank - 1
  const exchanged = [1, 0, ...wide.keys()].filter((dim, at) => at < 2 || dim > 1)
  const forms: Record<Layout, { root: readonly number[]; place: Placed['place'] }> = {
    whole: { root: shape, place: (index) => [...index] },
    narrowed: { root: wide, place: (index) => index.map((i) => i + 1) },
    transposed: {
      root: [...wide.toReversed(), 2],
      place: (index) => [...index.map((i) => i + 1).reverse(), 1],
    },
    interleaved: {
      root: exchanged.map((dim) => wide[dim] as number),
      place: (index) => exchanged.map((dim) => (index[dim] as number) + 1),
    },
  }
  const form = forms[layout]
  // What an op must not look at is poison: NaN spreads, and no table has a row -99.
  const data = new Float64Array(sizeOf(form.root)).fill(integer ? -99 : Number.NaN)
  for (const index of indices(shape)) data[offsetOf(form.root, form.place(index))] = values.at(...index)
  const root = integer
    ? Tensor.fromIndices(Int32Array.from(data), form.root)
    : Tensor.from(Float32Array.from(data), form.root)
  if (gradient) root.requireGradient()
  let view = root
  const narrowAll = (): void => {
    for (let dim = 0; dim < rank; dim++) view = view.narrow(dim, 1, shape[dim] as number)
  }
  if (layout === 'narrowed') narrowAll()
  if (layout === 'transposed') {
    view = view.narrow(rank, 1, 1).permute([...Array.from({ length: rank }, (_, dim) => last - dim), rank])
    narrowAll()
    view = view.reshape(shape)
  }
  if (layout === 'interleaved') {
    view = view.permute(exchanged)
    narrowAll()
  }
  return { root, view, place: form.place }
}

const difference = 1e-4
const outputTolerance = 1e-6
const gradientTolerance = 1e-5
/** RMS below which an error counts absolutely: some gradients are 0 but for rounding. */
const smallest = 1e-2

function draw(input: Input, random: Random): Numbers {
  const { shape, low = -1, high = 1, values, distinct } = input
  const count = sizeOf(shape)
  const grid = Array.from({ length: count }, (_, i) => low + ((i + 0.5) / count) * (high - low))
  const drawn = values ?? (distinct ? random.shuffle(grid) : grid.map(() => random.uniform(low, high)))
  return new Numbers(shape, Float64Array.from(drawn, Math.fround))
}

const list = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? (value as readonly T[]) : [value as T]

/** What the reference expects of an op: its outputs, and gradients of the sum of outputs times cotangents. */
function expectation(entry: OpCase) {
  const random = new Random(7).fork(entry.name)
  const present = Object.entries(entry.inputs).filter(
    (pair): pair is [string, Input] => pair[1] !== undefined,
  )
  const values: Record<string, Numbers> = {}
  for (const [name, input] of present) values[name] = draw(input, random.fork(name))
  const outputs = list(entry.reference(values))
  const cotangents = outputs.map((output) => draw({ shape: output.shape }, random))
  const loss = (): number => {
    let total = 0
    list(entry.reference(values)).forEach((output, at) => {
      output.data.forEach((value, i) => {
        total += value * (cotangents[at]?.data[i] as number)
      })
    })
    return total
  }
  const gradients = new Map<string, Float64Array>()
  for (const [name, input] of present) {
    if (input.integer || input.gradient === false) continue
    const data = (values[name] as Numbers).data
    gradients.set(
      name,
      data.map((value, i) => {
        data[i] = value + difference
        const above = loss()
        data[i] = value - difference
        const below = loss()
        data[i] = value
        return (above - below) / (2 * difference)
      }),
    )
  }
  return { present, values, outputs, cotangents, gradients }
}

/** Runs forward and backward `times` over operands that lie as told, and compares outputs and the named gradients. */
function check(
  entry: OpCase,
  expected: ReturnType<typeof expectation>,
  layout: Layout,
  wanted: readonly string[],
  times: number,
): void {
  scope(() => {
    const operands = new Map<string, Placed>()
    for (const [name, input] of expected.present) {
      const values = expected.values[name] as Numbers
      const gradient = wanted.includes(name)
      operands.set(name, placed(values, layout, { integer: input.integer ?? false, gradient }))
    }
    const views = Object.fromEntries(Array.from(operands, ([name, { view }]) => [name, view]))
    for (let round = 0; round < times; round++) {
      const outputs = list(entry.run(views))
      outputs.forEach((output, at) => {
        const reference = expected.outputs[at] as Numbers
        expect(output.shape, `shape of output ${at}`).toEqual(reference.shape)
        expect(
          relativeError(output.dataSync(), reference.data, smallest),
          `error of output ${at}`,
        ).toBeLessThanOrEqual(entry.tolerance?.outputs ?? outputTolerance)
      })
      if (wanted.length === 0) return
      let loss: Tensor | undefined
      outputs.forEach((output, at) => {
        const cotangent = placed(expected.cotangents[at] as Numbers, 'whole', {}).view
        const part = ops.sum(ops.multiply(output, cotangent))
        loss = loss ? ops.add(loss, part) : part
      })
      loss?.backward()
    }
    for (const name of wanted) {
      const { root, place } = operands.get(name) as Placed
      const gradient = root.gradient?.dataSync()
      if (!gradient) throw new Error(`${name} gathered no gradient`)
      const values = expected.values[name] as Numbers
      const within = Float64Array.from(indices(values.shape), (index) => {
        const at = offsetOf(root.shape, place(index))
        const value = gradient[at] as number
        gradient[at] = 0
        return value / times
      })
      expect(
        relativeError(within, expected.gradients.get(name) as Float64Array, smallest),
        `error of the gradient of ${name}`,
      ).toBeLessThanOrEqual(entry.tolerance?.gradients ?? gradientTolerance)
      expect(
        gradient.every((value) => value === 0),
        `no gradient of ${name} outside the view`,
      ).toBe(true)
    }
  })
}

/** Registers the tests of every case. */
export function battery(title: string, cases: readonly OpCase[]): void {
  describe(title, () => {
    for (const entry of cases) {
      let made: ReturnType<typeof expectation> | undefined
      const expected = () => {
        made ??= expectation(entry)
        return made
      }
      const all = (): string[] => [...expected().gradients.keys()]
      it(`${entry.name} agrees with float64, forward and backward`, () => {
        check(entry, expected(), 'whole', all(), 1)
        for (const layout of layouts.slice(1)) check(entry, expected(), layout, all(), 1)
      })
      it(`${entry.name} adds to the gradients that are wanted, and only to those`, () => {
        check(entry, expected(), 'narrowed', all(), 2)
        if (all().length > 1) for (const name of all()) check(entry, expected(), 'narrowed', [name], 1)
        check(entry, expected(), 'narrowed', [], 1)
      })
    }
  })
}
