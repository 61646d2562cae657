// The cost of a token does not depend on how many came before: 65 536 tokens as texts of 512, of 2048, … and as one. All
// are read from memory. The same short text again and again would be read from the caches, which has nothing to do
// with its length.
import { ops, Program, scope, Tensor } from 'parascan'
import { report } from './report.mjs'

const total = 65_536
const [heads, width] = [8, 64]

/** @returns {import('parascan/hardware').BenchmarkCase} */
function textsOf(/** @type {number} */ length) {
  const count = total / length
  return {
    op: 'gated deltaRule',
    family: 'delta rule',
    form: 'forward',
    shape: `${count} × T${length} H${heads} d${width}`,
    tokens: total,
    flops: total * heads * 7 * width * width,
    bytes: 4 * total * heads * (4 * width + 2),
    prepare(seed) {
      let stream = 0
      const normal = (/** @type {number[]} */ ...shape) => Tensor.normal(shape, { seed, stream: stream++ })
      const uniform = (/** @type {number} */ low, /** @type {number} */ high) =>
        Tensor.uniform([1, length, heads], { seed, stream: stream++, low, high })
      const unit = () => scope(() => ops.l2Norm(normal(1, length, heads, width)))
      const texts = Array.from({ length: count }, () => {
        const v = normal(1, length, heads, width)
        return { q: unit(), k: unit(), v, beta: uniform(0, 2), g: uniform(-0.1, 0) }
      })
      const program = Program.capture(() =>
        scope(() => texts.map((text) => ops.deltaRule(text).o).at(-1) ?? Tensor.zeros([1])),
      )
      return {
        time: (limits) => program.time(limits),
        [Symbol.dispose]() {
          program.dispose()
          for (const tensor of texts.flatMap(Object.values)) tensor.dispose()
        },
      }
    },
  }
}

const perToken = ({ timing, tokens }) => timing.median / tokens

await report(
  'Cost of a token of the gated delta rule against the length of the text',
  [512, 2048, 8192, 32_768, 65_536].map(textsOf),
  (row, rows) => {
    const shortest = rows.find(({ threads }) => threads === row.threads) ?? row
    return {
      'µs/token': Number((perToken(row) * 1e6).toFixed(3)),
      'vs. shortest': Number((perToken(row) / perToken(shortest)).toFixed(2)),
    }
  },
)
