// Ops that move elements and compute nothing: reshape where a view will not do, and concatenation.
#pragma once

#include "ops/operands.h"

namespace parascan {

/// A view if the layout allows it, else a copy. One size may be -1 and is inferred.
Tensor reshape(Context& context, const Tensor& x, Dims shape);

/// Joins tensors along a dimension; all other sizes are equal.
Tensor concat(Context& context, std::span<const Tensor> parts, int dim);

}  // namespace parascan
