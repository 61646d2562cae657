// AdamW as one op over all parameters, with clipping by their global gradient norm.
#pragma once

#include "ops/operands.h"

namespace parascan {

struct AdamWParameter {
  Tensor parameter, firstMoment, secondMoment;  // contiguous, of one shape
  float learningRate, weightDecay;
};

struct AdamWOptions {
  float beta1, beta2, eps;
  int64_t step;   // 1 for the first update
  float maxNorm;  // 0: no clipping
};

/// Updates every parameter that has gathered a gradient. Returns (2): the global norm of the gradients, and
/// the factor they were scaled by, which is NaN, and nothing updated, if the norm was not finite.
Tensor adamW(Context& context, std::span<const AdamWParameter> parameters, const AdamWOptions& options);

}  // namespace parascan
