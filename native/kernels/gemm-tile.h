// Register tiles of the matrix product: rows x (vectors * lanes) elements of c held in registers over a run
// of k.
//
//   a   (rows, k)              broadcast element by element
//   b   (k, vectors * lanes)   read in vectors
//   c   (rows, columns)        columns may end inside the last vector
#pragma once

#include "kernels/simd.h"

#if defined(__AVX__)
#include <immintrin.h>
#endif

namespace parascan::PARASCAN_ISA {
namespace {

/// The first n floats at p, 0 < n <= lanes, zeros behind them; nothing beyond is touched.
inline Vec loadFirst(const float* p, int n) {
#if defined(__AVX512F__)
  return (Vec)_mm512_maskz_loadu_ps(static_cast<__mmask16>(0xffffu >> (lanes - n)), p);
#elif defined(__AVX__)
  const IntVec index = {0, 1, 2, 3, 4, 5, 6, 7};
  return (Vec)_mm256_maskload_ps(p, (__m256i)(index < n));
#else
  return n == lanes ? load(p) : loadPartial(p, n);
#endif
}

inline void storeFirst(float* p, Vec v, int n) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>(0xffffu >> (lanes - n)), (__m512)v);
#else
  // Masked stores of AVX take some 20 micro-operations on several processors.
  if (n == lanes)
    store(p, v);
  else
    storePartial(p, v, n);
#endif
}

struct Tile {
  const float* a;  // element (i, p) at a[i * aRow + p * aCol]; packed: a[p * rows + i]
  int64_t aRow, aCol;
  const float* b;  // row p at b[p * bRow], readable over all vectors
  int64_t bRow;
  int64_t bAhead;  // distance at which b is prefetched
  int64_t k;
  float* c;
  int64_t cRow;
  int lastColumns;    // columns of c in the last vector, 1 to lanes
  const float* bias;  // or null
  bool accumulate;
};

// A tile holds its sums, one row of b and one broadcast in registers; without a fused multiply-add each
// product needs one more.
#if defined(__AVX512F__)
constexpr int registers = 32;
constexpr int tileRows = 14;
#elif defined(__AVX__)
constexpr int registers = 16;
constexpr int tileRows = 6;
#elif defined(__aarch64__)
constexpr int registers = 32;
constexpr int tileRows = 4;
#else
constexpr int registers = 15;
constexpr int tileRows = 4;
#endif
constexpr int widestVectors = 8;

/// With few rows there is room for wider tiles, which read longer runs of b.
constexpr int vectorsFor(int64_t rows) {
  const int vectors = (registers - 1) / (static_cast<int>(rows) + 1);
  return vectors > widestVectors ? widestVectors : vectors;
}

/// Adds the bias and what c holds, and stores: the general case.
__attribute__((noinline)) void finishTile(const Tile& tile, int rows, int vectors, const Vec* sum) {
  for (int i = 0; i < rows; ++i) {
    for (int v = 0; v < vectors; ++v) {
      const int columns = v + 1 < vectors ? lanes : tile.lastColumns;
      float* const target = tile.c + i * tile.cRow + v * lanes;
      Vec value = sum[i * vectors + v];
      if (tile.bias) value += loadFirst(tile.bias + v * lanes, columns);
      if (tile.accumulate) value += loadFirst(target, columns);
      storeFirst(target, value, columns);
    }
  }
}

template <int rows, int vectors, bool packedA>
void multiplyTile(const Tile& tile) {
  const int64_t aRow = packedA ? 1 : tile.aRow;
  const int64_t aCol = packedA ? rows : tile.aCol;
  const float* a = tile.a;
  const float* b = tile.b;
  float* const c = tile.c;
  for (int i = 0; i < rows; ++i) {
    __builtin_prefetch(c + i * tile.cRow, 1);
    __builtin_prefetch(c + i * tile.cRow + vectors * lanes - 1, 1);
  }

  Vec sum[rows][vectors] = {};
  for (int64_t p = 0; p < tile.k; ++p) {
    Vec bRow[vectors];
#pragma GCC unroll 16
    for (int v = 0; v < vectors; ++v) {
      bRow[v] = load(b + v * lanes);
      // Thinner tiles are bound by loads already.
      if constexpr (rows > 4) __builtin_prefetch(b + tile.bAhead + v * lanes);
    }
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      const float x = a[i * aRow];
#pragma GCC unroll 16
      for (int v = 0; v < vectors; ++v) sum[i][v] += bRow[v] * x;
    }
    a += aCol;
    b += tile.bRow;
  }

  if (tile.lastColumns < lanes || tile.bias) {
    // Out of line and on a copy, or the compiler keeps sums in memory during the loop to have registers here.
    Vec copy[rows][vectors];
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 16
      for (int v = 0; v < vectors; ++v) copy[i][v] = sum[i][v];
    }
    finishTile(tile, rows, vectors, &copy[0][0]);
    return;
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 16
    for (int v = 0; v < vectors; ++v) {
      float* const target = c + i * tile.cRow + v * lanes;
      store(target, tile.accumulate ? sum[i][v] + load(target) : sum[i][v]);
    }
  }
}

using TileKernel = void (*)(const Tile& tile);

struct TileTable {
  TileKernel kernel[2][tileRows][widestVectors];  // [packed a][rows - 1][vectors - 1]
};

template <int rows, int vectors>
constexpr void fillTable(TileTable& table) {
  table.kernel[0][rows - 1][vectors - 1] = multiplyTile<rows, vectors, false>;
  table.kernel[1][rows - 1][vectors - 1] = multiplyTile<rows, vectors, true>;
  if constexpr (vectors < vectorsFor(rows))
    fillTable<rows, vectors + 1>(table);
  else if constexpr (rows < tileRows)
    fillTable<rows + 1, 1>(table);
}

constexpr TileTable makeTable() {
  TileTable table{};
  fillTable<1, 1>(table);
  return table;
}

constexpr TileTable tiles = makeTable();

}  // namespace
}  // namespace parascan::PARASCAN_ISA
