// Walks over a contiguous row of any length, in vectors, with the sums and maxima that rows need.
#pragma once

#include "kernels/simd.h"
#include "kernels/vector-math.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// How much of a vector lies within the row.
struct Whole {};
struct Tail {
  int64_t count;
};

inline Vec load(const float* p, Whole) { return load(p); }
inline Vec load(const float* p, Tail tail) { return loadPartial(p, tail.count); }
inline void store(float* p, Vec v, Whole) { store(p, v); }
inline void store(float* p, Vec v, Tail tail) { storePartial(p, v, tail.count); }

/// v with `filling` in the lanes outside the row.
inline Vec filled(Vec v, float, Whole) { return v; }
inline Vec filled(Vec v, float filling, Tail tail) {
  IntVec index;
  for (int i = 0; i < lanes; ++i) index[i] = i;
  return index < static_cast<int32_t>(tail.count) ? v : splat(filling);
}

/// Independent partial sums that hide the latency of an addition.
constexpr int slots = 4;

/// Calls f(column, span, slot) for the vectors of a row: span is Whole or Tail, slot one of the partial sums.
template <typename F>
inline void overColumns(int64_t columns, const F& f) {
  int64_t column = 0;
  for (; column + slots * lanes <= columns; column += slots * lanes) {
    f(column, Whole{}, 0);
    f(column + lanes, Whole{}, 1);
    f(column + 2 * lanes, Whole{}, 2);
    f(column + 3 * lanes, Whole{}, 3);
  }
  for (; column + lanes <= columns; column += lanes) f(column, Whole{}, 0);
  if (column < columns) f(column, Tail{columns - column}, 1);
}

inline float sumSlots(const Vec (&part)[slots]) {
  return sumLanes((part[0] + part[1]) + (part[2] + part[3]));
}

/// Like sumPartners, of the maximum.
template <int width>
inline Vec maximumPartners(Vec v) {
  IntVec partner{};
  for (int i = 0; i < lanes; ++i) partner[i] = i ^ width;
  v = atLeast(v, __builtin_shuffle(v, partner));
  if constexpr (width > 1) v = maximumPartners<width / 2>(v);
  return v;
}

inline float maximumOfRow(int64_t columns, const float* x) {
  const float lowest = -__builtin_inff();
  Vec part[slots] = {splat(lowest), splat(lowest), splat(lowest), splat(lowest)};
  overColumns(columns, [&](int64_t c, auto span, int slot) {
    part[slot] = atLeast(part[slot], filled(load(x + c, span), lowest, span));
  });
  const Vec highest = atLeast(atLeast(part[0], part[1]), atLeast(part[2], part[3]));
  return maximumPartners<lanes / 2>(highest)[0];
}

/// sum_c exp(factor (x_c - maximum)).
inline float sumOfExponentials(int64_t columns, const float* x, float maximum, float factor) {
  Vec part[slots] = {};
  overColumns(columns, [&](int64_t c, auto span, int slot) {
    part[slot] += filled(exponential((load(x + c, span) - maximum) * factor), 0, span);
  });
  return sumSlots(part);
}

/// y = exp(x - maximum), which may be x; returns the sum.
inline float exponentialsOfRow(int64_t columns, const float* x, float maximum, float* y) {
  Vec part[slots] = {};
  overColumns(columns, [&](int64_t c, auto span, int slot) {
    const Vec e = filled(exponential(load(x + c, span) - maximum), 0, span);
    store(y + c, e, span);
    part[slot] += e;
  });
  return sumSlots(part);
}

inline float logarithmOf(float x) { return logarithm(splat(x))[0]; }

}  // namespace
}  // namespace parascan::PARASCAN_ISA
