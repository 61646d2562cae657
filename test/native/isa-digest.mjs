// Runs every kernel family of the addon given as argument, forward and backward, and prints what came out as JSON:
// for each result its RMS and its sums under fixed random signs, which tell two results apart whatever differs.
// Started once per instruction set by isa.test.ts, which sets PARASCAN_ISA.

import { createRequire } from 'node:module'

const addon = createRequire(import.meta.url)(process.argv[2])

let state = 1
/** The next number of a Lehmer sequence in [0, 1): the kernels that draw are among what is compared. */
const random = () => {
  state = (state * 48271) % 0x7fffffff
  return state / 0x7fffffff
}
const sizeOf = (shape) => shape.reduce((product, size) => product * size, 1)

function uniform(shape, low = -1, high = 1) {
  const numbers = Float32Array.from({ length: sizeOf(shape) }, () => low + random() * (high - low))
  return addon.fromFloat32(numbers, shape)
}
function indices(shape, limit) {
  const numbers = Int32Array.from({ length: sizeOf(shape) }, () => Math.floor(random() * limit))
  return addon.fromInt32(numbers, shape)
}

const projections = 4

function digestOf(handle) {
  const numbers = addon.dataSync(handle)
  const sums = new Array(projections).fill(0)
  let squares = 0
  for (const number of numbers) {
    squares += number * number
    for (let i = 0; i < projections; i++) sums[i] += random() < 0.5 ? number : -number
  }
  const root = Math.sqrt(numbers.length)
  return [Math.sqrt(squares) / root, ...sums.map((sum) => sum / root)]
}

/** By the name of the result. */
const digests = {}

/** Runs `op` over the named operands and digests what it returns, then the gradients of all operands. */
function differentiate(name, operands, op) {
  for (const handle of Object.values(operands)) addon.requireGradient(handle)
  let loss = 0
  op(operands).forEach((output, at) => {
    digests[`${name}: output ${at}`] = digestOf(output)
    const part = addon.sum(addon.binary('multiply', output, uniform(addon.shape(output))), [], false)
    loss = loss === 0 ? part : addon.binary('add', loss, part)
  })
  addon.backward(loss, 0)
  for (const [operand, handle] of Object.entries(operands))
    digests[`${name}: gradient of ${operand}`] = digestOf(addon.gradient(handle))
}
function run(name, outputs) {
  outputs.forEach((output, at) => {
    digests[`${name}: output ${at}`] = digestOf(output)
  })
}

for (const op of ['exp', 'sigmoid', 'softplus', 'silu', 'gelu', 'relu', 'tanh', 'square', 'abs'])
  differentiate(op, { x: uniform([5, 37], -6, 6) }, ({ x }) => [addon.unary(op, x)])
for (const op of ['log', 'sqrt', 'reciprocal'])
  differentiate(op, { x: uniform([5, 37], 0.1, 6) }, ({ x }) => [addon.unary(op, x)])
for (const op of ['add', 'subtract', 'multiply', 'divide', 'maximum'])
  differentiate(op, { a: uniform([4, 1, 35]), b: uniform([3, 35], 0.5, 2) }, ({ a, b }) => [
    addon.binary(op, a, b),
  ])
differentiate('scale', { x: uniform([131]) }, ({ x }) => [addon.scale(x, 1.7, -0.3)])
for (const dims of [[0], [1], [2], [0, 2], []])
  differentiate(`reductions over [${dims}]`, { x: uniform([7, 19, 33]) }, ({ x }) => [
    addon.sum(x, dims, false),
    addon.mean(x, dims, true),
    addon.max(x, dims, false),
  ])
differentiate('gather', { x: uniform([9, 21]) }, ({ x }) => [addon.gather(x, 1, indices([9, 4], 21))])
differentiate('dropout', { x: uniform([300]) }, ({ x }) => [addon.dropout(x, 0.3, 5, 1)])
differentiate('views', { x: uniform([5, 6, 7]) }, ({ x }) => [
  addon.contiguous(addon.permute(x, [2, 0, 1])),
  addon.concat([addon.narrow(x, 1, 1, 3), x], 1),
])
run('random', [addon.uniform([999], 3, 0, -1, 2), addon.normal([999], 3, 1, 0, 1)])

for (const transposeA of [false, true])
  for (const transposeB of [false, true]) {
    const operands = {
      a: uniform(transposeA ? [2, 70, 37] : [2, 37, 70]),
      b: uniform(transposeB ? [2, 83, 70] : [2, 70, 83]),
      bias: uniform([83]),
    }
    differentiate(`matmul ${transposeA} ${transposeB}`, operands, ({ a, b, bias }) => [
      addon.matmul(a, b, transposeA, transposeB, bias),
    ])
  }
differentiate(
  'linear',
  { x: uniform([3, 5, 65]), weight: uniform([34, 65]), bias: uniform([34]) },
  ({ x, weight, bias }) => [addon.linear(x, weight, bias, 1)],
)

for (const rows of [1, 3, 18, 90]) {
  const weight = addon.cast(uniform([83, 130]), 'bfloat16')
  run(`bfloat16 weights, ${rows} rows`, [
    addon.linear(uniform([rows, 130]), weight, uniform([83]), 1),
    addon.matmul(uniform([rows, 83]), weight, false, false, 0),
  ])
}
const table = addon.cast(uniform([13, 27]), 'bfloat16')
run('bfloat16 embedding', [
  addon.embedding(table, indices([4, 5], 13)),
  addon.contiguous(addon.permute(table, [1, 0])),
])

differentiate('softmax', { x: uniform([6, 45], -4, 4) }, ({ x }) => [addon.softmax(x), addon.logSoftmax(x)])
differentiate('norms', { x: uniform([6, 45]), gate: uniform([6, 45]), weight: uniform([45]) }, (operands) => [
  addon.rmsNorm(operands.x, operands.weight, 1e-5),
  addon.gatedRmsNorm(operands.x, operands.gate, operands.weight, 1e-5, 'silu', false),
  addon.gatedRmsNorm(operands.x, operands.gate, operands.weight, 1e-5, 'sigmoid', true),
  addon.layerNorm(operands.x, operands.weight, 0, 1e-5),
  addon.l2Norm(operands.x, 1e-6),
])
for (const form of ['softplus', 'bounded', 'logSigmoid'])
  differentiate(
    `logDecay ${form}`,
    { x: uniform([2, 9, 3, 21], -3, 3), logRate: uniform([3]), bias: uniform([3, 21]) },
    ({ x, logRate, bias }) => [
      addon.logDecay(x, form, logRate, bias, 0.7, false),
      addon.logDecay(x, form, logRate, bias, 0.7, true),
    ],
  )
differentiate('crossEntropy', { logits: uniform([9, 53], -3, 3) }, ({ logits }) => [
  addon.crossEntropy(logits, indices([9], 53), -1),
])
const teacher = uniform([9, 53], -3, 3)
differentiate('distillation', { student: uniform([9, 53], -3, 3) }, ({ student }) => [
  addon.distillation(student, teacher, 2),
])
differentiate('embedding', { weight: uniform([13, 27]) }, ({ weight }) => [
  addon.embedding(weight, indices([4, 5], 13)),
])

for (const window of [0, 13])
  differentiate(
    `attention ${window}`,
    { q: uniform([2, 43, 4, 24]), k: uniform([2, 43, 2, 24]), v: uniform([2, 43, 2, 33]) },
    ({ q, k, v }) => [addon.attention(q, k, v, 0.2, window)],
  )
run('attentionStep', [
  addon.attentionStep(
    uniform([2, 1, 4, 24]),
    uniform([2, 1, 2, 24]),
    uniform([2, 1, 2, 33]),
    uniform([2, 8, 2, 24]),
    uniform([2, 8, 2, 33]),
    addon.fromInt32(Int32Array.of(11), [1]),
    0.2,
  ),
])
differentiate('rotary', { x: uniform([2, 19, 3, 26]) }, ({ x }) => [addon.rotary(x, 10000, 0)])

for (const gate of [[], [2, 50, 4], [2, 50, 4, 21]])
  for (const householders of [1, 2]) {
    const steps = 50 * householders
    const operands = {
      q: uniform([2, 50, 2, 21]),
      k: uniform([2, steps, 2, 21], -0.3, 0.3),
      v: uniform([2, steps, 4, 37]),
      beta: uniform([2, steps, 4], 0, 1.5),
      ...(gate.length > 0 && { g: uniform(gate, -0.3, 0) }),
      initialState: uniform([2, 4, 21, 37]),
    }
    const inputs = ({ q, k, v, beta, g = 0, initialState }) => [
      ...['delta', q, k, v, beta, g, 0, 0, initialState],
      ...[true, false, 0, 0.2, householders, undefined],
    ]
    const name = `deltaRule [${gate}] ${householders}`
    differentiate(name, operands, (named) => addon.matrixScan(...inputs(named)))
    run(`${name} recurrent`, addon.matrixScanRecurrent(...inputs(operands)))
  }
const scanOperands = () => ({
  q: uniform([2, 50, 2, 21]),
  k: uniform([2, 50, 2, 21], -0.3, 0.3),
  v: uniform([2, 50, 4, 37]),
  initialState: uniform([2, 4, 21, 37]),
})
for (const [name, transition, others] of [
  ['linear attention', 'additive', { beta: uniform([2, 50, 4]) }],
  ['signed decays per head', 'additive', { decay: uniform([2, 50, 4]) }],
  ['signed decays per channel', 'additive', { decay: uniform([2, 50, 4, 21]) }],
  ['fused norms and sigmoid', 'delta', { beta: uniform([2, 50, 4]), decay: uniform([2, 50, 4, 21]) }],
  [
    'dplr',
    'dplr',
    {
      g: uniform([2, 50, 4, 21], -0.5, 0),
      a: uniform([2, 50, 2, 21], -0.3, 0.3),
      b: uniform([2, 50, 2, 21], -0.3, 0.3),
    },
  ],
]) {
  const operands = { ...scanOperands(), ...others }
  const fused = name.startsWith('fused')
  const inputs = ({ q, k, v, beta = 0, g = 0, decay = 0, a = 0, b = 0, initialState }) => [
    ...[transition, q, k, v, beta, g || decay, a, b, initialState],
    ...[decay === 0, fused, fused ? 2 : 0, 0.2, 1, undefined],
  ]
  differentiate(name, operands, (named) => addon.matrixScan(...inputs(named)))
  run(`${name} recurrent`, addon.matrixScanRecurrent(...inputs(operands)))
}
for (const negativeEigenvalues of [false, true]) {
  const operands = {
    x: uniform([2, 50, 4, 37]),
    dt: uniform([2, 50, 4]),
    A: uniform([4], -2, -0.1),
    B: uniform([2, 50, 2, 21]),
    C: uniform([2, 50, 2, 21]),
    D: uniform([4]),
    dtBias: uniform([4]),
    initialState: uniform([2, 4, 37, 21]),
  }
  const inputs = (named) => [...Object.values(named), true, negativeEigenvalues, undefined]
  const name = `ssd ${negativeEigenvalues}`
  differentiate(name, operands, (named) => addon.ssd(...inputs(named)))
  run(`${name} recurrent`, addon.ssdRecurrent(...inputs(operands)))
}
{
  const { initialState: _, ...operands } = scanOperands()
  Object.assign(operands, {
    i: uniform([2, 50, 4], -3, 3),
    f: uniform([2, 50, 4], -1, 4),
    memory: uniform([2, 4, 21, 38]),
  })
  const m = uniform([2, 4])
  const inputs = (named) => [...Object.values(named), m, 0.2, 0, undefined]
  differentiate('mlstm', operands, (named) => addon.mlstm(...inputs(named)).slice(0, 2))
  run('mlstm recurrent', addon.mlstmRecurrent(...inputs(operands)))
}
for (const negativeEigenvalues of [false, true]) {
  const operands = {
    u: uniform([2, 50, 37]),
    dt: uniform([2, 50, 37]),
    A: uniform([37, 18], -3, -0.1),
    B: uniform([2, 50, 18]),
    C: uniform([2, 50, 18]),
    D: uniform([37]),
    z: uniform([2, 50, 37]),
    dtBias: uniform([37]),
    initialState: uniform([2, 37, 18]),
  }
  const inputs = (named) => [...Object.values(named), true, negativeEigenvalues]
  const name = `selectiveScan ${negativeEigenvalues}`
  differentiate(name, operands, (named) => addon.selectiveScan(...inputs(named)))
  run(`${name} recurrent`, addon.selectiveScanRecurrent(...inputs(operands)))
}
differentiate(
  'causalConv1d',
  {
    x: uniform([2, 30, 37]),
    weight: uniform([37, 4]),
    bias: uniform([37]),
    initialState: uniform([2, 3, 37]),
  },
  ({ x, weight, bias, initialState }) => addon.causalConv1d(x, weight, bias, initialState, true),
)

const parameter = uniform([219])
addon.requireGradient(parameter)
addon.backward(addon.sum(addon.unary('square', parameter), [], false), 0)
const moments = [uniform([219], 0, 0.1), uniform([219], 0, 0.1)]
const norm = addon.adamW([parameter], [moments[0]], [moments[1]], [0.01], [0.1], 0.9, 0.99, 1e-8, 3, 1)
run('adamW', [norm, parameter, ...moments])

process.stdout.write(JSON.stringify({ isa: addon.isa(), digests }))
