// Constructions that a linear RNN with eigenvalues in [-1,1] solves without any error, however long the sequence: parity
// and permutations (Grazzi et al. 2025). They also show that no form of a scan loses a sign or a bit on the way.

import { describe, expect, it } from 'vitest'
import * as ops from '../../lib/tensor/ops.ts'
import { Random } from '../../lib/tensor/random.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'

const tokens = 200_000

function randomBits(seed: number): Uint8Array {
  const random = new Random(seed)
  return Uint8Array.from({ length: tokens }, (_, t) => (t === 0 ? 0 : random.integer(0, 2)))
}

/** 1 for an even number of ones so far, -1 for an odd one. */
function paritySigns(bits: Uint8Array): Float32Array {
  let sign = 1
  return Float32Array.from(bits, (bit) => {
    if (bit) sign = -sign
    return sign
  })
}

function differences(actual: Float32Array, expected: Float32Array): number {
  return expected.reduce((count, value, t) => count + (actual[t] === value ? 0 : 1), 0)
}

describe('parity by the delta rule on a state of one number', () => {
  const bits = randomBits(1)

  /** k = 1; the first token writes 1 with β = 1; a one has β = `flip` and v = 0, a zero β = 0. */
  function operands(flip: number): ops.DeltaRuleInputs {
    const ones = Tensor.full([1, tokens, 1, 1], 1)
    const v = Tensor.from(
      Float32Array.from({ length: tokens }, (_, t) => (t === 0 ? 1 : 0)),
      [1, tokens, 1, 1],
    )
    const beta = Tensor.from(
      Float32Array.from(bits, (bit, t) => (t === 0 ? 1 : bit * flip)),
      [1, tokens, 1],
    )
    return { q: ones, k: ones, v, beta, scale: 1 }
  }

  it.each([
    ['chunked', ops.deltaRule],
    ['recurrent', ops.deltaRuleRecurrent],
  ])('has no error in 200 000 tokens, %s', (_, form) => {
    scope(() => {
      expect(differences(form(operands(2)).o.dataSync(), paritySigns(bits))).toBe(0)
    })
  })

  it('has no error step by step', () => {
    scope(() => {
      const { q, k, v, beta } = operands(2)
      const state = Tensor.zeros([1, 1, 1, 1])
      const signs = paritySigns(bits)
      for (let t = 0; t < 3000; t++)
        scope(() => {
          const [qt, kt, vt, betat] = [q, k, v, beta].map((x) => x.narrow(1, t, 1)) as [
            Tensor,
            Tensor,
            Tensor,
            Tensor,
          ]
          const o = ops.deltaRuleStep({ q: qt, k: kt, v: vt, beta: betat, initialState: state, scale: 1 })
          if (t % 100 === 99) expect(o.dataSync()[0]).toBe(signs[t])
        })
    })
  })

  it('is out of reach with eigenvalues in [0,1]: the state never changes its sign', () => {
    scope(() => {
      for (const flip of [0.5, 1]) {
        const o = ops.deltaRule(operands(flip)).o.dataSync()
        expect(o.every((value) => value >= 0)).toBe(true)
        expect(o.at(-1)).toBeLessThan(1e-40)
      }
    })
  })
})

describe('parity by the selective scan', () => {
  const bits = randomBits(2)

  /** A one makes dt A = −20, so 2 exp(dt A) − 1 is −1 to the last bit; a zero has dt = 0. Only the first token writes. */
  function operands(): Omit<ops.SelectiveScanInputs, 'eigenvalues'> {
    const first = Float32Array.from({ length: tokens }, (_, t) => (t === 0 ? 1 : 0))
    const dt = Float32Array.from(bits, (bit, t) => (t === 0 ? 1 : bit * 20))
    return {
      u: Tensor.full([1, tokens, 1], 1),
      dt: Tensor.from(dt, [1, tokens, 1]),
      A: Tensor.from([[-1]]),
      B: Tensor.from(first, [1, tokens, 1]),
      C: Tensor.full([1, tokens, 1], 1),
      dtSoftplus: false,
    }
  }

  it.each([
    ['chunked', ops.selectiveScan],
    ['recurrent', ops.selectiveScanRecurrent],
  ])('has no error in 200 000 tokens, %s', (_, form) => {
    scope(() => {
      const { y } = form({ ...operands(), eigenvalues: '[-1,1]' })
      expect(differences(y.dataSync(), paritySigns(bits))).toBe(0)
    })
  })

  it('has no error step by step', () => {
    scope(() => {
      const { u, dt, A, B, C } = operands()
      const state = Tensor.zeros([1, 1, 1])
      const signs = paritySigns(bits)
      for (let t = 0; t < 3000; t++)
        scope(() => {
          const [ut, dtt, Bt, Ct] = [u, dt, B, C].map((x) => x.narrow(1, t, 1)) as [
            Tensor,
            Tensor,
            Tensor,
            Tensor,
          ]
          const y = ops.selectiveScanStep({
            u: ut,
            dt: dtt,
            A,
            B: Bt,
            C: Ct,
            initialState: state,
            dtSoftplus: false,
            eigenvalues: '[-1,1]',
          })
          if (t % 100 === 99) expect(y.dataSync()[0]).toBe(signs[t])
        })
    })
  })

  it('is out of reach with eigenvalues in [0,1]: the same inputs forget everything', () => {
    scope(() => {
      const y = ops.selectiveScan({ ...operands(), eigenvalues: '[0,1]' }).y.dataSync()
      expect(y.every((value) => value >= 0)).toBe(true)
      expect(y.at(-1)).toBe(0)
    })
  })
})

describe('permutations by swaps, with keys of whole numbers', () => {
  // k = e_i − e_j and β = 1 exchange rows i and j of the state: all numbers stay whole, so nothing is rounded.
  const elements = 5
  const random = new Random(3)
  const swaps = Array.from({ length: tokens }, (): [number, number] => {
    const i = random.integer(0, elements)
    return [i, (i + random.integer(1, elements)) % elements]
  })

  function operands(householders: number): ops.DeltaRuleInputs {
    const keys = new Float32Array(tokens * elements)
    swaps.forEach(([i, j], t) => {
      keys[t * elements + i] = 1
      keys[t * elements + j] = -1
    })
    const read = tokens / householders
    return {
      q: Tensor.from(
        Float32Array.from({ length: read * elements }, (_, at) => (at % elements === 2 ? 1 : 0)),
        [1, read, 1, elements],
      ),
      k: Tensor.from(keys, [1, tokens, 1, elements]),
      v: Tensor.zeros([1, tokens, 1, 1]),
      beta: Tensor.full([1, tokens, 1], 1),
      initialState: Tensor.from([1, 2, 3, 4, 5]).reshape([1, 1, elements, 1]),
      scale: 1,
      householders,
    }
  }

  it.each([
    ['chunked', 1, ops.deltaRule],
    ['recurrent', 1, ops.deltaRuleRecurrent],
    ['chunked, four swaps a token', 4, ops.deltaRule],
    ['recurrent, four swaps a token', 4, ops.deltaRuleRecurrent],
  ])('have no error in 200 000 swaps, %s', (_, householders, form) => {
    scope(() => {
      const { o, finalState } = form(operands(householders))
      const order = [1, 2, 3, 4, 5]
      const third: number[] = []
      swaps.forEach(([i, j], t) => {
        ;[order[i], order[j]] = [order[j] as number, order[i] as number]
        if (t % householders === householders - 1) third.push(order[2] as number)
      })
      expect(Array.from(finalState.dataSync())).toEqual(order)
      expect(differences(o.dataSync(), Float32Array.from(third))).toBe(0)
    })
  })

  it('are out of reach with eigenvalues in [0,1]: the elements melt into their mean', () => {
    scope(() => {
      const inputs = operands(1)
      const { finalState } = ops.deltaRule({ ...inputs, beta: Tensor.full([1, tokens, 1], 0.5) })
      for (const value of finalState.dataSync()) expect(value).toBeCloseTo(3, 3)
    })
  })
})
