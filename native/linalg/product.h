// The inner loop of all dense algebra here: C -= A B on rectangles inside row-major arrays.
//
//   a  (rows, depth); element (i, p) lies at i * aRow + p * aDepth, so that a transposed A costs nothing
//   b  (depth, columns), rows bStride apart
//   c  (rows, columns), rows cStride apart; shares no element with a or b
#pragma once

#include <cstddef>

namespace parascan {

struct ProductOperands {
  const double* a;
  size_t aRow, aDepth;
  const double* b;
  size_t bStride;
  double* c;
  size_t cStride;
};

void subtractProduct(const ProductOperands& operands, size_t rows, size_t columns, size_t depth);

}  // namespace parascan
