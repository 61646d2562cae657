// Sums over rows whose order depends on the number of rows alone: rows are cut into blocks, each block sums
// into memory of its own, and the blocks are added in order.
#pragma once

#include "kernels/launch.h"
#include "kernels/row-walk.h"

namespace parascan::PARASCAN_ISA {
namespace {

struct RowBlocks {
  int64_t rows, rowsEach, count;
};

inline RowBlocks rowBlocks(int64_t rows) {
  // Few enough blocks that their sums are small beside the rows, many enough for any machine.
  const int64_t mostBlocks = 64, fewestRows = 16;
  int64_t each = (rows + mostBlocks - 1) / mostBlocks;
  if (each < fewestRows) each = fewestRows;
  return {rows, each, (rows + each - 1) / each};
}

/// (blocks, columns) zeros.
inline float* zeroedPartials(const Launch& launch, const RowBlocks& blocks, int64_t columns) {
  float* partial = scratch<float>(launch, blocks.count * columns);
  __builtin_memset(partial, 0, static_cast<size_t>(blocks.count * columns) * sizeof(float));
  return partial;
}

/// Calls f(block, row, thread) for every row; those of a block follow each other on one thread.
template <typename F>
void overBlocks(const Launch& launch, const RowBlocks& blocks, const F& f) {
  parallelFor(launch, blocks.count, [&](int64_t block, int thread) {
    const int64_t first = block * blocks.rowsEach, after = first + blocks.rowsEach;
    const int64_t end = after < blocks.rows ? after : blocks.rows;
    for (int64_t row = first; row < end; ++row) f(block, row, thread);
  });
}

/// y (columns) += the rows of `partial` (blocks, columns), in order.
inline void addPartials(const Launch& launch, const RowBlocks& blocks, int64_t columns, const float* partial,
                        float* y) {
  const int64_t width = 256;
  parallelFor(launch, (columns + width - 1) / width, [&](int64_t task, int) {
    const int64_t first = task * width;
    const int64_t count = columns - first < width ? columns - first : width;
    overColumns(count, [&](int64_t c, auto span, int) {
      Vec sum{};
      for (int64_t block = 0; block < blocks.count; ++block)
        sum += load(partial + block * columns + first + c, span);
      store(y + first + c, load(y + first + c, span) + sum, span);
    });
  });
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
