// Transposes squares of lanes x lanes elements in registers.
#pragma once

#include "kernels/simd.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// Exchanges, in every 2 width lanes, the upper half of a with the lower half of b.
template <int width>
inline void exchangeHalves(Vec& a, Vec& b) {
  IntVec lower{}, upper{};  // of both, a's lanes counted first
  for (int i = 0; i < lanes; ++i) {
    lower[i] = i & width ? lanes + i - width : i;
    upper[i] = i & width ? lanes + i : i + width;
  }
  const Vec both = __builtin_shuffle(a, b, lower);
  b = __builtin_shuffle(a, b, upper);
  a = both;
}

/// x[i][j] becomes x[j][i]: each step exchanges one bit of the row with the same bit of the lane.
template <int width = lanes / 2>
inline void transposeLanes(Vec (&x)[lanes]) {
#pragma GCC unroll 16
  for (int i = 0; i < lanes; ++i)
    if (!(i & width)) exchangeHalves<width>(x[i], x[i + width]);
  if constexpr (width > 1) transposeLanes<width / 2>(x);
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
