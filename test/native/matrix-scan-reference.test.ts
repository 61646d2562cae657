// Every scan with a matrix state against the float64 loops of native/reference, forward and backward, around the edges
// of chunks and vectors, and on inputs made to break them.

import { describe, expect, it, test } from 'vitest'
import { scope } from '../../lib/tensor/scope.ts'
import { type MatrixScan, matrixScans, type Sizes } from './matrix-scans.ts'
import {
  compare,
  type Layout,
  layouts,
  type Operand,
  relativeError,
  tensorsOf,
  valuesOf,
} from './reference-comparison.ts'

/** Beyond that of one scan, since signed decays cancel, and so do sums over tokens such as the gradient of dtBias. */
const tolerance = { outputs: 2e-6, gradients: 2e-5 }
/** Operands and cotangents are of order 1; a state that was forgotten has a gradient of rounding alone. */
const smallest = 1e-2

/** What a sum over tokens of terms as large as these would be if their signs were random; it may cancel to less. */
function sizeOfSum(terms: Float64Array, sums: number): number {
  return Math.sqrt(terms.reduce((total, term) => total + term ** 2, 0) / sums)
}

function compareScan(
  scan: MatrixScan,
  sizes: Sizes,
  options: { layout?: Layout; change?: Change } = {},
): void {
  const inputs = scan.operands(sizes)
  options.change?.(inputs)
  compare({
    inputs,
    layout: options.layout ?? 'whole',
    op: (tensors) => scan.chunked(tensors),
    reference: (values) => scan.reference(sizes, values),
    gradients: (values, outputs) => scan.gradients(sizes, values, outputs),
    tolerance,
    smallest: (name, { [name]: gradient, dt }) =>
      dt && gradient && scan.shared.includes(name)
        ? Math.max(smallest, sizeOfSum(dt, gradient.length))
        : smallest,
  })
}

type Change = (operands: Record<string, Operand>) => void

const one = { batch: 1, heads: 1, valueHeads: 1 }

describe.each(Object.entries(matrixScans))('%s', (_, scan) => {
  it('agrees with float64 at the edges of chunks and vectors', () => {
    // No keys of one number: divided by its norm it is almost its sign, whose gradient cancels to nothing.
    const [keyDims, valueDims] = [
      [2, 33, 8, 15, 17, 5, 24, 65],
      [1, 33, 8, 15, 17, 5, 24, 65, 16],
    ] as const
    ;[1, 2, 15, 16, 17, 63, 130, 257].forEach((tokens, at) => {
      const keyDim = keyDims[(at * 3 + 2) % keyDims.length] as number
      const valueDim = valueDims[(at * 4 + 1) % valueDims.length] as number
      const layout = layouts[at % layouts.length] as Layout
      compareScan(scan, { ...one, tokens, keyDim, valueDim }, { layout })
    })
  })

  it('agrees with float64 for a batch of grouped heads', () => {
    compareScan(scan, { batch: 2, tokens: 40, heads: 2, valueHeads: 6, keyDim: 12, valueDim: 20 })
    compareScan(
      scan,
      { batch: 2, tokens: 19, heads: 3, valueHeads: 3, keyDim: 20, valueDim: 9 },
      { layout: 'heads first' },
    )
  })

  it('agrees with float64 token by token, and in place', () => {
    const sizes = { batch: 2, tokens: 21, heads: 2, valueHeads: 4, keyDim: 37, valueDim: 50 }
    const operands = scan.operands(sizes)
    const expected = scan.reference(sizes, valuesOf(operands) as Record<string, Float64Array>)
    scope(() => {
      const tensors = tensorsOf(operands)
      const outputs = scan.recurrent(tensors)
      for (const [name, output] of Object.entries(outputs))
        expect(relativeError(output.dataSync(), expected[name] ?? []), name).toBeLessThanOrEqual(
          tolerance.outputs,
        )
      const stepper = scan.stepper(tensors)
      const [output, state] = Object.keys(outputs) as [string, string]
      const y = stepper.step(tensors)
      expect(relativeError(y.dataSync(), expected[output] ?? [])).toBeLessThanOrEqual(tolerance.outputs)
      expect(relativeError(stepper.state().dataSync(), expected[state] ?? [])).toBeLessThanOrEqual(
        tolerance.outputs,
      )
    })
  })
})

const fill =
  (name: string, value: (i: number) => number): Change =>
  (operands) => {
    operands[name]?.values.forEach((_, i, values) => {
      values[i] = value(i)
    })
  }
const all =
  (...changes: Change[]): Change =>
  (operands) => {
    for (const change of changes) change(operands)
  }

const sizes = { batch: 1, tokens: 70, heads: 1, valueHeads: 2, keyDim: 20, valueDim: 24 }
const hard: [scan: string, inputs: string, change: Change][] = [
  ...['the delta rule, log-decays per channel', 'gated linear attention'].flatMap(
    (name): [string, string, Change][] => [
      [name, 'everything forgotten at every token', fill('g', () => -1e4)],
      [name, 'everything forgotten now and then', fill('g', (i) => (i % 7 === 3 ? -1e4 : -0.01))],
      [name, 'no decay', fill('g', () => 0)],
    ],
  ),
  ...[
    'the delta rule, signed decays per head',
    'the delta rule, signed decays per channel',
    'linear attention, signed decays per head',
    'gated linear attention, signed decays',
  ].flatMap((name): [string, string, Change][] => [
    [name, 'decays of 0', fill('decay', () => 0)],
    [name, 'decays of 0 now and then', fill('decay', (i) => [1, 0, -1, 0.5, -0.25][i % 5] as number)],
    [name, 'decays of −1', fill('decay', () => -1)],
  ]),
  ['the delta rule', 'zero keys', fill('k', () => 0)],
  ['the delta rule', 'beta of 0', fill('beta', () => 0)],
  ['the delta rule, q and k normalised, beta through a sigmoid', 'zero keys', fill('k', () => 0)],
  ['the mLSTM', 'input gates far apart', fill('i', (i) => [-40, 0, 2][i % 3] as number)],
  ['the mLSTM', 'forget gates that forget', fill('f', (i) => (i % 5 === 2 ? -60 : 3))],
  [
    'the scan of Mamba-2, [-1,1]',
    'steps of 0 and of everything',
    fill('dt', (i) => [-60, 0, 60][i % 3] as number),
  ],
]

test.each(hard)('%s is right on %s', (name, _, change) => {
  compareScan(matrixScans[name] as MatrixScan, sizes, { change })
})

test('the delta rule is right on equal keys with beta 2, where the system of a chunk has its worst condition', () => {
  const scan = matrixScans['the delta rule'] as MatrixScan
  const operands = scan.operands(sizes)
  all(
    fill('k', () => Math.fround(20 ** -0.5)),
    fill('beta', () => 2),
  )(operands)
  compare({
    inputs: operands,
    op: (tensors) => scan.chunked(tensors),
    reference: (values) => scan.reference(sizes, values),
    gradients: (values, outputs) => scan.gradients(sizes, values, outputs),
    tolerance: { outputs: 5e-5, gradients: 5e-4 },
  })
})
