// Packed sequences: every scan that takes `cuSeqlens` gives, bit for bit, what each sequence gives alone.

import { describe, expect, it } from 'vitest'
import * as ops from '../../lib/tensor/ops.ts'
import { Program } from '../../lib/tensor/program.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { relativeError } from '../ops/numbers.ts'
import { matrixScans } from './matrix-scans.ts'
import { tensorsOf } from './reference-comparison.ts'

/** Lengths of sequences around the edges of tiles and chunks, with empty ones first, in between and last. */
const lengthLists = [[1], [5, 0, 3], [0, 64, 65, 1, 0], [1, 2, 3, 4, 31, 130, 7], [0, 0]]

type Tensors = Record<string, Tensor>

interface PackedScan {
  /** Operands of `tokens` tokens in `count` sequences: (1, T, ..), or shared by all. */
  operands(tokens: number, count: number): Tensors
  /** Which of them every sequence reads; the others but `initialState` have tokens. */
  shared: readonly string[]
  run(operands: Tensors, cuSeqlens?: ArrayLike<number>): Tensors
}

let seed = 0
const normal = (...shape: number[]): Tensor => Tensor.normal(shape, { seed: seed++ })

const scans: Record<string, PackedScan> = {
  ...Object.fromEntries(
    [1, 3, 4, 6].map((width): [string, PackedScan] => [
      `causalConv1d of ${width} taps`,
      {
        operands: (tokens, count) => ({
          x: normal(1, tokens, 37),
          weight: normal(37, width),
          bias: normal(37),
          initialState: normal(count, width - 1, 37),
        }),
        shared: ['weight', 'bias'],
        run: (operands, cuSeqlens) =>
          ops.causalConv1d({
            ...(operands as unknown as ops.CausalConv1dInputs),
            activation: 'silu',
            cuSeqlens,
          }),
      },
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(matrixScans).map(([name, scan]): [string, PackedScan] => [
      name,
      {
        operands: (tokens, count) =>
          tensorsOf(
            scan.operands({
              ...{ batch: 1, tokens, heads: 1, valueHeads: 2, keyDim: 18, valueDim: 20 },
              sequences: count,
            }),
          ),
        shared: scan.shared,
        run: scan.chunked,
      },
    ]),
  ),
  ...Object.fromEntries(
    (['[0,1]', '[-1,1]'] as const).map((eigenvalues): [string, PackedScan] => [
      `selectiveScan in ${eigenvalues}`,
      {
        operands: (tokens, count) => ({
          u: normal(1, tokens, 37),
          dt: normal(1, tokens, 37),
          A: Tensor.uniform([37, 5], { seed: seed++, low: -3, high: -0.1 }),
          B: normal(1, tokens, 5),
          C: normal(1, tokens, 5),
          D: normal(37),
          z: normal(1, tokens, 37),
          dtBias: normal(37),
          initialState: normal(count, 37, 5),
        }),
        shared: ['A', 'D', 'dtBias'],
        run: (operands, cuSeqlens) =>
          ops.selectiveScan({ ...(operands as unknown as ops.SelectiveScanInputs), eigenvalues, cuSeqlens }),
      },
    ]),
  ),
}

/** Sums the products of outputs with random numbers, so that every element has a gradient of its own. */
function loss(outputs: readonly Tensor[], cotangents: readonly Tensor[]): Tensor {
  return outputs
    .map((output, at) => ops.sum(ops.multiply(output, cotangents[at] as Tensor)))
    .reduce((sum, part) => ops.add(sum, part))
}

const bits = (tensor: Tensor | null | undefined): Float32Array =>
  (tensor as Tensor).dataSync() as Float32Array

function expectSameBits(actual: Float32Array, expected: Float32Array, what: string): void {
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) =>
    new Uint8Array(buffer, byteOffset, byteLength)
  expect(Buffer.compare(bytes(actual), bytes(expected)), what).toBe(0)
}

describe.each(Object.entries(scans))('%s', (_, { operands, shared, run }) => {
  it.each(lengthLists.map((lengths) => [lengths.join(', '), lengths] as const))(
    'of %s tokens is that of each sequence alone',
    (_, lengths) => {
      scope(() => {
        const starts = [0]
        for (const length of lengths) starts.push((starts.at(-1) as number) + length)
        const tokens = starts.at(-1) as number
        const whole = operands(tokens, lengths.length)
        for (const x of Object.values(whole)) x.requireGradient()
        const packed = run(whole, Int32Array.from(starts))
        const cotangents = Object.fromEntries(
          Object.entries(packed).map(([name, output]) => [name, normal(...output.shape)]),
        )
        loss(Object.values(packed), Object.values(cotangents)).backward()

        const sums: Record<string, Float64Array> = {}
        lengths.forEach((length, at) => {
          const partOf = (name: string, x: Tensor): Tensor => {
            if (shared.includes(name)) return x
            if (/State$/.test(name)) return x.narrow(0, at, 1)
            const rows = tokens && (x.shape[1] as number) / tokens // of a token
            return x.narrow(1, rows * (starts[at] as number), rows * length)
          }
          const part = (all: Tensors): Tensors =>
            Object.fromEntries(Object.entries(all).map(([name, x]) => [name, partOf(name, x)]))
          const alone = Object.fromEntries(
            Object.entries(part(whole)).map(([name, x]) => [
              name,
              Tensor.from(bits(x), x.shape).requireGradient(),
            ]),
          )
          const outputs = run(alone)
          for (const [name, output] of Object.entries(part(packed)))
            expectSameBits(bits(output), bits(outputs[name]), `${name} of sequence ${at}`)
          loss(Object.values(outputs), Object.values(part(cotangents))).backward()
          for (const [name, x] of Object.entries(alone)) {
            const gradient = x.gradient ? bits(x.gradient) : new Float32Array(x.size)
            if (shared.includes(name)) {
              sums[name] ??= new Float64Array(gradient.length)
              gradient.forEach((value, i) => {
                ;(sums[name] as Float64Array)[i] = (sums[name]?.[i] as number) + value
              })
            } else {
              const found = partOf(name, (whole[name] as Tensor).gradient as Tensor)
              expectSameBits(bits(found), gradient, `gradient of ${name} of sequence ${at}`)
            }
          }
        })
        for (const [name, sum] of Object.entries(sums))
          expect(relativeError(bits(whole[name]?.gradient), sum, 1e-6), `gradient of ${name}`).toBeLessThan(
            2e-6,
          )
      })
    },
  )

  it('leaves the state of a sequence without tokens as it is', () => {
    scope(() => {
      const inputs = operands(3, 3)
      const stateOf = (x: Tensors) => Object.entries(x).find(([name]) => name.endsWith('State'))?.[1]
      const [initialState, finalState] = [stateOf(inputs), stateOf(run(inputs, [0, 0, 3, 3]))]
      for (const at of [0, 2])
        expect(bits(finalState?.narrow(0, at, 1))).toEqual(bits(initialState?.narrow(0, at, 1)))
    })
  })

  it('refuses starts that do not fit, naming `cuSeqlens`', () => {
    scope(() => {
      const inputs = operands(4, 2)
      const refusal = (cuSeqlens: number[]) => expect(() => run(inputs, cuSeqlens), `${cuSeqlens}`)
      refusal([]).toThrow(
        '`cuSeqlens` must hold the start of every sequence and the end of the last, got 0 numbers',
      )
      refusal([0, 1.5, 4]).toThrow(new RangeError('`cuSeqlens` must hold whole numbers from 0, got 1.5'))
      refusal([0, Number.NaN, 4]).toThrow('`cuSeqlens` must hold whole numbers from 0, got nan')
      refusal([1, 2, 4]).toThrow('`cuSeqlens` must start with 0, got 1')
      refusal([0, 3, 2]).toThrow('`cuSeqlens` must not decrease, got 2 after 3')
      refusal([0, 2, 5]).toThrow('`cuSeqlens` must end with the number of tokens, 4, got 5')
      refusal([0, 4]).toThrow(/`initialState.*` must have shape \[1,/)
    })
  })
})

it('packed sequences pass through the selective scan token by token, too', () => {
  scope(() => {
    const scan = scans['selectiveScan in [-1,1]'] as PackedScan
    const inputs = scan.operands(40, 4) as unknown as ops.SelectiveScanInputs
    const packed = { ...inputs, eigenvalues: '[-1,1]', cuSeqlens: [0, 33, 33, 34, 40] } as const
    const [chunked, recurrent] = [ops.selectiveScan(packed), ops.selectiveScanRecurrent(packed)]
    expect(relativeError(bits(recurrent.y), bits(chunked.y))).toBeLessThan(1e-6)
    expect(relativeError(bits(recurrent.finalState), bits(chunked.finalState))).toBeLessThan(1e-6)
  })
})

it('packed sequences come in a batch of one', () => {
  scope(() => {
    const inputs = { x: normal(2, 4, 3), weight: normal(3, 4), cuSeqlens: [0, 4] }
    expect(() => ops.causalConv1d(inputs)).toThrow('`cuSeqlens` must come with a batch of 1, got 2')
  })
})

it('a captured program keeps the starts of its sequences', () => {
  scope(() => {
    const inputs = { x: normal(1, 9, 5), weight: normal(5, 4) }
    const expected = bits(ops.causalConv1d({ ...inputs, cuSeqlens: [0, 4, 9] }).y)
    using program = Program.capture(() => ops.causalConv1d({ ...inputs, cuSeqlens: [0, 4, 9] }).y)
    program.run()
    expect(bits(program.output)).toEqual(expected)
  })
})
