// Casts between float32 and bfloat16, the type in which weights may be stored.

import { addon } from '../../native/load.ts'
import { Tensor } from '../tensor.ts'

/**
 * x as float32 or bfloat16, rounded to the nearest, ties to even; a NaN stays one. bfloat16 has the range of float32 and
 * eight bits of precision: rounding errs by 2⁻⁹ of a number at most. A tensor of that type already is returned as it is.
 *
 * Products, `linear` and `embedding` take bfloat16 weights and read half the bytes; nothing else does.
 *
 * @throws TypeError for int32, and where a gradient would have to flow through the cast.
 */
export function cast(x: Tensor, type: 'float32' | 'bfloat16'): Tensor {
  if (type !== 'float32' && type !== 'bfloat16')
    throw new TypeError(`\`type\` must be float32 or bfloat16, got ${type}`)
  return new Tensor(addon.cast(x.handle, type))
}
