// Contract of the seeded random kernels: Philox4x32-10 (Salmon et al. 2011), a pure function of (seed,
// counter), so a value depends neither on threads nor on what was drawn before, and dropout rebuilds its mask
// in the backward pass.
#pragma once

#include "kernels/launch.h"

namespace parascan {

struct RandomKey {
  uint64_t seed;    // Philox key
  uint64_t offset;  // high half of the counter: one value per call; the low half is the element index / 4
};

struct RandomKernels {
  void (*uniform)(const Launch& launch, RandomKey key, float low, float high, int64_t count,
                  float* y);  // [low, high)
  void (*normal)(const Launch& launch, RandomKey key, float mean, float deviation, int64_t count, float* y);
  /// y (+)= x * keep / (1 - p), keep drawn with probability 1 - p; backward is the same call with dY for x.
  void (*dropout)(const Launch& launch, RandomKey key, float p, int64_t count, const float* x, float* y,
                  bool accumulate);
};

}  // namespace parascan
