// The small dense products of the delta-rule scans: operands lie in cache, rows and columns come padded to
// whole tiles, so every loop is a plain run of broadcasts and multiply-adds with the result held in
// registers.
#pragma once

#include "kernels/simd.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// Rows of a register tile; with two vectors across, 16 or 8 accumulators hide the latency of an addition.
constexpr int rowTile = lanes == 16 ? 8 : 4;

// Always inline: on its own, with all its arguments in memory, GCC spills the sums.
template <int vectors, bool add>
[[gnu::always_inline]] inline void productTile(const float* x, int64_t xStride, const float* y,
                                               int64_t yStride, float* out, int64_t outStride,
                                               int64_t depth) {
  Vec sum[rowTile][vectors];
  for (int i = 0; i < rowTile; ++i)
    for (int c = 0; c < vectors; ++c) sum[i][c] = add ? load(out + i * outStride + c * lanes) : Vec{};
  for (int64_t k = 0; k < depth; ++k) {
    Vec row[vectors];
    for (int c = 0; c < vectors; ++c) row[c] = load(y + k * yStride + c * lanes);
    for (int i = 0; i < rowTile; ++i)
      for (int c = 0; c < vectors; ++c) sum[i][c] += x[i * xStride + k] * row[c];
  }
  for (int i = 0; i < rowTile; ++i)
    for (int c = 0; c < vectors; ++c) store(out + i * outStride + c * lanes, sum[i][c]);
}

struct Nothing {
  void operator()() const {}
};

/// out (rows, columns) = x (rows, depth) y (depth, columns), or += where `add`. `between` is called before
/// every tile.
template <bool add, typename Between = Nothing>
inline void multiply(const float* x, int64_t xStride, int64_t rows, const float* y, int64_t yStride,
                     int64_t columns, float* out, int64_t outStride, int64_t depth,
                     const Between& between = {}) {
  int64_t c = 0;
  for (; c + 2 * lanes <= columns; c += 2 * lanes)
    for (int64_t i = 0; i < rows; i += rowTile) {
      between();
      productTile<2, add>(x + i * xStride, xStride, y + c, yStride, out + i * outStride + c, outStride,
                          depth);
    }
  for (; c < columns; c += lanes)
    for (int64_t i = 0; i < rows; i += rowTile) {
      between();
      productTile<1, add>(x + i * xStride, xStride, y + c, yStride, out + i * outStride + c, outStride,
                          depth);
    }
}

template <int vectors>
[[gnu::always_inline]] inline void transposedTile(const float* x, int64_t xStride, const float* y,
                                                  int64_t yStride, const float* factor, const float* in,
                                                  float* out, int64_t stride, int64_t depth) {
  Vec sum[rowTile][vectors];
  for (int i = 0; i < rowTile; ++i)
    for (int c = 0; c < vectors; ++c)
      sum[i][c] = factor ? factor[i] * load(in + i * stride + c * lanes) : Vec{};
  for (int64_t k = 0; k < depth; ++k) {
    Vec row[vectors];
    for (int c = 0; c < vectors; ++c) row[c] = load(y + k * yStride + c * lanes);
    for (int i = 0; i < rowTile; ++i)
      for (int c = 0; c < vectors; ++c) sum[i][c] += x[k * xStride + i] * row[c];
  }
  for (int i = 0; i < rowTile; ++i)
    for (int c = 0; c < vectors; ++c) store(out + i * stride + c * lanes, sum[i][c]);
}

/// out (rows, columns) = diag(factor) in + transpose(x (depth, rows)) y (depth, columns); without `factor`
/// the first term is absent. `between` is called before every tile.
template <typename Between = Nothing>
inline void multiplyTransposed(const float* x, int64_t xStride, int64_t rows, const float* y, int64_t yStride,
                               int64_t columns, const float* factor, const float* in, float* out,
                               int64_t stride, int64_t depth, const Between& between = {}) {
  int64_t c = 0;
  for (; c + 2 * lanes <= columns; c += 2 * lanes)
    for (int64_t i = 0; i < rows; i += rowTile) {
      between();
      transposedTile<2>(x + i, xStride, y + c, yStride, factor ? factor + i : nullptr, in + i * stride + c,
                        out + i * stride + c, stride, depth);
    }
  for (; c < columns; c += lanes)
    for (int64_t i = 0; i < rows; i += rowTile) {
      between();
      transposedTile<1>(x + i, xStride, y + c, yStride, factor ? factor + i : nullptr, in + i * stride + c,
                        out + i * stride + c, stride, depth);
    }
}

/// One block of lanes x lanes: swaps ever larger off-diagonal squares, log2(lanes) rounds of lane selections.
inline void transposeBlock(const float* in, int64_t inStride, float* out, int64_t outStride) {
  Vec row[lanes];
  for (int i = 0; i < lanes; ++i) row[i] = load(in + i * inStride);
#pragma GCC unroll 4
  for (int distance = 1; distance < lanes; distance *= 2) {
    IntVec upper{}, lower{};
    for (int j = 0; j < lanes; ++j) {
      upper[j] = (j & distance) ? lanes + j - distance : j;
      lower[j] = (j & distance) ? lanes + j : j + distance;
    }
#pragma GCC unroll 16
    for (int i = 0; i < lanes; ++i) {
      if (i & distance) continue;
      const Vec a = row[i], b = row[i + distance];
      row[i] = __builtin_shuffle(a, b, upper);
      row[i + distance] = __builtin_shuffle(a, b, lower);
    }
  }
  for (int i = 0; i < lanes; ++i) store(out + i * outStride, row[i]);
}

/// out (columns, rows) = transpose(in (rows, columns)), both multiples of the vector length.
inline void transpose(const float* in, int64_t inStride, int64_t rows, int64_t columns, float* out,
                      int64_t outStride) {
  for (int64_t i = 0; i < rows; i += lanes)
    for (int64_t j = 0; j < columns; j += lanes)
      transposeBlock(in + i * inStride + j, inStride, out + j * outStride + i, outStride);
}

/// out_i = sum of row i of in (rows, lanes), for whole blocks of `lanes` rows.
inline void sumRows(const float* in, int64_t rows, float* out) {
  alignas(64) float columns[lanes * lanes];
  for (int64_t i = 0; i < rows; i += lanes) {
    transposeBlock(in + i * lanes, lanes, columns, lanes);
    Vec sum{};
    for (int j = 0; j < lanes; ++j) sum += load(columns + j * lanes);
    store(out + i, sum);
  }
}

/// Up to `lanes` of the `left` floats at p, zeros behind them.
inline Vec loadUpTo(const float* p, int64_t left) {
  return left >= lanes ? load(p) : left > 0 ? loadPartial(p, left) : Vec{};
}

inline void storeUpTo(float* p, Vec v, int64_t left) {
  if (left >= lanes)
    store(p, v);
  else if (left > 0)
    storePartial(p, v, left);
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
