// Arrays of float64 with a shape, for references that are written as loops over indices.

/** Float64 numbers in row-major order. */
export class Numbers {
  readonly shape: readonly number[]
  readonly data: Float64Array

  constructor(shape: readonly number[], data: Float64Array = new Float64Array(sizeOf(shape))) {
    this.shape = shape
    this.data = data
  }

  /** The array whose element at each index is what `element` says. */
  static build(shape: readonly number[], element: (...index: number[]) => number): Numbers {
    const numbers = new Numbers(shape)
    let place = 0
    for (const index of indices(shape)) numbers.data[place++] = element(...index)
    return numbers
  }

  at(...index: number[]): number {
    return this.data[offsetOf(this.shape, index)] as number
  }

  set(value: number, ...index: number[]): void {
    this.data[offsetOf(this.shape, index)] = value
  }

  /** Size of a dimension; negative ones count from the last. */
  dim(dim: number): number {
    return this.shape.at(dim) as number
  }
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

/** Where an index lies in row-major order. */
export function offsetOf(shape: readonly number[], index: readonly number[]): number {
  return shape.reduce((offset, size, dim) => offset * size + (index[dim] as number), 0)
}

/** Every index of a shape, the last dimension fastest. */
export function* indices(shape: readonly number[]): Generator<number[]> {
  const count = sizeOf(shape)
  for (let place = 0; place < count; place++) {
    const index = new Array<number>(shape.length)
    let rest = place
    for (let dim = shape.length - 1; dim >= 0; dim--) {
      index[dim] = rest % (shape[dim] as number)
      rest = Math.floor(rest / (shape[dim] as number))
    }
    yield index
  }
}

/** RMS of the difference over the RMS of what was expected; below an RMS of `smallest` an error counts absolutely. */
export function relativeError(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  smallest = Number.MIN_VALUE,
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
