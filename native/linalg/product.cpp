#include "linalg/product.h"

#include <algorithm>

namespace parascan {
namespace {

// Of C that stays in registers: 4 x 4 are eight of the sixteen that SSE2 has.
constexpr size_t tileRows = 4, tileColumns = 4;

/// A whole tile, its sums in registers over the depth.
void tile(const ProductOperands& o, size_t depth) {
  double sums[tileRows][tileColumns] = {};
  for (size_t p = 0; p < depth; ++p) {
    const double* a = o.a + p * o.aDepth;
    const double* b = o.b + p * o.bStride;
    for (size_t i = 0; i < tileRows; ++i)
      for (size_t j = 0; j < tileColumns; ++j) sums[i][j] += a[i * o.aRow] * b[j];
  }
  for (size_t i = 0; i < tileRows; ++i)
    for (size_t j = 0; j < tileColumns; ++j) o.c[i * o.cStride + j] -= sums[i][j];
}

/// What is left at the lower and right edges.
void edge(const ProductOperands& o, size_t rows, size_t columns, size_t depth) {
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < columns; ++j) {
      double sum = 0;
      for (size_t p = 0; p < depth; ++p) sum += o.a[i * o.aRow + p * o.aDepth] * o.b[p * o.bStride + j];
      o.c[i * o.cStride + j] -= sum;
    }
}

}  // namespace

void subtractProduct(const ProductOperands& o, size_t rows, size_t columns, size_t depth) {
  for (size_t i = 0; i < rows; i += tileRows)
    for (size_t j = 0; j < columns; j += tileColumns) {
      const ProductOperands part{o.a + i * o.aRow,        o.aRow,   o.aDepth, o.b + j, o.bStride,
                                 o.c + i * o.cStride + j, o.cStride};
      const size_t high = std::min(tileRows, rows - i), wide = std::min(tileColumns, columns - j);
      if (high == tileRows && wide == tileColumns)
        tile(part, depth);
      else
        edge(part, high, wide, depth);
    }
}

}  // namespace parascan
