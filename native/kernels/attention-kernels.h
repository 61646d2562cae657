// What the files behind the table `attention` share: their functions, the tiles of the score matrix and the
// small products on them.
//
//   Scores are kept as (keys, queries): a vector holds one key and `lanes` queries, so the softmax over keys
//   runs down the vectors and needs no sum across lanes, and keys and values are read where they lie, as
//   scalars that are broadcast.
//
//   qT (D, queryTile), dOT (V, queryTile): one tile of queries, transposed once and used for all its keys
#pragma once

#include "kernels/attention.h"
#include "kernels/lane-transpose.h"
#include "kernels/row-walk.h"

namespace parascan::PARASCAN_ISA {

void attentionForward(const Launch& launch, const AttentionArgs& args);
void attentionBackward(const Launch& launch, const AttentionGradArgs& args);
void attentionStep(const Launch& launch, const AttentionStepArgs& args);
void rotary(const Launch& launch, const RotaryArgs& args);

namespace {

constexpr int tileVectors = 2;
constexpr int64_t queryTile = tileVectors * lanes;
constexpr int64_t keyTile = 48;  // scores of a tile stay in the first-level cache with both operands

inline float* vectorOf(const TokenView& view, int64_t batch, int64_t token, int64_t head) {
  return view.data + batch * view.batch + token * view.token + head * view.head;
}

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t upToLanes(int64_t n) { return (n + lanes - 1) / lanes * lanes; }

/// The queries of one tile and the keys any of them sees.
struct QueryTile {
  int64_t first, count;
  int64_t keyFirst, keyEnd;
};

inline QueryTile queryTileAt(const AttentionArgs& args, int64_t index) {
  const int64_t first = index * queryTile;
  const int64_t count = smaller(queryTile, args.tokens - first);
  const int64_t behind = args.window > 0 ? first - args.window + 1 : 0;
  return {first, count, behind > 0 ? behind : 0, first + count};
}

/// Which of the queries of a tile see which keys.
class CausalMask {
 public:
  CausalMask(const AttentionArgs& args, const QueryTile& tile)
      : first_(tile.first), window_(args.window > 0 ? args.window : args.tokens) {
    for (int i = 0; i < lanes; ++i) lane_[i] = i;
  }

  /// Whether every query sees every key of [keyFirst, keyEnd).
  bool allVisible(int64_t keyFirst, int64_t keyEnd) const {
    return keyEnd - 1 <= first_ && first_ + queryTile - 1 - keyFirst < window_;
  }

  /// x where the queries of vector w see `key`, `hidden` elsewhere.
  Vec apply(Vec x, int64_t key, int w, float hidden) const {
    const IntVec age = lane_ + static_cast<int32_t>(first_ + w * lanes - key);
    return (age >= 0) & (age < static_cast<int32_t>(window_)) ? x : splat(hidden);
  }

 private:
  int64_t first_, window_;
  IntVec lane_;
};

/// xT (dims, queryTile) = factor x^T for the queries of the tile, zeros behind them.
inline void transposeIn(const TokenView& x, int64_t batch, int64_t head, const QueryTile& tile, int64_t dims,
                        float factor, float* xT) {
  for (int64_t query = 0; query < queryTile; query += lanes)
    overColumns(dims, [&](int64_t c, auto span, int) {
      Vec square[lanes];
#pragma GCC unroll 16
      for (int i = 0; i < lanes; ++i) {
        square[i] = Vec{};
        if (query + i < tile.count)
          square[i] = load(vectorOf(x, batch, tile.first + query + i, head) + c, span) * factor;
      }
      transposeLanes(square);
      for (int64_t d = 0; d < smaller(lanes, dims - c); ++d)
        store(xT + (c + d) * queryTile + query, square[d]);
    });
}

/// Calls f(i, c, span, values) for the vectors of x, given xT (dims, queryTile): values are those of query i
/// of the tile from column c on.
template <typename F>
inline void transposeOut(const QueryTile& tile, int64_t dims, const float* xT, const F& f) {
  for (int64_t query = 0; query < tile.count; query += lanes)
    overColumns(dims, [&](int64_t c, auto span, int) {
      Vec square[lanes];
#pragma GCC unroll 16
      for (int d = 0; d < lanes; ++d)
        square[d] = c + d < dims ? load(xT + (c + d) * queryTile + query) : Vec{};
      transposeLanes(square);
      for (int64_t i = 0; i < smaller(lanes, tile.count - query); ++i) f(query + i, c, span, square[i]);
    });
}

enum class Start { zero, keep, scale };  // of the sums: nothing, what c holds, or that times a factor

/// a is a matrix whose rows are contiguous, or read as the transpose of one.
enum class Layout { rows, columns };

/// c (rows, vectors * lanes) = start + a b in registers. `factor`: (vectors) of Start::scale.
template <Start start, Layout layout, int rows, int vectors>
inline void multiplyBlock(int64_t depth, const float* a, int64_t aStride, const float* b, int64_t bStride,
                          float* c, int64_t cStride, const Vec* factor) {
  Vec sum[rows][vectors];
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 2
    for (int w = 0; w < vectors; ++w) {
      sum[r][w] = start == Start::zero ? Vec{} : load(c + r * cStride + w * lanes);
      if constexpr (start == Start::scale) sum[r][w] *= factor[w];
    }
  for (int64_t p = 0; p < depth; ++p) {
    Vec right[vectors];
#pragma GCC unroll 2
    for (int w = 0; w < vectors; ++w) right[w] = load(b + p * bStride + w * lanes);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      const Vec left = splat(layout == Layout::rows ? a[r * aStride + p] : a[p * aStride + r]);
#pragma GCC unroll 2
      for (int w = 0; w < vectors; ++w) sum[r][w] += left * right[w];
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 2
    for (int w = 0; w < vectors; ++w) store(c + r * cStride + w * lanes, sum[r][w]);
}

// Sums and operands must fit the registers; without a fused multiply-add the product needs one more.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int blockRows = 8;
#elif defined(__AVX__)
constexpr int blockRows = 6;
#else
constexpr int blockRows = 4;
#endif

/// The same for any number of rows.
template <Start start, Layout layout, int vectors, int rows = blockRows>
inline void multiplyRows(int64_t count, int64_t depth, const float* a, int64_t aStride, const float* b,
                         int64_t bStride, float* c, int64_t cStride, const Vec* factor) {
  const int64_t aRow = layout == Layout::rows ? aStride : 1;
  int64_t r = 0;
  for (; r + rows <= count; r += rows)
    multiplyBlock<start, layout, rows, vectors>(depth, a + r * aRow, aStride, b, bStride, c + r * cStride,
                                                cStride, factor);
  if constexpr (rows > 1)
    if (r < count)
      multiplyRows<start, layout, vectors, (rows + 1) / 2>(count - r, depth, a + r * aRow, aStride, b,
                                                           bStride, c + r * cStride, cStride, factor);
}

/// scores (keys, queryTile) = x y^T; x: keys or values at `xStride`, yT: (dims, queryTile).
inline void scoreTile(int64_t keys, int64_t dims, const float* x, int64_t xStride, const float* yT,
                      float* scores) {
  multiplyRows<Start::zero, Layout::rows, tileVectors>(keys, dims, x, xStride, yT, queryTile, scores,
                                                       queryTile, nullptr);
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
