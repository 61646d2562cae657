// Token-major operands of scans and attention.
#pragma once

#include <stdint.h>

namespace parascan {

/// The vector of batch b, token t, head h starts at data[b*batch + t*token + h*head] and is contiguous (a
/// scalar for beta and for decays per head).
struct TokenView {
  float* data;
  int64_t batch, token, head;
};

}  // namespace parascan
