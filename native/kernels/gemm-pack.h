// Copies of blocks of a and b in the order the register tiles read them: panels whose row p holds element p
// of every row of a (or column of b) of the panel. Panels are float32 whatever they were packed from.
#pragma once

#include "kernels/bfloat16-lanes.h"
#include "kernels/gemm-tile.h"

namespace parascan::PARASCAN_ISA {
namespace {

static_assert(tileRows <= lanes, "a panel of a is packed through one square of vectors");

/// One step of a transposition: swaps, between two rows, the lanes whose index has the bit `distance`.
template <int distance>
inline void exchange(Vec& low, Vec& high) {
  IntVec lowFrom, highFrom;
#pragma GCC unroll 16
  for (int lane = 0; lane < lanes; ++lane) {
    lowFrom[lane] = lane & distance ? lanes + lane - distance : lane;
    highFrom[lane] = lane & distance ? lanes + lane : lane + distance;
  }
  const Vec first = __builtin_shuffle(low, high, lowFrom);
  high = __builtin_shuffle(low, high, highFrom);
  low = first;
}

/// Transposes a square of lanes x lanes in place.
template <int distance = 1>
inline void transpose(Vec (&square)[lanes]) {
#pragma GCC unroll 16
  for (int i = 0; i < lanes; ++i)
    if (!(i & distance)) exchange<distance>(square[i], square[i | distance]);
  if constexpr (2 * distance < lanes) transpose<2 * distance>(square);
}

/// to[p * stride + i] = from[i * row + p] for i < rows, p < k. Writes whole vectors: with stride < lanes the
/// surplus of one p is overwritten by the next, and that of the last lands behind the panel.
template <typename From>
inline void packTransposed(const From* from, int64_t row, int rows, int64_t k, float* to, int64_t stride) {
  for (int64_t p = 0; p < k; p += lanes) {
    const int count = k - p < lanes ? static_cast<int>(k - p) : lanes;
    Vec square[lanes];
    if (count == lanes) {
#pragma GCC unroll 16
      for (int i = 0; i < lanes; ++i) square[i] = i < rows ? load(from + i * row + p) : Vec{};
    } else {
#pragma GCC unroll 16
      for (int i = 0; i < lanes; ++i) square[i] = i < rows ? loadFirst(from + i * row + p, count) : Vec{};
    }
    transpose(square);
    float* const target = to + p * stride;
    if (count == lanes) {
#pragma GCC unroll 16
      for (int q = 0; q < lanes; ++q) store(target + q * stride, square[q]);
    } else {
#pragma GCC unroll 16
      for (int q = 0; q < lanes; ++q)
        if (q < count) store(target + q * stride, square[q]);
    }
  }
}

/// Room for a packed panel of a: k rows, and one vector of surplus.
constexpr int64_t panelFloats(int64_t rows, int64_t k) { return (rows * k + lanes + 15) / 16 * 16; }

/// Packs `rows` rows of a: panel[p * rows + i] = a(i, p).
inline void packA(const float* a, int64_t aRow, int64_t aCol, int rows, int64_t k, float* panel) {
  if (aCol == 1) return packTransposed(a, aRow, rows, k, panel, rows);
  for (int64_t p = 0; p < k; ++p) store(panel + p * rows, loadFirst(a + p * aCol, rows));
}

/// Packs `columns` columns of b in rows of `vectors` vectors, zeros behind the last column.
template <typename Right>
inline void packB(const Right* b, int64_t bRow, int64_t bCol, int64_t columns, int vectors, int64_t k,
                  float* panel) {
  const int64_t width = vectors * lanes;
  if (bCol == 1) {
    const int whole = static_cast<int>(columns / lanes);
    const int rest = static_cast<int>(columns % lanes);
    for (int64_t p = 0; p < k; ++p) {
      for (int v = 0; v < whole; ++v) store(panel + p * width + v * lanes, load(b + p * bRow + v * lanes));
      if (rest) store(panel + p * width + whole * lanes, loadFirst(b + p * bRow + whole * lanes, rest));
    }
    return;
  }
  for (int v = 0; v < vectors; ++v) {
    const int64_t left = columns - v * lanes;
    packTransposed(b + v * lanes * bCol, bCol, left < lanes ? static_cast<int>(left) : lanes, k,
                   panel + v * lanes, width);
  }
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
