// Elementwise arithmetic with broadcasting, reductions, gather and dropout.
#pragma once

#include "ops/operands.h"

namespace parascan {

/// Shapes are broadcast as NumPy does: aligned to the right, unit and missing dimensions repeat.
Tensor binary(Context& context, BinaryOp op, const Tensor& a, const Tensor& b);
Tensor unary(Context& context, UnaryOp op, const Tensor& x);
/// alpha x + beta
Tensor scale(Context& context, const Tensor& x, float alpha, float beta);

/// Over the listed dimensions, or all of them if the list is empty; `keepDims` leaves them with size 1.
Tensor sum(Context& context, const Tensor& x, const Dims& dims, bool keepDims, bool mean);
/// Gradients go to the first maximum.
Tensor max(Context& context, const Tensor& x, const Dims& dims, bool keepDims);

/// y[.., j, ..] = x[.., index[.., j, ..], ..] along `dim`; index has x's shape but for that dimension.
Tensor gather(Context& context, const Tensor& x, int dim, const Tensor& index);

/// Zeroes each element with probability p and scales the others by 1 / (1 - p).
Tensor dropout(Context& context, const Tensor& x, float p, RandomKey key);

}  // namespace parascan
