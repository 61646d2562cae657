// The dimensions that several strided operands walk together, reordered and merged until the innermost is the
// longest run of memory, and a place in them.
#pragma once

#include "kernels/elementwise.h"

namespace parascan::PARASCAN_ISA {
namespace {

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

}  // namespace
}  // namespace parascan::PARASCAN_ISA
