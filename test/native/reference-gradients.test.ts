// The gradients of the float64 references against central differences of the references themselves.

import { expect, test } from 'vitest'
import * as reference from '../../lib/tensor/reference.ts'
import { normal, type Operand, relativeError, uniform, valuesOf } from './reference-comparison.ts'

const step = 1e-5
/** The error of a central difference is of the order of step² and of float64's rounding over step: 1e-10 and 1e-11. */
const tolerance = 1e-8

/** Checks the gradient in every number of every operand. */
function checkGradients<Inputs extends Record<string, Operand | undefined>>(
  inputs: Inputs,
  forward: (values: ReturnType<typeof valuesOf<Inputs>>) => Record<string, Float64Array>,
  gradients: (
    values: ReturnType<typeof valuesOf<Inputs>>,
    outputGradients: Record<string, Float64Array>,
  ) => Record<string, Float64Array>,
): void {
  const values = valuesOf(inputs)
  const weights = Object.fromEntries(
    Object.entries(forward(values)).map(([name, output]) => [name, normal([output.length]).values]),
  )
  const loss = (): number => {
    let sum = 0
    for (const [name, output] of Object.entries(forward(values)))
      output.forEach((value, i) => {
        sum += value * (weights[name]?.[i] as number)
      })
    return sum
  }
  const actual = gradients(values, weights)
  for (const [name, numbers] of Object.entries(values) as [string, Float64Array][]) {
    const differences = numbers.map((value, i) => {
      numbers[i] = value + step
      const above = loss()
      numbers[i] = value - step
      const below = loss()
      numbers[i] = value
      return (above - below) / (2 * step)
    })
    expect(actual[name], `the gradient of ${name}`).toHaveLength(numbers.length)
    expect(relativeError(actual[name] ?? [], differences), `error of the gradient of ${name}`).toBeLessThan(
      tolerance,
    )
  }
}

for (const gate of [undefined, 'head', 'channel'] as const)
  for (const householders of [1, 3])
    test(`deltaRule, gate per ${gate}, ${householders} delta steps a token`, () => {
      const [batch, tokens, heads, valueHeads, keyDim, valueDim] = [2, 4, 1, 2, 3, 2]
      const sizes = { batch, tokens, heads, valueHeads, keyDim, valueDim, householders, scale: 0.7 }
      const gates = [batch, tokens, valueHeads, ...(gate === 'channel' ? [keyDim] : [])]
      checkGradients(
        {
          q: normal([batch, tokens, heads, keyDim]),
          k: uniform([batch, tokens * householders, heads, keyDim], -0.8, 0.8),
          v: normal([batch, tokens * householders, valueHeads, valueDim]),
          beta: uniform([batch, tokens * householders, valueHeads], 0, 2),
          g: gate && uniform(gates, -1, 0),
          initialState: normal([batch, valueHeads, keyDim, valueDim]),
        },
        (values) => ({ ...reference.deltaRule({ ...sizes, ...values }) }),
        (values, { o, finalState }) =>
          reference.deltaRuleGradients({ ...sizes, ...values }, { o: o as Float64Array, finalState }),
      )
    })

const matrixScanOptions = {
  'additive with weights': { transition: 'additive', weights: true },
  'additive, two steps a token': { transition: 'additive', householders: 2 },
  'additive with signed decays per channel and packed sequences': {
    transition: 'additive',
    decay: 'channel',
    cuSeqlens: Float64Array.of(0, 3, 3, 5),
  },
  'delta with signed decays per head, normalised, through a sigmoid': {
    transition: 'delta',
    decay: 'head',
    weights: true,
    normalizeQk: true,
    betaSigmoid: 2,
  },
  dplr: { transition: 'dplr', decay: 'channel' },
  'dplr without decays': { transition: 'dplr' },
} as const satisfies Record<string, MatrixScanOptions>

interface MatrixScanOptions {
  transition: 'additive' | 'delta' | 'dplr'
  weights?: boolean
  decay?: 'head' | 'channel'
  householders?: number
  cuSeqlens?: Float64Array
  normalizeQk?: boolean
  betaSigmoid?: number
}

test.each(Object.entries<MatrixScanOptions>(matrixScanOptions))('matrixScan, %s', (_, entry) => {
  const { transition, weights = false, decay, householders = 1, cuSeqlens, ...options } = entry
  const [tokens, heads, valueHeads, keyDim, valueDim] = [5, 1, 2, 3, 2]
  const [batch, sequences] = cuSeqlens ? [1, cuSeqlens.length - 1] : [2, 2]
  const sizes = { batch, tokens, heads, valueHeads, keyDim, valueDim, householders, scale: 0.7 }
  const given = { ...sizes, ...options, transition, cuSeqlens }
  const steps = tokens * householders
  const low = (): Operand => uniform([batch, tokens, heads, keyDim], -0.5, 0.5)
  checkGradients(
    {
      q: normal([batch, tokens, heads, keyDim]),
      k: normal([batch, steps, heads, keyDim]),
      v: normal([batch, steps, valueHeads, valueDim]),
      beta: weights ? normal([batch, steps, valueHeads]) : undefined,
      decay: decay && uniform([batch, tokens, valueHeads, ...(decay === 'channel' ? [keyDim] : [])], -1, 1),
      a: transition === 'dplr' ? low() : undefined,
      b: transition === 'dplr' ? low() : undefined,
      skip: normal([valueHeads]),
      initialState: normal([sequences, valueHeads, keyDim, valueDim]),
    },
    (values) => ({ ...reference.matrixScan({ ...given, ...values }) }),
    (values, { o, finalState }) =>
      reference.matrixScanGradients({ ...given, ...values }, { o: o as Float64Array, finalState }),
  )
})

test.each([
  { negativeEigenvalues: false, dtSoftplus: true, optional: true },
  { negativeEigenvalues: true, dtSoftplus: true, optional: true },
  { negativeEigenvalues: true, dtSoftplus: false, optional: false },
])('ssd: %o', ({ optional, ...options }) => {
  const [batch, tokens, heads, headDim, groups, states] = [2, 4, 4, 2, 2, 3]
  const sizes = { batch, tokens, heads, headDim, groups, states, ...options }
  const given = (operand: Operand): Operand | undefined => (optional ? operand : undefined)
  checkGradients(
    {
      x: normal([batch, tokens, heads, headDim]),
      dt: uniform([batch, tokens, heads], 0.1, 1),
      A: uniform([heads], -2, -0.1),
      B: normal([batch, tokens, groups, states]),
      C: normal([batch, tokens, groups, states]),
      D: given(normal([heads])),
      dtBias: given(uniform([heads], 0, 0.5)),
      initialState: given(normal([batch, heads, headDim, states])),
    },
    (values) => ({ ...reference.ssd({ ...sizes, ...values }) }),
    (values, { y, finalState }) =>
      reference.ssdGradients({ ...sizes, ...values }, { y: y as Float64Array, finalState }),
  )
})

test('mlstm', () => {
  const [batch, tokens, heads, valueHeads, keyDim, valueDim] = [2, 5, 1, 2, 3, 2]
  const sizes = { batch, tokens, heads, valueHeads, keyDim, valueDim, keyScale: 0.6 }
  checkGradients(
    {
      q: normal([batch, tokens, heads, keyDim]),
      k: normal([batch, tokens, heads, keyDim]),
      v: normal([batch, tokens, valueHeads, valueDim]),
      i: uniform([batch, tokens, valueHeads], -1, 2),
      f: normal([batch, tokens, valueHeads]),
      memory: normal([batch, valueHeads, keyDim, valueDim + 1]),
    },
    (values) => ({ ...reference.mlstm({ ...sizes, ...values }) }),
    (values, { h, memory }) =>
      reference.mlstmGradients({ ...sizes, ...values }, { h: h as Float64Array, memory }),
  )
})

for (const negativeEigenvalues of [false, true])
  for (const dtSoftplus of [false, true])
    for (const optional of [false, true])
      test(`selectiveScan, ${negativeEigenvalues ? '[-1,1]' : '[0,1]'}, ${dtSoftplus ? 'softplus' : 'plain'} steps, ${optional ? 'with' : 'without'} optional operands`, () => {
        const [batch, tokens, channels, states] = [2, 4, 3, 2]
        const sizes = { batch, tokens, channels, states, dtSoftplus, negativeEigenvalues }
        const given = (operand: Operand): Operand | undefined => (optional ? operand : undefined)
        checkGradients(
          {
            u: normal([batch, tokens, channels]),
            dt: uniform([batch, tokens, channels], 0.1, 1),
            A: uniform([channels, states], -2, -0.1),
            B: normal([batch, tokens, states]),
            C: normal([batch, tokens, states]),
            D: given(normal([channels])),
            z: given(normal([batch, tokens, channels])),
            dtBias: given(uniform([channels], 0, 0.5)),
            initialState: given(normal([batch, channels, states])),
          },
          (values) => ({ ...reference.selectiveScan({ ...sizes, ...values }) }),
          (values, { y, finalState }) =>
            reference.selectiveScanGradients({ ...sizes, ...values }, { y: y as Float64Array, finalState }),
        )
      })

test.each([
  { width: 1, silu: false, biased: true },
  { width: 3, silu: true, biased: true },
  { width: 6, silu: true, biased: false },
])('causalConv1d: %o', ({ width, silu, biased }) => {
  const [batch, tokens, channels] = [2, 4, 3]
  const sizes = { batch, tokens, channels, width, silu }
  checkGradients(
    {
      x: normal([batch, tokens, channels]),
      weight: normal([channels, width]),
      bias: biased ? normal([channels]) : undefined,
      initialState: normal([batch, width - 1, channels]),
    },
    (values) => ({ ...reference.causalConv1d({ ...sizes, ...values }) }),
    (values, { y, finalState }) =>
      reference.causalConv1dGradients({ ...sizes, ...values }, { y: y as Float64Array, finalState }),
  )
})

test.each([{ window: 0 }, { window: 1 }, { window: 3 }])('attention: %o', ({ window }) => {
  const [batch, tokens, heads, keyHeads, keyDim, valueDim] = [2, 5, 4, 2, 3, 2]
  const sizes = { batch, tokens, heads, keyHeads, keyDim, valueDim, window, scale: 0.7 }
  checkGradients(
    {
      q: normal([batch, tokens, heads, keyDim]),
      k: normal([batch, tokens, keyHeads, keyDim]),
      v: normal([batch, tokens, keyHeads, valueDim]),
    },
    (values) => reference.attention({ ...sizes, ...values }),
    (values, { o }) => reference.attentionGradients({ ...sizes, ...values }, { o: o as Float64Array }),
  )
})

test.each([
  { op: 'rms' },
  { op: 'gatedRms', activation: 'silu', gateFirst: false },
  { op: 'gatedRms', activation: 'sigmoid', gateFirst: true },
  { op: 'layer' },
  { op: 'l2' },
] as const)('norm: %o', (form) => {
  const { op } = form
  for (const given of [false, true])
    for (const [rows, columns] of [
      [3, 5],
      [2, 1],
    ] as const) {
      const groups = 2
      const sizes = { ...form, rows: rows * groups, columns, groups, eps: 0.1 }
      checkGradients(
        {
          x: normal([rows * groups, columns]),
          gate: op === 'gatedRms' ? normal([rows * groups, columns]) : undefined,
          weight: given ? normal([groups, columns]) : undefined,
          bias: op === 'layer' && given ? normal([groups, columns]) : undefined,
        },
        (values) => reference.norm({ ...sizes, ...values }),
        (values, { y }) => reference.normGradients({ ...sizes, ...values }, { y: y as Float64Array }),
      )
    }
})
