// Transitions that are no group: projections that erase, and a bit that is overwritten (Grazzi et al. 2025, theorem 4).
// Eigenvalues 0 and 1 are enough for them.

import { describe, expect, test } from 'vitest'
import { findTask } from '../../lib/data/tasks/families.ts'
import { stringsOf } from '../../lib/data/tasks/strings.ts'
import * as ops from '../../lib/tensor/ops.ts'
import { Random } from '../../lib/tensor/random.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { forms, identity, operandsOf, readouts } from './delta-forms.ts'

describe('the product of the projections along all axes is zero', () => {
  const size = 5
  const erase = identity(size).map((key) => ({ key, beta: 1 }))
  const state = Array.from({ length: size }, (_, i) => [i + 0.1, Math.PI * i, -7 / (i + 1)])

  test.each([
    ['chunked', ops.deltaRule],
    ['recurrent', ops.deltaRuleRecurrent],
  ])('exactly, one a token or all in one, %s', (_, form) => {
    for (const steps of [erase.map((projection) => [projection]), [erase]])
      scope(() => {
        const { finalState } = form(operandsOf({ steps, state, query: [1, 1, 1, 1, 1] }))
        expect(finalState.dataSync().every((value) => value === 0)).toBe(true)
      })
  })

  test.each(forms)('a part of them leaves the rest as it was, $name', ({ run }) => {
    const steps = erase.slice(0, 4).map((projection) => [projection])
    // Whole numbers: chunks take what is erased from a sum, and fractions would be rounded on the way.
    const whole = state.map((row) => row.map(Math.round))
    const read = readouts({ steps, state: whole, query: [1, 0, 0, 0, 1] }, run)
    expect(read[3]).toEqual(Float32Array.from(whole[4] as number[]))
  })
})

test.each(forms)('flip-flop: the bit written last is read exactly, $name', ({ most, run }) => {
  const length = Math.min(most, 100_000) - 1
  const strings = findTask('flip-flop').batch({ count: 1, minimum: length, maximum: length }, new Random(4))
  const [{ ids, targets }] = stringsOf(strings) as [{ ids: Int32Array; targets: Int32Array }]
  const tokens = ids.length
  const [zero, write] = [1, 3]
  /** A bit that follows `w` is written over what was there: k = 1, β = 1. */
  const written = Float32Array.from(ids, (_, t) => (ids[t - 1] === write ? 1 : 0))
  const bits = Float32Array.from(ids, (id) => 2 * (id - zero) - 1)
  const o = scope(() => {
    const ones = Tensor.full([1, tokens, 1, 1], 1)
    return run({
      q: ones,
      k: ones,
      v: Tensor.from(bits, [1, tokens, 1, 1]),
      beta: Tensor.from(written, [1, tokens, 1]),
      scale: 1,
    })
  })
  const asked = Array.from(targets.keys()).filter((t) => (targets[t] as number) >= 0)
  expect(asked.length).toBeGreaterThan(tokens / 40)
  expect(asked.map((t) => o[t])).toEqual(asked.map((t) => 2 * (targets[t] as number) - 1))
})
