// Casts between the types of numbers. No gradient flows through one.
#pragma once

#include "ops/operands.h"

namespace parascan {

/// x as `type`, both float32 or bfloat16: contiguous, or x itself if it has that type already. Rounds to the
/// nearest, ties to even.
Tensor cast(Context& context, const Tensor& x, DataType type);

/// A contiguous copy of a bfloat16 tensor.
Tensor copied(Context& context, const Tensor& x);

}  // namespace parascan
