// Matrix products and the embedding, against triple loops in float64.

import * as ops from '../../lib/tensor/ops.ts'
import { battery, type Input, opCase } from './gradient-check.ts'
import { Numbers } from './numbers.ts'

/** a (.., m, k) times b (.., k, n) plus bias (n); an operand without leading dimensions is shared. */
function product(
  a: Numbers,
  b: Numbers,
  options: { transposeA?: boolean; transposeB?: boolean },
  bias?: Numbers,
): Numbers {
  const { transposeA = false, transposeB = false } = options
  const leading = (a.shape.length > 2 ? a : b).shape.slice(0, -2)
  const [m, k] = transposeA ? [a.dim(-1), a.dim(-2)] : [a.dim(-2), a.dim(-1)]
  const n = b.dim(transposeB ? -2 : -1)
  const lead = (x: Numbers, index: number[]) => (x.shape.length > 2 ? index.slice(0, -2) : [])
  return Numbers.build([...leading, m, n], (...index) => {
    const [i, j] = index.slice(-2) as [number, number]
    let sum = bias ? bias.at(j) : 0
    for (let c = 0; c < k; c++)
      sum +=
        a.at(...lead(a, index), ...(transposeA ? [c, i] : [i, c])) *
        b.at(...lead(b, index), ...(transposeB ? [j, c] : [c, j]))
    return sum
  })
}

const transposes = [{}, { transposeA: true }, { transposeB: true }, { transposeA: true, transposeB: true }]

function matmulCase(
  name: string,
  options: { leadA?: number[]; leadB?: number[]; m: number; n: number; k: number; bias?: boolean },
  transpose: { transposeA?: boolean; transposeB?: boolean },
) {
  const { leadA = [], leadB = [], m, n, k } = options
  const bias: Input | undefined = options.bias ? { shape: [n] } : undefined
  return opCase({
    name: `${name}${transpose.transposeA ? ', a transposed' : ''}${transpose.transposeB ? ', b transposed' : ''}`,
    inputs: {
      a: { shape: [...leadA, ...(transpose.transposeA ? [k, m] : [m, k])] },
      b: { shape: [...leadB, ...(transpose.transposeB ? [n, k] : [k, n])] },
      bias,
    },
    run: ({ a, b, bias }) => ops.matmul(a, b, { ...transpose, ...(bias && { bias }) }),
    reference: ({ a, b, bias }) => product(a, b, transpose, bias),
  })
}

battery('matmul', [
  ...transposes.map((transpose) => matmulCase('a plain product', { m: 5, n: 7, k: 6 }, transpose)),
  ...transposes.map((transpose) =>
    matmulCase('a product with bias', { m: 9, n: 19, k: 3, bias: true }, transpose),
  ),
  ...transposes.map((transpose) =>
    matmulCase(
      'a batched product',
      { leadA: [2, 2], leadB: [2, 2], m: 3, n: 4, k: 5, bias: true },
      transpose,
    ),
  ),
  ...transposes.map((transpose) =>
    matmulCase('a matrix on the right that all share', { leadA: [3], m: 4, n: 5, k: 2 }, transpose),
  ),
  ...transposes.map((transpose) =>
    matmulCase('a matrix on the left that all share', { leadB: [3], m: 4, n: 5, k: 2 }, transpose),
  ),
  matmulCase('a single row', { m: 1, n: 17, k: 33 }, {}),
  matmulCase('a single column', { m: 17, n: 1, k: 33 }, {}),
  matmulCase('an inner dimension of one', { m: 6, n: 18, k: 1 }, {}),
  matmulCase('a single element', { m: 1, n: 1, k: 1 }, {}),
  matmulCase('sizes past a tile', { m: 33, n: 35, k: 2 }, {}),
])

/** y_o = Σ_i x_i w_oi + bias_o with the weight's dimensions split after `outputDims`. */
function linearReference(x: Numbers, weight: Numbers, outputDims: number, bias?: Numbers): Numbers {
  const inputs = weight.shape.slice(outputDims).reduce((product, size) => product * size, 1)
  const outputs = weight.data.length / inputs
  const flat = new Numbers([outputs, inputs], weight.data)
  return Numbers.build([...x.shape.slice(0, -1), outputs], (...index) => {
    const o = index.at(-1) as number
    let sum = bias ? bias.at(o) : 0
    for (let i = 0; i < inputs; i++) sum += x.at(...index.slice(0, -1), i) * flat.at(o, i)
    return sum
  })
}

function linearCase(name: string, x: number[], weight: number[], outputDims: number, withBias: boolean) {
  const outputs = weight.slice(0, outputDims).reduce((product, size) => product * size, 1)
  const bias: Input | undefined = withBias ? { shape: [outputs] } : undefined
  return opCase({
    name,
    inputs: { x: { shape: x }, weight: { shape: weight }, bias },
    run: ({ x, weight, bias }) => ops.linear(x, weight, { outputDims, bias }),
    reference: ({ x, weight, bias }) => linearReference(x, weight, outputDims, bias),
  })
}

battery('linear', [
  linearCase('a plain layer', [4, 6], [5, 6], 1, false),
  linearCase('a layer with bias over batches of tokens', [2, 3, 6], [5, 6], 1, true),
  linearCase('a vector', [6], [5, 6], 1, true),
  linearCase('outputs in two levels (heads, value width, hidden)', [2, 3, 5], [3, 4, 5], 2, true),
  linearCase('inputs in two levels (hidden, heads, value width)', [2, 3, 12], [5, 3, 4], 1, true),
  linearCase('outputs and inputs in two levels', [7, 6], [2, 3, 3, 2], 2, true),
  linearCase('a single output', [3, 2], [1, 2], 1, false),
  linearCase('a single input', [3, 1], [4, 1], 1, true),
])

battery('embedding', [
  opCase({
    name: 'rows, some of them twice',
    inputs: { weight: { shape: [5, 3] }, ids: { shape: [2, 3], integer: true, values: [4, 0, 2, 4, 4, 1] } },
    run: ({ weight, ids }) => ops.embedding(weight, ids),
    reference: ({ weight, ids }) =>
      Numbers.build([...ids.shape, 3], (...index) =>
        weight.at(ids.at(...index.slice(0, -1)), index.at(-1) as number),
      ),
  }),
])
