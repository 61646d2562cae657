// Sums over the lanes of `lanes` vectors at once, at some three instructions a vector.
#pragma once

#include "kernels/simd.h"

namespace parascan::PARASCAN_ISA {
namespace {

template <int... i>
struct Indices {};
template <int n, int... i>
struct Count : Count<n - 1, n - 1, i...> {};
template <int... i>
struct Count<0, i...> {
  using type = Indices<i...>;
};

constexpr int halfIndex(int segment, int lane, int upper) {
  const int within = lane % segment, half = segment / 2;
  const int from = lane - within + upper * half;
  return within < half ? from + within : from + within - half + lanes;
}

/// Adds the two halves of each segment of a and of b, and puts the sums of a beside those of b.
template <int segment, int... i>
inline Vec addHalves(Vec a, Vec b, Indices<i...>) {
  return __builtin_shuffle(a, b, IntVec{halfIndex(segment, i, 0)...}) +
         __builtin_shuffle(a, b, IntVec{halfIndex(segment, i, 1)...});
}

/// Lane i of the result is the sum of rows[i]; the rows are overwritten.
template <int segment = lanes>
inline Vec sumRows(Vec* rows) {
  if constexpr (segment > 1) {
    for (int i = 0; i < segment / 2; ++i)
      rows[i] = addHalves<segment>(rows[i], rows[i + segment / 2], typename Count<lanes>::type{});
    return sumRows<segment / 2>(rows);
  } else {
    return rows[0];
  }
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
