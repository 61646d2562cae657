// Uses an installed parascan as a dependency: a product, its gradient, a description of the machine.
import assert from 'node:assert/strict'
import { ops, Tensor } from 'parascan'
import { diagnose } from 'parascan/hardware'

const weight = Tensor.from([
  [1, 0],
  [0, 2],
]).requireGradient()
const loss = ops.sum(ops.square(ops.matmul(Tensor.from([[3, 4]]), weight)))
loss.backward()
assert.equal(await loss.item(), 9 + 64)
assert.deepEqual(Array.from(await weight.gradient.data()), [18, 48, 24, 64])

const { device, findings } = diagnose()
assert.ok(findings.length > 0)
console.log(`parascan ${device.version} works as an ES module on ${device.instructionSet}`)
