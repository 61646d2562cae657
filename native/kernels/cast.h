// Contract of the kernels that change the type of numbers, or copy a type that no other kernel takes.
#pragma once

#include "kernels/bfloat16.h"
#include "kernels/elementwise.h"

namespace parascan {

template <typename From, typename To>
struct CastArgs {
  Extent extent;
  const From* x;
  Strides xStrides;
  To* y;  // contiguous
};

struct CastKernels {
  /// Rounds to the nearest, ties to even; NaN stays NaN.
  void (*narrow)(const Launch& launch, const CastArgs<float, Bfloat16>& args);
  void (*widen)(const Launch& launch, const CastArgs<Bfloat16, float>& args);
  void (*copy)(const Launch& launch, const CastArgs<Bfloat16, Bfloat16>& args);
};

}  // namespace parascan
