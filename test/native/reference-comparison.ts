// Compares ops with the float64 references: outputs, and the gradients of a loss that weighs every output at random.

import { beforeEach, expect } from 'vitest'
import * as ops from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'

/** Float64 numbers that float32 holds exactly, so that both sides read the same. */
export interface Operand {
  shape: readonly number[]
  values: Float64Array
}

/**
 * Rounding of one float32 operation is 6e-8 of its result; sums in vectors and tiles err by a few times that whatever
 * their length. Gradients of scans are twice as far from the inputs, and their terms cancel more.
 */
export const sumTolerance = { outputs: 1e-6, gradients: 2e-6 }
export const scanTolerance = { outputs: 1e-6, gradients: 5e-6 }

let draws = 0
beforeEach(() => {
  draws = 0 // A test draws the same numbers whether others ran before it or not.
})

function drawn(shape: readonly number[], draw: (stream: number) => Tensor): Operand {
  return scope(() => ({ shape, values: Float64Array.from(draw(++draws).dataSync()) }))
}

export const normal = (shape: readonly number[]): Operand =>
  drawn(shape, (stream) => Tensor.normal(shape, { seed: 11, stream }))

export const uniform = (shape: readonly number[], low: number, high: number): Operand =>
  drawn(shape, (stream) => Tensor.uniform(shape, { seed: 11, stream, low, high }))

/** Normal directions of unit length along the last dimension. */
export const directions = (shape: readonly number[]): Operand =>
  drawn(shape, (stream) => ops.l2Norm(Tensor.normal(shape, { seed: 11, stream }), { eps: 0 }))

/**
 * How an operand lies in memory: by itself; between its neighbours in wider rows, as after a fused projection; with
 * its second and third dimension exchanged, as when heads come first.
 */
export type Layout = 'whole' | 'slice' | 'heads first'

export const layouts: Layout[] = ['whole', 'slice', 'heads first']

const margin = 3 // numbers of a wider row on either side; not a multiple of any vector's width

/** Makes the root that gathers gradients, and a function from it, or from its gradient, to the operand's view. */
function placed({ shape, values }: Operand, layout: Layout): { root: Tensor; view(root: Tensor): Tensor } {
  const last = shape.length - 1
  const columns = shape[last] as number
  if (layout === 'slice') {
    const wide = columns + 2 * margin
    const data = new Float32Array((values.length / columns) * wide).fill(Number.NaN)
    for (let row = 0; row * columns < values.length; row++)
      data.set(values.subarray(row * columns, (row + 1) * columns), row * wide + margin)
    return {
      root: Tensor.from(data, [...shape.slice(0, last), wide]),
      view: (root) => root.narrow(last, margin, columns),
    }
  }
  const whole = Tensor.from(Float32Array.from(values), shape)
  if (layout === 'whole' || shape.length < 3) return { root: whole, view: (root) => root }
  return {
    root: Tensor.from(whole.transpose(1, 2).contiguous().dataSync(), whole.transpose(1, 2).shape),
    view: (root) => root.transpose(1, 2),
  }
}

/** What RMS a float32 gradient may have lost to underflow. */
const underflow = 1e-36

/** RMS of the difference over the RMS of what was expected, or over `smallest` where that is larger. */
export function relativeError(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  smallest = underflow,
): number {
  let error = 0
  let size = 0
  for (let i = 0; i < expected.length; i++) {
    error += ((actual[i] as number) - (expected[i] as number)) ** 2
    size += (expected[i] as number) ** 2
  }
  const count = Math.max(expected.length, 1)
  return Math.sqrt(error / count) / Math.max(Math.sqrt(size / count), smallest)
}

/** The numbers of operands, absent ones left out. */
export function valuesOf<Inputs extends Record<string, Operand | undefined>>(
  inputs: Inputs,
): { [Name in keyof Inputs]: Inputs[Name] extends Operand ? Float64Array : Float64Array | undefined } {
  const entries = Object.entries(inputs).filter((entry) => entry[1] !== undefined)
  return Object.fromEntries(entries.map(([name, operand]) => [name, operand?.values])) as ReturnType<
    typeof valuesOf<Inputs>
  >
}

/** Tensors of operands, absent ones left out. */
export function tensorsOf<Inputs extends Record<string, Operand | undefined>>(
  inputs: Inputs,
): { [Name in keyof Inputs]: Inputs[Name] extends Operand ? Tensor : Tensor | undefined } {
  const entries = Object.entries(inputs).filter((entry) => entry[1] !== undefined) as [string, Operand][]
  return Object.fromEntries(
    entries.map(([name, { shape, values }]) => [name, Tensor.from(Float32Array.from(values), shape)]),
  ) as ReturnType<typeof tensorsOf<Inputs>>
}

type Arrays<Names extends string> = Record<Names, Float64Array>

export interface Comparison<Inputs extends string, Outputs extends string> {
  inputs: Record<Inputs, Operand | undefined>
  layout?: Layout
  op(tensors: Record<Inputs, Tensor>): Record<Outputs, Tensor>
  reference(values: Arrays<Inputs>): Arrays<Outputs>
  gradients(values: Arrays<Inputs>, outputGradients: Arrays<Outputs>): Arrays<Inputs>
  /** Largest relative RMS error, of every output and of every gradient. */
  tolerance: { outputs: number; gradients: number }
  /** RMS below which the error of a named gradient counts absolutely, where some are 0 but for rounding. */
  smallest?(name: Inputs, gradients: Arrays<Inputs>): number
}

/** Runs the op forward and backward and holds every output and every gradient against the reference. */
export function compare<Inputs extends string, Outputs extends string>(
  comparison: Comparison<Inputs, Outputs>,
): void {
  const { layout = 'whole', tolerance, smallest } = comparison
  const present = (Object.entries(comparison.inputs) as [Inputs, Operand | undefined][]).filter(
    (entry): entry is [Inputs, Operand] => entry[1] !== undefined,
  )
  const values = Object.fromEntries(
    present.map(([name, operand]) => [name, operand.values]),
  ) as Arrays<Inputs>
  scope(() => {
    const places = present.map(([name, operand]) => ({ name, ...placed(operand, layout) }))
    for (const { root } of places) root.requireGradient()
    const outputs = comparison.op(
      Object.fromEntries(places.map(({ name, root, view }) => [name, view(root)])) as Record<Inputs, Tensor>,
    )
    const expected = comparison.reference(values)
    const outputGradients = {} as Arrays<Outputs>
    let loss: Tensor | undefined
    for (const [name, output] of Object.entries(outputs) as [Outputs, Tensor][]) {
      expect(relativeError(output.dataSync(), expected[name]), `error of ${name}`).toBeLessThanOrEqual(
        tolerance.outputs,
      )
      const weights = normal(output.shape)
      outputGradients[name] = weights.values
      const part = ops.sum(ops.multiply(output, placed(weights, 'whole').root))
      loss = loss ? ops.add(loss, part) : part
    }
    loss?.backward()
    const gradients = comparison.gradients(values, outputGradients)
    for (const { name, root, view } of places) {
      const gradient = root.gradient
      if (!gradient) throw new Error(`${name} gathered no gradient`)
      expect(
        relativeError(view(gradient).dataSync(), gradients[name], smallest?.(name, gradients)),
        `error of the gradient of ${name}`,
      ).toBeLessThanOrEqual(tolerance.gradients)
    }
  })
}
