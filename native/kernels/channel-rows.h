// Rows of channels, read and written in whole vectors and a short last one.
#pragma once

#include "kernels/selective-scan.h"
#include "kernels/simd.h"

namespace parascan::PARASCAN_ISA {
namespace {

constexpr int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
constexpr int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
constexpr int64_t ceilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }

inline float* rowOf(const ChannelView& view, int64_t batch, int64_t token) {
  return view.data + batch * view.batch + token * view.token;
}

// `count` channels, 1 to `lanes`.
inline Vec loadSome(const float* p, int64_t count) {
  return count == lanes ? load(p) : loadPartial(p, count);
}
inline void storeSome(float* p, Vec v, int64_t count) {
  if (count == lanes)
    store(p, v);
  else
    storePartial(p, v, count);
}
inline void addSome(float* p, Vec v, int64_t count) { storeSome(p, loadSome(p, count) + v, count); }

}  // namespace
}  // namespace parascan::PARASCAN_ISA
