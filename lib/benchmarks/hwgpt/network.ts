// The published networks: four hidden layers with ReLU and one output.

import { numbersOf, type Tensors } from './files.ts'

interface Layer {
  /** (out, in), row by row. */
  readonly weight: ArrayLike<number>
  readonly bias: ArrayLike<number>
}

export class Network {
  private readonly layers_: readonly Layer[]

  /** @param prefix of the names of its tensors, e.g. `s.latencies.a100.` */
  constructor(tensors: Tensors, prefix: string) {
    this.layers_ = [1, 2, 3, 4, 5].map((number) => ({
      weight: numbersOf(tensors, `${prefix}fc${number}.weight`),
      bias: numbersOf(tensors, `${prefix}fc${number}.bias`),
    }))
  }

  predict(input: readonly number[]): number {
    let values = Float64Array.from(input)
    this.layers_.forEach(({ weight, bias }, depth) => {
      const next = new Float64Array(bias.length)
      for (let o = 0; o < next.length; o++) {
        let sum = bias[o] as number
        for (let i = 0; i < values.length; i++)
          sum += (weight[o * values.length + i] as number) * (values[i] as number)
        next[o] = depth + 1 < this.layers_.length ? Math.max(sum, 0) : sum
      }
      values = next
    })
    return values[0] as number
  }
}
