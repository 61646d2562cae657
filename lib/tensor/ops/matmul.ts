// Matrix products, and the embedding that selects rows of a matrix.

import { addon } from '../../native/load.ts'
import { Tensor } from '../tensor.ts'

/**
 * a (.., m, k) times b (.., k, n) = (.., m, n); either may be a strided view, or be transposed on the fly. Leading
 * dimensions are equal, or one operand is a plain matrix that all share. `b` may hold bfloat16 where no gradient is
 * recorded; sums are float32 all the same.
 *
 * @throws RangeError naming the operand whose shape does not fit.
 */
export const matmul = (
  a: Tensor,
  b: Tensor,
  options: { transposeA?: boolean; transposeB?: boolean; bias?: Tensor } = {},
): Tensor =>
  new Tensor(
    addon.matmul(
      a.handle,
      b.handle,
      options.transposeA ?? false,
      options.transposeB ?? false,
      options.bias?.handle ?? 0,
    ),
  )

/**
 * x (.., in) times the transpose of a weight whose first `outputDims` dimensions are the outputs and whose others are
 * the inputs. The weight may be any slice of a larger one, such as (heads, value width, hidden) narrowed in all three;
 * nothing is copied, and its gradient goes to the larger one. It may hold bfloat16 where no gradient is recorded; sums
 * are float32 all the same.
 */
export const linear = (
  x: Tensor,
  weight: Tensor,
  options: { bias?: Tensor | undefined; outputDims?: number } = {},
): Tensor =>
  new Tensor(addon.linear(x.handle, weight.handle, options.bias?.handle ?? 0, options.outputDims ?? 1))

/** Rows of weight (vocabulary, columns), float32 or bfloat16, at int32 ids (..): float32 (.., columns). */
export const embedding = (weight: Tensor, ids: Tensor): Tensor =>
  new Tensor(addon.embedding(weight.handle, ids.handle))
