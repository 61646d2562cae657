// The logarithm of a scan's decay, out of what a layer projects.
#pragma once

#include "ops/operands.h"

namespace parascan {

struct LogDecayInputs {
  LogDecayForm form;
  bool signedDecay;
  float scale;
  Tensor x;        // (B, T, H) or (B, T, H, K)
  Tensor logRate;  // (H) or empty
  Tensor bias;     // (H) or (H, K) as x, or empty
};

/// Of x's shape, with gradients for all inputs (kernels/log-decay.h).
Tensor logDecay(Context& context, const LogDecayInputs& inputs);

}  // namespace parascan
