// The other fast ops with a float64 loop in native/reference against it, at sizes around the edges of tiles and vectors.

import { expect, test } from 'vitest'
import * as ops from '../../lib/tensor/ops.ts'
import * as reference from '../../lib/tensor/reference.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import {
  compare,
  type Layout,
  layouts,
  normal,
  relativeError,
  sumTolerance,
  tensorsOf,
  valuesOf,
} from './reference-comparison.ts'

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('causalConv1d of %i taps', (width) => {
  const batch = 2
  for (const [tokens, channels, silu, biased] of [
    [1, 1, false, true],
    [3, 17, true, false],
    [70, 40, true, true],
    [33, 131, false, false],
  ] as const) {
    const sizes = { batch, tokens, channels, width, silu }
    compare({
      inputs: {
        x: normal([batch, tokens, channels]),
        weight: normal([channels, width]),
        bias: biased ? normal([channels]) : undefined,
        initialState: biased ? normal([batch, width - 1, channels]) : undefined,
      },
      layout: layouts[(width + tokens) % layouts.length] as Layout,
      op: (tensors) => ops.causalConv1d({ ...tensors, activation: silu ? 'silu' : null }),
      reference: (values) => ({ ...reference.causalConv1d({ ...sizes, ...values }) }),
      gradients: (values, outputs) => reference.causalConv1dGradients({ ...sizes, ...values }, outputs),
      tolerance: sumTolerance,
    })
  }
})

test('causalConv1dStep goes on from the inputs before it', () => {
  const [batch, tokens, channels] = [2, 7, 19]
  for (const width of [2, 4, 9]) {
    const operands = {
      x: normal([batch, tokens, channels]),
      weight: normal([channels, width]),
      initialState: normal([batch, width - 1, channels]),
    }
    const sizes = { batch, tokens, channels, width, silu: true }
    const expected = reference.causalConv1d({ ...sizes, ...valuesOf(operands) })
    scope(() => {
      const { initialState: state, ...tensors } = tensorsOf(operands)
      const { y } = ops.causalConv1dStep({ ...tensors, state, activation: 'silu' })
      expect(relativeError(y.dataSync(), expected.y)).toBeLessThanOrEqual(sumTolerance.outputs)
      expect(relativeError(state.dataSync(), expected.finalState)).toBe(0)
    })
  }
})

interface AttentionCase {
  tokens: number
  heads: number
  keyHeads: number
  keyDim: number
  valueDim: number
  window?: number
  layout?: Layout
}

const attentionCases: AttentionCase[] = [
  { tokens: 1, heads: 1, keyHeads: 1, keyDim: 1, valueDim: 1 },
  { tokens: 7, heads: 2, keyHeads: 2, keyDim: 8, valueDim: 5, window: 3 },
  { tokens: 64, heads: 2, keyHeads: 1, keyDim: 16, valueDim: 16, layout: 'slice' },
  { tokens: 65, heads: 4, keyHeads: 2, keyDim: 33, valueDim: 32, window: 2 },
  { tokens: 127, heads: 2, keyHeads: 2, keyDim: 64, valueDim: 64, window: 64, layout: 'heads first' },
  { tokens: 150, heads: 6, keyHeads: 2, keyDim: 40, valueDim: 24, window: 37, layout: 'slice' },
  { tokens: 150, heads: 3, keyHeads: 1, keyDim: 20, valueDim: 70, layout: 'heads first' },
]

test.each(attentionCases)('attention of $tokens tokens, $heads heads on $keyHeads: %o', (entry) => {
  const { tokens, heads, keyHeads, keyDim, valueDim, window = 0, layout = 'whole' } = entry
  const batch = 2
  const sizes = { batch, tokens, heads, keyHeads, keyDim, valueDim, window, scale: keyDim ** -0.5 }
  compare({
    inputs: {
      q: normal([batch, tokens, heads, keyDim]),
      k: normal([batch, tokens, keyHeads, keyDim]),
      v: normal([batch, tokens, keyHeads, valueDim]),
    },
    layout,
    op: (tensors) => ({ o: ops.attention(tensors, { window }) }),
    reference: (values) => reference.attention({ ...sizes, ...values }),
    gradients: (values, outputs) => reference.attentionGradients({ ...sizes, ...values }, outputs),
    tolerance: sumTolerance,
  })
})

test('attention to the own token alone is its value, whatever the query', () => {
  const sizes = [2, 9, 3, 16]
  const operands = { q: normal(sizes), k: normal(sizes), v: normal(sizes) }
  scope(() => {
    const tensors = tensorsOf(operands)
    for (const tensor of Object.values(tensors)) tensor.requireGradient()
    const o = ops.attention(tensors, { window: 1 })
    expect(o.dataSync()).toEqual(tensors.v.dataSync())
    ops.sum(o).backward()
    const rounding = 2e-6 // of the two equal terms, of order one, whose difference the gradient is
    for (const { gradient } of [tensors.q, tensors.k]) {
      if (!gradient) throw new Error('no gradient was gathered')
      expect(Math.max(...gradient.dataSync().map(Math.abs))).toBeLessThan(rounding)
    }
    expect(new Set(tensors.v.gradient?.dataSync())).toEqual(new Set([1]))
  })
})

test.each([
  { position: 0, keyDim: 2, tokens: 5 },
  { position: 0, keyDim: 64, tokens: 150 },
  { position: 37, keyDim: 34, tokens: 20 },
  { position: 100_000, keyDim: 48, tokens: 9 },
])('rotary from position $position on: %o', ({ position, keyDim, tokens }) => {
  const [batch, heads, base] = [2, 3, 10_000]
  const sizes = { batch, tokens, heads, keyDim, base, position }
  /** The adjoint of a rotation turns back: mirror the pairs, turn, mirror again. */
  const mirrored = (x: Float64Array): Float64Array =>
    x.map((value, i) => (i % keyDim < keyDim / 2 ? value : -value))
  for (const layout of layouts)
    compare({
      inputs: { x: normal([batch, tokens, heads, keyDim]) },
      layout,
      op: ({ x }) => ({ y: ops.rotary(x, { base, position: Tensor.fromIndices([position]) }) }),
      reference: ({ x }) => reference.rotary({ ...sizes, x }),
      gradients: (_, { y }) => ({ x: mirrored(reference.rotary({ ...sizes, x: mirrored(y) }).y) }),
      tolerance: sumTolerance,
    })
})

const norms = [
  { op: 'rms' },
  { op: 'gatedRms', activation: 'silu', gateFirst: false },
  { op: 'gatedRms', activation: 'sigmoid', gateFirst: false },
  { op: 'gatedRms', activation: 'silu', gateFirst: true },
  { op: 'gatedRms', activation: 'sigmoid', gateFirst: true },
  { op: 'layer' },
  { op: 'l2' },
] as const

test.each(norms)('%o of 1 to 300 columns', (form) => {
  const { op } = form
  const columnCounts = [1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 65, 100, 127, 128, 129, 255, 256, 257, 300]
  columnCounts.forEach((columns, at) => {
    const rows = [1, 5, 33, 70][at % 4] as number
    const weighted = op !== 'l2' && at % 3 !== 0
    // A norm of one number is almost its sign, so that its gradient cancels to nothing unless eps is large.
    const eps = columns < 4 ? 1 : 1e-5
    // Every third size has a weight for each group of rows.
    const groups = at % 3 === 1 ? 3 : 1
    const shape = groups > 1 ? [rows, groups, columns] : [rows, columns]
    const affine = groups > 1 ? [groups, columns] : [columns]
    const sizes = { ...form, rows: rows * groups, columns, groups, eps }
    compare({
      inputs: {
        x: normal(shape),
        gate: op === 'gatedRms' ? normal(shape) : undefined,
        weight: weighted ? normal(affine) : undefined,
        bias: op === 'layer' && weighted ? normal(affine) : undefined,
      },
      layout: at % 2 === 0 ? 'whole' : 'slice',
      op: ({ x, gate, weight, bias }) => {
        const options = { ...(weight && { weight }), ...(bias && { bias }), eps }
        if (op === 'rms') return { y: ops.rmsNorm(x, options) }
        if (op === 'gatedRms') return { y: ops.gatedRmsNorm(x, gate, { ...options, ...form }) }
        return { y: op === 'layer' ? ops.layerNorm(x, options) : ops.l2Norm(x, options) }
      },
      reference: (values) => reference.norm({ ...sizes, ...values }),
      gradients: (values, outputs) => reference.normGradients({ ...sizes, ...values }, outputs),
      tolerance: sumTolerance,
    })
  })
})

/** c = op(a) op(b), and the gradients as the two products that they are. */
function compareMatmul(
  sizes: { batch: number; m: number; n: number; k: number },
  ways: { transposeA: boolean; transposeB: boolean },
  options: { bias?: boolean; layout?: Layout } = {},
): void {
  const { batch, m, n, k } = sizes
  const { transposeA, transposeB } = ways
  const product = (
    sizes: { m: number; n: number; k: number },
    a: Float64Array,
    transposeA: boolean,
    b: Float64Array,
    transposeB: boolean,
    bias?: Float64Array,
  ): Float64Array =>
    Float64Array.from(
      reference.matmul({
        ...sizes,
        batch,
        transposeA,
        transposeB,
        a: Float32Array.from(a),
        b: Float32Array.from(b),
        bias: bias && Float32Array.from(bias),
      }).c,
    )
  compare({
    inputs: {
      a: normal(transposeA ? [batch, k, m] : [batch, m, k]),
      b: normal(transposeB ? [batch, n, k] : [batch, k, n]),
      bias: options.bias ? normal([n]) : undefined,
    },
    layout: options.layout ?? 'whole',
    op: ({ a, b, bias }) => ({ c: ops.matmul(a, b, { ...ways, ...(bias && { bias }) }) }),
    reference: ({ a, b, bias }) => ({ c: product({ m, n, k }, a, transposeA, b, transposeB, bias) }),
    gradients: ({ a, b }, { c }) => ({
      a: transposeA
        ? product({ m: k, n: m, k: n }, b, transposeB, c, true)
        : product({ m, n: k, k: n }, c, false, b, !transposeB),
      b: transposeB
        ? product({ m: n, n: k, k: m }, c, true, a, transposeA)
        : product({ m: k, n, k: m }, a, !transposeA, c, false),
      bias: Float64Array.from({ length: n }, (_, j) => {
        let sum = 0
        for (let i = j; i < c.length; i += n) sum += c[i] as number
        return sum
      }),
    }),
    tolerance: sumTolerance,
  })
}

const transposes = [
  { transposeA: false, transposeB: false },
  { transposeA: false, transposeB: true },
  { transposeA: true, transposeB: false },
  { transposeA: true, transposeB: true },
]

test.each(transposes)('matmul at the edges of tiles: %o', (ways) => {
  const edges = [1, 2, 3, 5, 6, 7, 8, 9, 13, 15, 16, 17, 24, 25, 31, 33, 47, 48, 63, 65, 96, 127, 129, 130]
  edges.forEach((m, at) => {
    const n = edges[(at * 7 + 3) % edges.length] as number
    const k = edges[(at * 11 + 5) % edges.length] as number
    const layout = layouts[at % 2] as Layout
    compareMatmul({ batch: 1 + (at % 3), m, n, k }, ways, { bias: at % 2 === 1, layout })
  })
})

test.each(transposes)('matmul of more than one block: %o', (ways) => {
  compareMatmul({ batch: 1, m: 200, n: 260, k: 520 }, ways)
  compareMatmul({ batch: 1, m: 3, n: 1030, k: 300 }, ways, { layout: 'slice' })
  compareMatmul({ batch: 2, m: 530, n: 33, k: 70 }, ways, { bias: true })
})

test('a reference refuses arrays that its sizes do not fit', () => {
  const inputs = { op: 'rms', rows: 2, columns: 3, eps: 1e-5, x: new Float64Array(6) } as const
  expect(() => reference.norm({ ...inputs, rows: 3 })).toThrow(
    new RangeError('`x` must hold [3, 3] numbers, got 6'),
  )
  expect(() => reference.norm({ ...inputs, columns: 1.5 })).toThrow(
    new RangeError('`columns` must be a whole number from 1 to 2^31 - 1, got 1.5'),
  )
  const floats = new Float32Array(6) as unknown as Float64Array
  expect(() => reference.norm({ ...inputs, x: floats })).toThrow(new TypeError('`x` must be a Float64Array'))
})
