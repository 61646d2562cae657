// Maps over strided operands for the elementwise kernels: runs of elements go to a vector loop. Operands that
// do not lie side by side (broadcast, transposed) are copied into small buffers first, so that there is one
// vector loop per operation, not one per layout.
//
//   Operand numbers: in a map 0 is the result and 1.. are the inputs; in a reduction the result comes last.
#pragma once

#include "kernels/elementwise-nest.h"
#include "kernels/elementwise.h"
#include "kernels/quad.h"
#include "kernels/simd.h"

namespace parascan::PARASCAN_ISA {

void unary(const Launch& launch, const UnaryArgs& args);
void unaryGrad(const Launch& launch, const UnaryGradArgs& args);
void fill(const Launch& launch, Extent extent, float* y, Strides yStrides, float value);
void binary(const Launch& launch, const BinaryArgs& args);
void binaryGrad(const Launch& launch, const BinaryGradArgs& args);

namespace {

/// Elements of one task. Fixed, so that the partition depends on the shape alone; what fits into one task
/// stays on the calling thread, where waking another would cost more than the work.
constexpr int64_t taskSize = 16384;

/// Elements of an operand that are copied side by side at a time; a few such buffers fit the first cache.
constexpr int64_t packSize = 512;

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
inline int64_t divideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// `count` elements `stride` apart as a run of at least one vector: where they lie, or copied into `buffer`.
inline const float* sideBySide(const float* x, int64_t stride, int64_t count, float* buffer) {
  if (stride == 1 && count >= lanes) return x;
  if (count < lanes) store(buffer, Vec{});
  if (stride == 0) {
    const float value = count > 0 ? *x : 0;
    for (int64_t i = 0; i < count; ++i) buffer[i] = value;
  } else {
    for (int64_t i = 0; i < count; ++i) buffer[i] = x[i * stride];
  }
  return buffer;
}

/// One operation on runs of at least one vector: y[i] (+)= op(x[0][i], x[1][i], ..).
using MapRun = void (*)(const void* op, const float* const* x, float* y, int64_t count);

template <int inputs, bool accumulate, typename Op>
__attribute__((noinline)) void mapRun(const void* opaque, const float* const* x, float* y, int64_t count) {
  const Op& op = *static_cast<const Op*>(opaque);
  const auto at = [&](int64_t i) {
    Vec operand[inputs];
    for (int o = 0; o < inputs; ++o) operand[o] = load(x[o] + i);
    const Vec result = op(operand);
    return accumulate ? load(y + i) + result : result;
  };
  // The last vector overlaps the one before it. Its result is taken before anything is written, since y may
  // be added to or be one of the inputs.
  const int64_t last = count - lanes;
  const Vec end = at(last);
  for (int64_t i = 0; i < last; i += lanes) store(y + i, at(i));
  store(y + last, end);
}

/// Maps a run whose operands lie `stride` apart (of y first).
template <int inputs>
void mapStrided(MapRun run, const void* op, const float* const* x, float* y, const int64_t* stride,
                int64_t count) {
  bool direct = stride[0] == 1 && count >= lanes;
  for (int o = 0; o < inputs; ++o) direct = direct && stride[1 + o] == 1;
  if (direct) return run(op, x, y, count);
  float buffer[1 + inputs][packSize];
  const float* packed[inputs];
  for (int64_t begin = 0; begin < count; begin += packSize) {
    const int64_t width = smaller(packSize, count - begin);
    for (int o = 0; o < inputs; ++o) {
      packed[o] = buffer[1 + o];
      if (stride[1 + o] != 0 || begin == 0)
        packed[o] = sideBySide(x[o] + begin * stride[1 + o], stride[1 + o], width, buffer[1 + o]);
    }
    float* target = y + begin * stride[0];
    if (sideBySide(target, stride[0], width, buffer[0]) == target) {
      run(op, packed, target, width);
    } else {
      run(op, packed, buffer[0], larger(width, lanes));
      for (int64_t i = 0; i < width; ++i) target[i * stride[0]] = buffer[0][i];
    }
  }
}

/// Rows and columns of a tile, into which operands are copied. Wide enough that a transposed operand is
/// read in runs of a few cache lines.
constexpr int64_t tileRows = 64, tileColumns = 64;

/// tile[r][c] = x[r + c stride]: whole cache lines of x are read before the next is touched, because
/// power-of-two strides put them all into one set of the cache.
inline void transposeTile(const float* x, int64_t stride, int64_t rows, int64_t columns, float* tile) {
  int64_t c = 0;
  for (; c + 4 <= columns; c += 4) {
    const float* column = x + c * stride;
    int64_t r = 0;
    for (; r + 4 <= rows; r += 4) {
      Quad quad[4];
      for (int i = 0; i < 4; ++i) quad[i] = loadQuad(column + i * stride + r);
      transpose(quad);
      for (int i = 0; i < 4; ++i) storeQuad(tile + (r + i) * tileColumns + c, quad[i]);
    }
    for (; r < rows; ++r)
      for (int i = 0; i < 4; ++i) tile[r * tileColumns + c + i] = column[i * stride + r];
  }
  for (; c < columns; ++c)
    for (int64_t r = 0; r < rows; ++r) tile[r * tileColumns + c] = x[r + c * stride];
}

/// The dimension along which an input is contiguous that strides through memory along the innermost one, or
/// -1 if no input is transposed so.
template <int operands>
int transposedDimension(const Nest<operands>& nest) {
  for (int o = 1; o < operands; ++o) {
    if (nest.innerStride(o) == 0 || nest.innerStride(o) == 1) continue;
    for (int d = 0; d < nest.rank - 1; ++d)
      if (nest.stride[o][d] == 1) return d;
  }
  return -1;
}

/// Maps the two innermost dimensions tile by tile. `visit(source, target, rows, columns)` maps one tile; the
/// operands begin at `source` and `target`.
template <int inputs, typename F>
void eachTile(const Launch& launch, const Nest<1 + inputs>& nest, const float* const* x, float* y,
              int64_t rowsOfTile, int64_t columnsOfTile, const F& visit) {
  const int across = nest.rank - 2, inner = nest.rank - 1;
  const int64_t rowTiles = divideUp(nest.shape[across], rowsOfTile);
  const int64_t columnTiles = divideUp(nest.shape[inner], columnsOfTile);
  Nest<1 + inputs> outer = nest;
  outer.rank = across;
  outer.collapse();
  const int64_t tiles = outer.size() * rowTiles * columnTiles;
  const int64_t elements =
      smaller(rowsOfTile, nest.shape[across]) * smaller(columnsOfTile, nest.shape[inner]);
  const int64_t tilesPerTask = divideUp(taskSize, elements);
  parallelFor(launch, divideUp(tiles, tilesPerTask), [&](int64_t task, int) {
    const int64_t end = smaller(tiles, (task + 1) * tilesPerTask);
    for (int64_t tile = task * tilesPerTask; tile < end; ++tile) {
      const Cursor<1 + inputs> place(outer, tile / (rowTiles * columnTiles));
      const int64_t row = tile / columnTiles % rowTiles * rowsOfTile;
      const int64_t column = tile % columnTiles * columnsOfTile;
      const auto offset = [&](int o) {
        return place.offset[o] + row * nest.stride[o][across] + column * nest.stride[o][inner];
      };
      const float* source[inputs];
      for (int o = 0; o < inputs; ++o) source[o] = x[o] + offset(1 + o);
      visit(source, y + offset(0), smaller(rowsOfTile, nest.shape[across] - row),
            smaller(columnsOfTile, nest.shape[inner] - column));
    }
  });
}

/// Some input is transposed over the two innermost dimensions: it is turned in the tile.
template <int inputs>
void mapTransposed(const Launch& launch, const Nest<1 + inputs>& nest, const float* const* x, float* y,
                   MapRun run, const void* op) {
  const int across = nest.rank - 2, inner = nest.rank - 1;
  eachTile<inputs>(launch, nest, x, y, tileRows, tileColumns,
                   [&](const float* const* source, float* target, int64_t rows, int64_t columns) {
                     float tile[inputs][tileRows * tileColumns];
                     const float* row[inputs];
                     int64_t rowStride[inputs], stride[1 + inputs];
                     stride[0] = nest.stride[0][inner];
                     for (int o = 0; o < inputs; ++o) {
                       row[o] = source[o];
                       rowStride[o] = nest.stride[1 + o][across];
                       stride[1 + o] = nest.stride[1 + o][inner];
                       if (rowStride[o] != 1 || stride[1 + o] == 0 || stride[1 + o] == 1) continue;
                       transposeTile(source[o], stride[1 + o], rows, columns, tile[o]);
                       row[o] = tile[o];
                       rowStride[o] = tileColumns;
                       stride[1 + o] = 1;
                     }
                     for (int64_t r = 0; r < rows; ++r) {
                       mapStrided<inputs>(run, op, row, target, stride, columns);
                       for (int o = 0; o < inputs; ++o) row[o] += rowStride[o];
                       target += nest.stride[0][across];
                     }
                   });
}

/// Rows too short for a vector loop of their own, but y is contiguous over them: a tile is one run.
template <int inputs>
void mapShortRows(const Launch& launch, const Nest<1 + inputs>& nest, const float* const* x, float* y,
                  MapRun run, const void* op) {
  const int across = nest.rank - 2, inner = nest.rank - 1;
  const int64_t columns = nest.shape[inner];
  constexpr int64_t elements = tileRows * tileColumns;
  eachTile<inputs>(launch, nest, x, y, elements / columns, columns,
                   [&](const float* const* source, float* target, int64_t rows, int64_t) {
                     float tile[inputs][elements];
                     const float* packed[inputs];
                     int64_t stride[1 + inputs];
                     for (int o = 0; o <= inputs; ++o) stride[o] = 1;
                     for (int o = 0; o < inputs; ++o) {
                       packed[o] = source[o];
                       const int64_t rowStride = nest.stride[1 + o][across];
                       const int64_t columnStride = nest.stride[1 + o][inner];
                       if (columnStride == 1 && rowStride == columns) continue;
                       for (int64_t c = 0; c < columns; ++c)
                         for (int64_t r = 0; r < rows; ++r)
                           tile[o][r * columns + c] = source[o][r * rowStride + c * columnStride];
                       packed[o] = tile[o];
                     }
                     mapStrided<inputs>(run, op, packed, target, stride, rows * columns);
                   });
}

template <int inputs>
void mapNest(const Launch& launch, Nest<1 + inputs> nest, const float* const* x, float* y, MapRun run,
             const void* op) {
  nest.sort();
  nest.collapse();
  const int64_t size = nest.size();
  if (size == 0) return;
  const int inner = nest.rank - 1;
  if (inner > 0 && nest.shape[inner] < 32 && nest.stride[0][inner] == 1 &&
      nest.stride[0][inner - 1] == nest.shape[inner])
    return mapShortRows<inputs>(launch, nest, x, y, run, op);
  const int across = transposedDimension(nest);
  if (across >= 0) {
    nest.move(across, inner - 1);
    return mapTransposed<inputs>(launch, nest, x, y, run, op);
  }
  int64_t stride[1 + inputs];
  for (int o = 0; o <= inputs; ++o) stride[o] = nest.innerStride(o);
  parallelFor(launch, divideUp(size, taskSize), [&](int64_t task, int) {
    Cursor<1 + inputs> cursor(nest, task * taskSize);
    int64_t left = smaller(taskSize, size - task * taskSize);
    while (left > 0) {
      const int64_t count = smaller(cursor.run(), left);
      const float* source[inputs];
      for (int o = 0; o < inputs; ++o) source[o] = x[o] + cursor.offset[1 + o];
      mapStrided<inputs>(run, op, source, y + cursor.offset[0], stride, count);
      cursor.advance(count);
      left -= count;
    }
  });
}

/// An input of a map or a reduction.
struct Input {
  const float* data;
  const Strides& strides;
};

/// y (+)= op(x...) over all elements; op takes one vector of every input.
template <int inputs, typename Op>
void mapElements(const Launch& launch, const Extent& extent, const Input (&x)[inputs], float* y,
                 const Strides& yStrides, bool accumulate, const Op& op) {
  const float* data[inputs];
  const Strides* strides[1 + inputs] = {&yStrides};
  for (int o = 0; o < inputs; ++o) {
    data[o] = x[o].data;
    strides[1 + o] = &x[o].strides;
  }
  const MapRun run = accumulate ? mapRun<inputs, true, Op> : mapRun<inputs, false, Op>;
  mapNest<inputs>(launch, makeNest(extent, strides), data, y, run, &op);
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
