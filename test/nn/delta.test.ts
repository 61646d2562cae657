// What the delta-rule layers leave to the scan, unit keys and the sigmoid of beta, is what ops before it would do.

import { expect, test } from 'vitest'
import * as ops from '../../lib/tensor/ops.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { clearGradients, Tensor, withoutGradients } from '../../lib/tensor/tensor.ts'

const [tokens, heads, keyDim, valueDim] = [70, 2, 12, 20]

function operands() {
  const leaf = (shape: number[], seed: number): Tensor => Tensor.normal(shape, { seed }).requireGradient()
  return {
    q: leaf([1, tokens, heads, keyDim], 1),
    k: leaf([1, tokens, heads, keyDim], 2),
    v: leaf([1, tokens, heads, valueDim], 3),
    beta: leaf([1, tokens, heads], 4),
  }
}

const closeTo = (actual: Float32Array, expected: Float32Array, name: string): void =>
  actual.forEach((value, i) => {
    expect(Math.abs(value - (expected[i] as number)), name).toBeLessThan(2e-5)
  })

test.each([1, 2] as const)('with a sigmoid times %i, forward, backward and in steps', (betaSigmoid) => {
  scope(() => {
    const inputs = operands()
    // A key of zeros stays one: its length is the root of the 1e-6 that is added.
    inputs.k.write(inputs.k.dataSync().fill(0, 0, keyDim))
    const leaves = Object.values(inputs)
    const results = (o: Tensor): Float32Array[] => {
      clearGradients(leaves)
      ops.sum(ops.multiply(o, Tensor.normal(o.shape, { seed: 9 }))).backward()
      return [o, ...leaves.map((leaf) => leaf.gradient as Tensor)].map((x) => x.dataSync())
    }
    const within = results(ops.deltaRule({ ...inputs, normalizeQk: true, betaSigmoid }).o)
    const before = results(
      ops.deltaRule({
        q: ops.l2Norm(inputs.q, { eps: 1e-6 }),
        k: ops.l2Norm(inputs.k, { eps: 1e-6 }),
        v: inputs.v,
        beta: ops.multiply(ops.sigmoid(inputs.beta), betaSigmoid),
      }).o,
    )
    for (const [i, name] of ['o', ...Object.keys(inputs)].entries()) {
      const size = Math.max(...(before[i] as Float32Array).map(Math.abs))
      closeTo(
        (within[i] as Float32Array).map((value) => value / size),
        (before[i] as Float32Array).map((value) => value / size),
        name,
      )
    }
    const initialState = Tensor.zeros([1, heads, keyDim, valueDim])
    for (let t = 0; t < tokens; t++) {
      const one = Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, x.narrow(1, t, 1)]))
      const o = withoutGradients(() =>
        ops.deltaRuleStep({
          ...(one as typeof inputs),
          ...{ initialState, normalizeQk: true, betaSigmoid },
        }),
      )
      const width = heads * valueDim
      closeTo(o.dataSync(), (before[0] as Float32Array).subarray(t * width, (t + 1) * width), `step ${t}`)
    }
  })
})
