// Matrix products: batched `matmul` on strided operands, and `linear`, whose weight may be any slice of a
// larger one.
#pragma once

#include "ops/operands.h"

namespace parascan {

/// a (.., m, k) times b (.., k, n), either transposed on demand; the leading dimensions of both are equal, or
/// one of the operands has none and is shared. `bias` (n) may be empty.
Tensor matmul(Context& context, const Tensor& a, const Tensor& b, bool transposeA, bool transposeB,
              const Tensor& bias);

/// x (.., in) times the transpose of `weight`, whose first `outputDims` dimensions are the outputs and whose
/// other ones are the inputs: y (.., out), out and in being the products of those dimensions. Inputs and
/// outputs may each lie in two levels, as in the slice (heads, width of a head, in) of a larger weight;
/// nothing is copied. `bias` (out) may be empty.
Tensor linear(Context& context, const Tensor& x, const Tensor& weight, const Tensor& bias, int outputDims);

}  // namespace parascan
