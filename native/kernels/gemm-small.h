// Products with few rows or few columns, as inner products along k: nothing is packed, and a matrix of
// weights stored (out, in) is read once, as it lies.
//
//   a   (rows, k)      vectors of k contiguous
//   b   (k, columns)   k contiguous: column j at b + j * bCol
#pragma once

#include "kernels/gemm-pack.h"

namespace parascan::PARASCAN_ISA {
namespace {

template <typename Right>
struct DotTile {
  const float* a;  // vector v of row i at a[i * aRow + v * aStep]
  int64_t aRow, aStep;
  const Right* b;
  int64_t bCol;
  int64_t bAhead;  // distance at which b is prefetched
  int64_t k;
  float* c;
  int64_t cRow;
  int columns;        // valid ones; the tile computes its last column again for the rest
  const float* bias;  // or null
  bool accumulate;
};

#if defined(__AVX512F__)
constexpr int dotRows = 4;
#elif defined(__AVX__)
constexpr int dotRows = 3;
#else
constexpr int dotRows = 2;
#endif

/// A power of two, at most `lanes`.
constexpr int dotColumns(int64_t rows) { return lanes >= 8 && rows <= (lanes == 16 ? 2 : 1) ? 8 : 4; }

/// Lane j of the result is the sum of the lanes of terms[j].
template <int count, int distance = 1>
inline Vec sumEach(Vec (&terms)[count]) {
  if constexpr (distance < count) {
#pragma GCC unroll 16
    for (int j = 0; j < count; j += 2 * distance) {
      exchange<distance>(terms[j], terms[j + distance]);
      terms[j] += terms[j + distance];
    }
    return sumEach<count, 2 * distance>(terms);
  } else if constexpr (distance < lanes) {
    Vec folded = terms[0];
    exchange<distance>(terms[0], folded);
    terms[0] += folded;
    return sumEach<count, 2 * distance>(terms);
  } else {
    return terms[0];
  }
}

template <int rows, int columns, typename Right>
void multiplyDotTile(const DotTile<Right>& tile) {
  const Right* column[columns];
#pragma GCC unroll 16
  for (int j = 0; j < columns; ++j)
    column[j] = tile.b + (j < tile.columns ? j : tile.columns - 1) * tile.bCol;

  Vec sum[rows][columns] = {};
  const float* aVector = tile.a;
  const auto step = [&](int64_t p, auto read) {
    Vec a[rows];
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) a[i] = read(aVector + i * tile.aRow);
    aVector += tile.aStep;
#pragma GCC unroll 16
    for (int j = 0; j < columns; ++j) {
      const Vec b = read(column[j] + p);
      if constexpr (rows > 1) __builtin_prefetch(column[j] + p + tile.bAhead);
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) sum[i][j] += a[i] * b;
    }
  };
  int64_t p = 0;
  for (; p + lanes <= tile.k; p += lanes) step(p, [](const auto* from) { return load(from); });
  const int rest = static_cast<int>(tile.k - p);
  if (rest) step(p, [rest](const auto* from) { return loadFirst(from, rest); });

#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i) {
    float* const c = tile.c + i * tile.cRow;
    Vec value = sumEach(sum[i]);
    if (tile.bias) value += loadFirst(tile.bias, tile.columns);
    if (tile.accumulate) value += loadFirst(c, tile.columns);
    storeFirst(c, value, tile.columns);
  }
}

template <typename Right>
using DotKernel = void (*)(const DotTile<Right>& tile);

template <int rows, typename Right>
constexpr DotKernel<Right> dotKernel(int64_t wanted) {
  if constexpr (rows > 1) {
    if (wanted < rows) return dotKernel<rows - 1, Right>(wanted);
  }
  return multiplyDotTile<rows, dotColumns(rows)>;
}

/// Copies `count` rows of length k that lie across memory, element p of row i at from[i + p * stride], so
/// that vector v of row i is at to[i * toRow + v * toStep]. Both are multiples of lanes.
inline void gatherRows(const float* from, int64_t stride, int64_t count, int64_t k, float* to, int64_t toRow,
                       int64_t toStep) {
  for (int64_t p = 0; p < k; p += lanes, to += toStep) {
    const int steps = k - p < lanes ? static_cast<int>(k - p) : lanes;
    packTransposed(from + p * stride, stride, steps, count, to, toRow);
  }
}

/// Interleaves `rows` rows of a vector by vector: in rows of their own they would compete for the same lines
/// of the first cache wherever their distance is a power of two.
inline void interleaveRows(const float* a, int64_t aRow, int64_t aCol, int64_t rows, int64_t k, float* to) {
  if (aCol != 1) return gatherRows(a, aCol, rows, k, to, lanes, rows * lanes);
  for (int64_t p = 0; p < k; p += lanes) {
    const int count = k - p < lanes ? static_cast<int>(k - p) : lanes;
    for (int64_t i = 0; i < rows; ++i) store(to + p * rows + i * lanes, loadFirst(a + i * aRow + p, count));
  }
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
