// bfloat16 as storage: the upper half of a float32, with its range and eight bits of precision. Arithmetic
// is float32 everywhere: kernels widen what they read (kernels/bfloat16-lanes.h).
#pragma once

#include <stdint.h>

namespace parascan {

struct Bfloat16 {
  uint16_t bits;
};

}  // namespace parascan
