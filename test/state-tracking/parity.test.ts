// Parity without any error, however long the string, by every scan whose eigenvalues reach −1 (Grazzi et al. 2025, theorem
// 1), and the same inputs with eigenvalues in [0,1], where no state ever changes its sign.

import { describe, expect, test } from 'vitest'
import type { Eigenvalues } from '../../lib/tensor/ops/eigenvalues.ts'
import * as ops from '../../lib/tensor/ops.ts'
import { Random } from '../../lib/tensor/random.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { differences, forms } from './delta-forms.ts'

const tokens = 200_000
const steps = 2000
const random = new Random(1)
const bits = Uint8Array.from({ length: tokens }, (_, t) => (t === 0 ? 0 : random.integer(0, 2)))

/** 1 for an even number of ones so far, −1 for an odd one. */
const signs = (() => {
  let sign = 1
  return Float32Array.from(bits, (bit) => {
    if (bit) sign = -sign
    return sign
  })
})()

/** A number for every token: one for zeros and one for ones. */
const perBit = (length: number, zero: number, one: number): Float32Array =>
  Float32Array.from(bits.subarray(0, length), (bit) => (bit ? one : zero))

describe('the delta rule on a state of one number', () => {
  /** k = 1; the first token writes 1 with β = 1; a one has β = `flip` and v = 0, a zero β = 0. */
  function operands(flip: number, length = tokens): ops.DeltaRuleInputs {
    const ones = Tensor.full([1, length, 1, 1], 1)
    const first = Float32Array.from({ length }, (_, t) => (t === 0 ? 1 : 0))
    const beta = perBit(length, 0, flip)
    beta[0] = 1
    return {
      q: ones,
      k: ones,
      v: Tensor.from(first, [1, length, 1, 1]),
      beta: Tensor.from(beta, [1, length, 1]),
      scale: 1,
    }
  }

  test.each(forms)('has no error, $name', ({ most, run }) => {
    const length = Math.min(most, tokens)
    scope(() => {
      expect(differences(run(operands(2, length)), signs.subarray(0, length))).toBe(0)
    })
  })

  test.each(forms)('never changes its sign with β up to 1, $name', ({ most, run }) => {
    const length = Math.min(most, tokens)
    scope(() => {
      for (const flip of [0.5, 1]) {
        const o = run(operands(flip, length))
        expect(o.every((value, t) => value >= 0 && (t === 0 || value <= (o[t - 1] as number)))).toBe(true)
        expect(o.at(-1)).toBeLessThan(1e-40)
      }
    })
  })
})

interface Form {
  name: string
  length: number
  run(eigenvalues: Eigenvalues): Float32Array
}

/** A scan as a chunked, a recurrent and a step form, each of which gives its readouts. */
function scanForms<Inputs extends { initialState: Tensor }>(scan: {
  /** Operands of the tokens in [start, end) with the state before them. */
  operands(eigenvalues: Eigenvalues, start: number, end: number): Omit<Inputs, 'initialState'>
  state(): Tensor
  whole: readonly ((inputs: Inputs) => Tensor)[]
  step(inputs: Inputs): Tensor
}): Form[] {
  const inputs = (eigenvalues: Eigenvalues, start: number, end: number, initialState: Tensor) =>
    ({ ...scan.operands(eigenvalues, start, end), initialState }) as Inputs
  return [
    ...scan.whole.map((form, i) => ({
      name: i === 0 ? 'chunked' : 'recurrent',
      length: tokens,
      run: (eigenvalues: Eigenvalues) =>
        scope(() => form(inputs(eigenvalues, 0, tokens, scan.state())).dataSync()),
    })),
    {
      name: 'step by step',
      length: steps,
      run: (eigenvalues) =>
        scope(() => {
          const state = scan.state()
          return Float32Array.from({ length: steps }, (_, t) =>
            scope(() => scan.step(inputs(eigenvalues, t, t + 1, state)).dataSync()[0] as number),
          )
        }),
    },
  ]
}

/** A one makes dt A = −20, so 2 exp(dt A) − 1 is −1 to the last bit; a zero has dt = 0. */
const decayTimes = perBit(tokens, 0, 20)
const times = (start: number, end: number): Float32Array => decayTimes.subarray(start, end)

const mamba = scanForms<ops.SelectiveScanInputs & { initialState: Tensor }>({
  operands: (eigenvalues, start, end) => ({
    u: Tensor.zeros([1, end - start, 1]),
    dt: Tensor.from(times(start, end), [1, end - start, 1]),
    A: Tensor.from([[-1]]),
    B: Tensor.zeros([1, end - start, 1]),
    C: Tensor.full([1, end - start, 1], 1),
    dtSoftplus: false,
    eigenvalues,
  }),
  state: () => Tensor.full([1, 1, 1], 1),
  whole: [(inputs) => ops.selectiveScan(inputs).y, (inputs) => ops.selectiveScanRecurrent(inputs).y],
  step: ops.selectiveScanStep,
})

const mamba2 = scanForms<ops.SsdInputs & { initialState: Tensor }>({
  operands: (eigenvalues, start, end) => ({
    x: Tensor.zeros([1, end - start, 1, 1]),
    dt: Tensor.from(times(start, end), [1, end - start, 1]),
    A: Tensor.from([-1]),
    B: Tensor.zeros([1, end - start, 1, 1]),
    C: Tensor.full([1, end - start, 1, 1], 1),
    dtSoftplus: false,
    eigenvalues,
  }),
  state: () => Tensor.full([1, 1, 1, 1], 1),
  whole: [(inputs) => ops.ssd(inputs).y, (inputs) => ops.ssdRecurrent(inputs).y],
  step: ops.ssdStep,
})

const gla = scanForms<ops.GlaInputs & { initialState: Tensor }>({
  // The range is in the decay itself: a gate α in [0,1] is taken as it is, or as 2 α − 1.
  operands: (eigenvalues, start, end) => {
    const decay = perBit(end, 1, eigenvalues === '[-1,1]' ? -1 : 0).subarray(start)
    return {
      q: Tensor.full([1, end - start, 1, 1], 1),
      k: Tensor.zeros([1, end - start, 1, 1]),
      v: Tensor.zeros([1, end - start, 1, 1]),
      decay: Tensor.from(decay, [1, end - start, 1, 1]),
      scale: 1,
    }
  },
  state: () => Tensor.full([1, 1, 1, 1], 1),
  whole: [(inputs) => ops.gla(inputs).o, (inputs) => ops.glaRecurrent(inputs).o],
  step: ops.glaStep,
})

describe.each([
  ['the selective scan of Mamba', mamba],
  ['the scan of Mamba-2', mamba2],
  ['gated linear attention', gla],
] as const)('%s', (_, scan) => {
  test.each(scan)('has no error in [-1,1], $name', ({ length, run }) => {
    expect(differences(run('[-1,1]'), signs.subarray(0, length))).toBe(0)
  })

  test.each(scan)('forgets everything in [0,1], $name', ({ run }) => {
    const y = run('[0,1]')
    expect(y.every((value) => value >= 0)).toBe(true)
    expect(y[0]).toBe(1)
    expect(y.at(-1)).toBe(0)
  })
})
