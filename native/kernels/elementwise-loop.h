// Walks strided operands together for the elementwise kernels: dimensions are dropped, reordered and merged
// until the innermost is the longest run of memory, then runs of elements go to a vector loop. Operands that
// do not lie side by side (broadcast, transposed) are copied into small buffers first, so that there is one
// vector loop per operation, not one per layout.
//
//   Operand numbers: in a map 0 is the result and 1.. are the inputs; in a reduction the result comes last.
#pragma once

#include "kernels/elementwise.h"
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

/// Dimensions that several operands walk together, innermost last. There is always at least one.
template <int operands>
struct Nest {
  int rank = 0;
  int64_t shape[maxRank];
  int64_t stride[operands][maxRank];

  int64_t size() const {
    int64_t product = 1;
    for (int d = 0; d < rank; ++d) product *= shape[d];
    return product;
  }
  int64_t innerStride(int operand) const { return stride[operand][rank - 1]; }

  void append(const Nest& other, int d) {
    shape[rank] = other.shape[d];
    for (int o = 0; o < operands; ++o) stride[o][rank] = other.stride[o][d];
    ++rank;
  }

  /// Moves dimension `from` to place `to`, keeping the order of the others.
  void move(int from, int to) {
    const auto rotate = [&](int64_t* row) {
      const int64_t moved = row[from];
      for (int d = from; d > to; --d) row[d] = row[d - 1];
      for (int d = from; d < to; ++d) row[d] = row[d + 1];
      row[to] = moved;
    };
    rotate(shape);
    for (int o = 0; o < operands; ++o) rotate(stride[o]);
  }

  /// Whether d runs faster through memory than e, by the first operand that can tell.
  bool faster(int d, int e) const {
    for (int o = 0; o < operands; ++o)
      if (stride[o][d] != 0 && stride[o][e] != 0 && stride[o][d] != stride[o][e])
        return stride[o][d] < stride[o][e];
    return false;
  }

  void sort() {
    for (int d = 1; d < rank; ++d)
      for (int e = d; e > 0 && faster(e - 1, e); --e) move(e, e - 1);
  }

  /// Merges neighbours that are one run for every operand. Leaves no empty dimension beside another.
  void collapse() {
    Nest merged;
    for (int d = 0; d < rank; ++d) {
      bool joins = merged.rank > 0;
      const int last = merged.rank - 1;
      for (int o = 0; o < operands && joins; ++o) joins = merged.stride[o][last] == stride[o][d] * shape[d];
      if (joins) {
        merged.shape[last] *= shape[d];
        for (int o = 0; o < operands; ++o) merged.stride[o][last] = stride[o][d];
      } else {
        merged.append(*this, d);
      }
    }
    const int64_t total = size();
    *this = merged;
    if (rank == 0 || total == 0) {
      rank = 1;
      shape[0] = total;
      for (int o = 0; o < operands; ++o) stride[o][0] = 0;
    }
  }
};

template <int operands>
Nest<operands> makeNest(const Extent& extent, const Strides* const (&strides)[operands]) {
  Nest<operands> nest;
  for (int d = 0; d < extent.rank; ++d) {
    if (extent.shape[d] == 1) continue;
    nest.shape[nest.rank] = extent.shape[d];
    for (int o = 0; o < operands; ++o) nest.stride[o][nest.rank] = strides[o]->of[d];
    ++nest.rank;
  }
  return nest;
}

/// A place in a nest: its coordinates and every operand's offset there.
template <int operands>
struct Cursor {
  const Nest<operands>& nest;
  int64_t at[maxRank];
  int64_t offset[operands];

  Cursor(const Nest<operands>& nest, int64_t index) : nest(nest), offset{} {
    for (int d = nest.rank - 1; d >= 0; --d) {
      at[d] = d > 0 ? index % nest.shape[d] : index;
      if (d > 0) index /= nest.shape[d];
      for (int o = 0; o < operands; ++o) offset[o] += at[d] * nest.stride[o][d];
    }
  }

  /// Elements from here to the end of the innermost dimension.
  int64_t run() const { return nest.shape[nest.rank - 1] - at[nest.rank - 1]; }

  /// Moves on by at most run() elements.
  void advance(int64_t count) {
    int d = nest.rank - 1;
    at[d] += count;
    for (int o = 0; o < operands; ++o) offset[o] += count * nest.stride[o][d];
    while (d > 0 && at[d] == nest.shape[d]) {
      for (int o = 0; o < operands; ++o)
        offset[o] += nest.stride[o][d - 1] - nest.shape[d] * nest.stride[o][d];
      at[d] = 0;
      ++at[--d];
    }
  }
};

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

typedef float Quad __attribute__((vector_size(16)));
typedef float UnalignedQuad __attribute__((vector_size(16), aligned(4), may_alias));

constexpr int64_t tileRows = 16, tileColumns = 64;

/// tile[r][c] = x[r + c stride]: whole cache lines of x are read before the next is touched, because
/// power-of-two strides put them all into one set of the cache.
inline void transposeTile(const float* x, int64_t stride, int64_t rows, int64_t columns, float* tile) {
  int64_t c = 0;
  for (; c + 4 <= columns; c += 4) {
    const float* column = x + c * stride;
    int64_t r = 0;
    for (; r + 4 <= rows; r += 4) {
      Quad q[4];
      for (int i = 0; i < 4; ++i) q[i] = *reinterpret_cast<const UnalignedQuad*>(column + i * stride + r);
      const Quad low01 = __builtin_shufflevector(q[0], q[1], 0, 4, 1, 5);
      const Quad low23 = __builtin_shufflevector(q[2], q[3], 0, 4, 1, 5);
      const Quad high01 = __builtin_shufflevector(q[0], q[1], 2, 6, 3, 7);
      const Quad high23 = __builtin_shufflevector(q[2], q[3], 2, 6, 3, 7);
      float* target = tile + r * tileColumns + c;
      *reinterpret_cast<UnalignedQuad*>(target) = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
      *reinterpret_cast<UnalignedQuad*>(target + tileColumns) =
          __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
      *reinterpret_cast<UnalignedQuad*>(target + 2 * tileColumns) =
          __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
      *reinterpret_cast<UnalignedQuad*>(target + 3 * tileColumns) =
          __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
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

template <int inputs>
void mapTiles(const Launch& launch, const Nest<1 + inputs>& nest, const float* const* x, float* y, MapRun run,
              const void* op) {
  const int across = nest.rank - 2, inner = nest.rank - 1;
  const int64_t rowTiles = divideUp(nest.shape[across], tileRows);
  const int64_t columnTiles = divideUp(nest.shape[inner], tileColumns);
  Nest<1 + inputs> outer = nest;
  outer.rank = across;
  outer.collapse();
  const int64_t tiles = outer.size() * rowTiles * columnTiles;
  const int64_t tilesPerTask = taskSize / (tileRows * tileColumns);
  parallelFor(launch, divideUp(tiles, tilesPerTask), [&](int64_t task, int) {
    float buffer[inputs][tileRows * tileColumns];
    const int64_t end = smaller(tiles, (task + 1) * tilesPerTask);
    for (int64_t tile = task * tilesPerTask; tile < end; ++tile) {
      const Cursor<1 + inputs> place(outer, tile / (rowTiles * columnTiles));
      const int64_t row = tile / columnTiles % rowTiles * tileRows;
      const int64_t column = tile % columnTiles * tileColumns;
      const int64_t rows = smaller(tileRows, nest.shape[across] - row);
      const int64_t columns = smaller(tileColumns, nest.shape[inner] - column);
      const float* source[inputs];
      int64_t rowStride[inputs], stride[1 + inputs];
      stride[0] = nest.stride[0][inner];
      for (int o = 0; o < inputs; ++o) {
        const int64_t* of = nest.stride[1 + o];
        source[o] = x[o] + place.offset[1 + o] + row * of[across] + column * of[inner];
        rowStride[o] = of[across];
        stride[1 + o] = of[inner];
        if (of[across] != 1 || of[inner] == 0 || of[inner] == 1) continue;
        transposeTile(source[o], of[inner], rows, columns, buffer[o]);
        source[o] = buffer[o];
        rowStride[o] = tileColumns;
        stride[1 + o] = 1;
      }
      float* target = y + place.offset[0] + row * nest.stride[0][across] + column * stride[0];
      for (int64_t r = 0; r < rows; ++r) {
        mapStrided<inputs>(run, op, source, target, stride, columns);
        for (int o = 0; o < inputs; ++o) source[o] += rowStride[o];
        target += nest.stride[0][across];
      }
    }
  });
}

template <int inputs>
void mapNest(const Launch& launch, Nest<1 + inputs> nest, const float* const* x, float* y, MapRun run,
             const void* op) {
  nest.sort();
  nest.collapse();
  const int64_t size = nest.size();
  if (size == 0) return;
  const int across = transposedDimension(nest);
  if (across >= 0) {
    nest.move(across, nest.rank - 2);
    return mapTiles<inputs>(launch, nest, x, y, run, op);
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
