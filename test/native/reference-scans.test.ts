// The scans against the float64 loops of native/reference, at sizes around the edges of chunks, tiles and vectors.

import { expect, test } from 'vitest'
import * as ops from '../../lib/tensor/ops.ts'
import * as reference from '../../lib/tensor/reference.ts'
import { scope } from '../../lib/tensor/scope.ts'
import {
  compare,
  directions,
  type Layout,
  layouts,
  normal,
  relativeError,
  scanTolerance,
  tensorsOf,
  uniform,
  valuesOf,
} from './reference-comparison.ts'

interface DeltaRuleCase {
  batch?: number
  tokens: number
  heads?: number
  valueHeads?: number
  keyDim: number
  valueDim: number
  householders?: number
  gate?: 'head' | 'channel' | undefined
  /** The strongest gate drawn, as a natural logarithm. */
  strongest?: number
  initialState?: boolean
  negative?: boolean
  layout?: Layout
}

function compareDeltaRule(entry: DeltaRuleCase): void {
  const { batch = 1, tokens, heads = 1, valueHeads = heads, keyDim, valueDim, householders = 1 } = entry
  const { gate, strongest = -0.3, initialState = false, negative = false, layout = 'whole' } = entry
  const steps = tokens * householders
  const sizes = { batch, tokens, heads, valueHeads, keyDim, valueDim, householders, scale: keyDim ** -0.5 }
  const gates = [batch, tokens, valueHeads, ...(gate === 'channel' ? [keyDim] : [])]
  compare({
    inputs: {
      q: normal([batch, tokens, heads, keyDim]),
      k: directions([batch, steps, heads, keyDim]),
      v: normal([batch, steps, valueHeads, valueDim]),
      beta: uniform([batch, steps, valueHeads], 0, negative ? 2 : 1),
      g: gate && uniform(gates, strongest, 0),
      initialState: initialState ? normal([batch, valueHeads, keyDim, valueDim]) : undefined,
    },
    layout,
    op: (tensors) => ops.deltaRule({ ...tensors, householders }),
    reference: (values) => ({ ...reference.deltaRule({ ...sizes, ...values }) }),
    gradients: (values, outputs) => reference.deltaRuleGradients({ ...sizes, ...values }, outputs),
    tolerance: scanTolerance,
  })
}

const decayGates = [undefined, 'head', 'channel'] as const

test.each(decayGates)('deltaRule at the edges of chunks and tiles, gate per %s', (gate) => {
  const tokenCounts = [1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 191, 193, 300]
  const dims = [1, 2, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 80, 96]
  tokenCounts.forEach((tokens, at) => {
    const pick = (step: number): number => dims[(at * step + 4) % dims.length] as number
    compareDeltaRule({
      ...{ tokens, keyDim: pick(5), valueDim: pick(7), gate },
      ...{ initialState: at % 2 === 0, negative: at % 3 === 0 },
      layout: layouts[at % layouts.length] as Layout,
    })
  })
})

test.each([
  { tokens: 70, keyDim: 130, valueDim: 129, gate: 'head', initialState: true },
  { tokens: 33, keyDim: 128, valueDim: 130, valueHeads: 2, gate: 'channel', layout: 'slice' },
  { tokens: 300, keyDim: 127, valueDim: 128, negative: true },
] satisfies DeltaRuleCase[])('deltaRule of $keyDim keys and $valueDim values, $tokens tokens', (entry) => {
  compareDeltaRule(entry)
})

test.each(decayGates)('deltaRule of a batch of grouped heads, gate per %s', (gate) => {
  const sizes = { batch: 2, tokens: 70, keyDim: 20, valueDim: 36, gate, initialState: true }
  for (const layout of layouts) {
    compareDeltaRule({ ...sizes, heads: 2, valueHeads: 2, layout })
    compareDeltaRule({ ...sizes, heads: 1, valueHeads: 3, layout })
    compareDeltaRule({ ...sizes, heads: 2, valueHeads: 6, layout, negative: true })
  }
})

test.each([1, 2, 3, 4])('deltaRule of %i delta steps a token', (householders) => {
  for (const gate of decayGates)
    for (const tokens of [1, 16, 17, 43, 70])
      compareDeltaRule({
        ...{ tokens, householders, gate, heads: 2, keyDim: 18, valueDim: 33 },
        ...{ initialState: tokens % 2 === 1, negative: tokens % 3 === 1, layout: 'slice' },
      })
})

test.each(['head', 'channel'] as const)('deltaRule that forgets almost all in one token, per %s', (gate) => {
  for (const strongest of [-3, -20, -200])
    compareDeltaRule({ tokens: 90, keyDim: 24, valueDim: 20, gate, strongest, initialState: true })
})

test('deltaRule token by token and in place', () => {
  for (const gate of decayGates) {
    const [batch, tokens, heads, valueHeads, keyDim, valueDim, householders] = [2, 5, 2, 4, 37, 50, 2]
    const sizes = { batch, tokens, heads, valueHeads, keyDim, valueDim, householders, scale: keyDim ** -0.5 }
    const gates = [batch, tokens, valueHeads, ...(gate === 'channel' ? [keyDim] : [])]
    const operands = {
      q: normal([batch, tokens, heads, keyDim]),
      k: directions([batch, tokens * householders, heads, keyDim]),
      v: normal([batch, tokens * householders, valueHeads, valueDim]),
      beta: uniform([batch, tokens * householders, valueHeads], 0, 2),
      g: gate && uniform(gates, -0.3, 0),
      initialState: normal([batch, valueHeads, keyDim, valueDim]),
    }
    const expected = reference.deltaRule({ ...sizes, ...valuesOf(operands) })
    const { outputs } = scanTolerance
    scope(() => {
      const tensors = { ...tensorsOf(operands), householders }
      const { o, finalState } = ops.deltaRuleRecurrent(tensors)
      expect(relativeError(o.dataSync(), expected.o)).toBeLessThanOrEqual(outputs)
      expect(relativeError(finalState.dataSync(), expected.finalState)).toBeLessThanOrEqual(outputs)
      expect(relativeError(ops.deltaRuleStep(tensors).dataSync(), expected.o)).toBeLessThanOrEqual(outputs)
      expect(relativeError(tensors.initialState.dataSync(), expected.finalState)).toBeLessThanOrEqual(outputs)
    })
  }
})

interface SelectiveScanCase {
  batch?: number
  tokens: number
  channels: number
  states: number
  /** Which optional operands are there. */
  with?: readonly ('D' | 'z' | 'dtBias' | 'initialState')[]
  dtSoftplus?: boolean
  layout?: Layout
}

const selectiveScanCases: SelectiveScanCase[] = [
  { tokens: 1, channels: 1, states: 1 },
  { tokens: 5, channels: 3, states: 2, with: ['D'], dtSoftplus: false },
  { tokens: 31, channels: 16, states: 16, with: ['z', 'initialState'] },
  { tokens: 64, channels: 17, states: 8, with: ['dtBias'], layout: 'slice' },
  { tokens: 65, channels: 33, states: 16, with: ['D', 'z', 'dtBias', 'initialState'], layout: 'slice' },
  { tokens: 130, channels: 64, states: 4, with: ['D', 'z'], dtSoftplus: false, layout: 'heads first' },
  { tokens: 257, channels: 20, states: 40, with: ['D', 'z', 'dtBias', 'initialState'] },
  { tokens: 300, channels: 70, states: 17, with: ['D', 'dtBias'], layout: 'heads first' },
]

const ranges = ['[0,1]', '[-1,1]'] as const
test.each(selectiveScanCases.flatMap((entry) => ranges.map((eigenvalues) => ({ ...entry, eigenvalues }))))(
  'selectiveScan of $tokens tokens, $channels channels, $states states in $eigenvalues: %o',
  (entry) => {
    const { batch = 2, tokens, channels, states, eigenvalues, dtSoftplus = true } = entry
    const options = new Set<string>(entry.with)
    const optional = <T>(name: string, operand: T): T | undefined => (options.has(name) ? operand : undefined)
    const sizes = {
      ...{ batch, tokens, channels, states, dtSoftplus },
      negativeEigenvalues: eigenvalues === '[-1,1]',
    }
    compare({
      inputs: {
        u: normal([batch, tokens, channels]),
        dt: dtSoftplus ? normal([batch, tokens, channels]) : uniform([batch, tokens, channels], 0.01, 0.5),
        A: uniform([channels, states], -4, -0.1),
        B: normal([batch, tokens, states]),
        C: normal([batch, tokens, states]),
        D: optional('D', normal([channels])),
        z: optional('z', normal([batch, tokens, channels])),
        dtBias: optional('dtBias', uniform([channels], -3, 0)),
        initialState: optional('initialState', normal([batch, channels, states])),
      },
      layout: entry.layout ?? 'whole',
      op: (tensors) => ops.selectiveScan({ ...tensors, dtSoftplus, eigenvalues }),
      reference: (values) => ({ ...reference.selectiveScan({ ...sizes, ...values }) }),
      gradients: (values, outputs) => reference.selectiveScanGradients({ ...sizes, ...values }, outputs),
      tolerance: scanTolerance,
    })
  },
)

test.each(ranges)('selectiveScan token by token and in place, in %s', (eigenvalues) => {
  for (const [channels, states] of [
    [1, 1],
    [37, 16],
    [70, 5],
  ] as const) {
    const [batch, tokens] = [2, 6]
    const negativeEigenvalues = eigenvalues === '[-1,1]'
    const sizes = { batch, tokens, channels, states, dtSoftplus: true, negativeEigenvalues }
    const operands = {
      u: normal([batch, tokens, channels]),
      dt: normal([batch, tokens, channels]),
      A: uniform([channels, states], -4, -0.1),
      B: normal([batch, tokens, states]),
      C: normal([batch, tokens, states]),
      D: normal([channels]),
      z: normal([batch, tokens, channels]),
      initialState: normal([batch, channels, states]),
    }
    const expected = reference.selectiveScan({ ...sizes, ...valuesOf(operands) })
    const { outputs } = scanTolerance
    scope(() => {
      const tensors = { ...tensorsOf(operands), eigenvalues }
      const { y, finalState } = ops.selectiveScanRecurrent(tensors)
      expect(relativeError(y.dataSync(), expected.y)).toBeLessThanOrEqual(outputs)
      expect(relativeError(finalState.dataSync(), expected.finalState)).toBeLessThanOrEqual(outputs)
      expect(relativeError(ops.selectiveScanStep(tensors).dataSync(), expected.y)).toBeLessThanOrEqual(
        outputs,
      )
      expect(relativeError(tensors.initialState.dataSync(), expected.finalState)).toBeLessThanOrEqual(outputs)
    })
  }
})
