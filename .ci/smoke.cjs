// The same package from CommonJS: one ESM build serves both.
const assert = require('node:assert/strict')
const { Tensor } = require('parascan')

Tensor.from([1, 2, 3])
  .data()
  .then((data) => {
    assert.deepEqual(Array.from(data), [1, 2, 3])
    console.log('parascan works with require()')
  })
