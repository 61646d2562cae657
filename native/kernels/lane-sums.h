// Sums over the lanes of `lanes` vectors at once, at some three instructions a vector.
#pragma once

#include "kernels/simd.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// Adds the two halves of each segment of a and of b, and puts the sums of a beside those of b. The width is
/// a template parameter because GCC folds the shuffle's indices only then.
template <int segment>
inline Vec addHalves(Vec a, Vec b) {
  IntVec lower{}, upper{};  // of both, a's lanes counted first
  for (int i = 0; i < lanes; ++i) {
    const int within = i % segment, start = i - within;
    lower[i] = within < segment / 2 ? i : lanes + start + within - segment / 2;
    upper[i] = lower[i] + segment / 2;
  }
  return __builtin_shuffle(a, b, lower) + __builtin_shuffle(a, b, upper);
}

/// Lane i of the result is the sum of rows[i]. rows: (segment) vectors
template <int segment = lanes>
inline Vec sumRows(const Vec* rows) {
  if constexpr (segment > 1) {
    Vec halves[segment / 2];
    for (int i = 0; i < segment / 2; ++i) halves[i] = addHalves<segment>(rows[i], rows[i + segment / 2]);
    return sumRows<segment / 2>(halves);
  } else {
    return rows[0];
  }
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
