#include "linalg/cholesky.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "linalg/product.h"

namespace parascan {
namespace {

// Rows worked off at a time: what is left over for the slow loops is a share of block / order of the work.
constexpr size_t block = 32;

/// Uᵀ X = columns for rows [first, last) alone, the rows above already subtracted.
void solveDiagonalTransposed(const double* u, size_t order, size_t first, size_t last, double* x,
                             size_t width, size_t stride) {
  for (size_t i = first; i < last; ++i) {
    double* row = x + i * stride;
    const double pivot = 1 / u[i * order + i];
    for (size_t c = 0; c < width; ++c) row[c] *= pivot;
    for (size_t below = i + 1; below < last; ++below) {
      const double scale = u[i * order + below];
      for (size_t c = 0; c < width; ++c) x[below * stride + c] -= scale * row[c];
    }
  }
}

/// Factors rows [first, last) within their own columns; the row whose pivot is not positive, or `last`.
size_t factorDiagonal(double* a, size_t order, size_t first, size_t last) {
  for (size_t i = first; i < last; ++i) {
    double* row = a + i * order;
    if (!(row[i] > 0) || !std::isfinite(row[i])) return i;
    const double pivot = std::sqrt(row[i]);
    row[i] = pivot;
    for (size_t j = i + 1; j < last; ++j) row[j] /= pivot;
    for (size_t below = i + 1; below < last; ++below)
      for (size_t j = below; j < last; ++j) a[below * order + j] -= row[below] * row[j];
  }
  return last;
}

}  // namespace

size_t choleskyFactor(std::span<double> matrix, size_t order) {
  double* a = matrix.data();
  for (size_t first = 0; first < order; first += block) {
    const size_t last = std::min(first + block, order);
    const size_t reached = factorDiagonal(a, order, first, last);
    if (reached < last) return reached;
    solveDiagonalTransposed(a, order, first, last, a + last, order - last, order);
    // The triangle below, in strips of rows that start at the diagonal.
    for (size_t row = last; row < order; row += block)
      subtractProduct(
          {a + first * order + row, 1, order, a + first * order + row, order, a + row * order + row, order},
          std::min(block, order - row), order - row, last - first);
  }
  for (size_t i = 1; i < order; ++i) std::fill_n(a + i * order, i, 0.0);
  return order;
}

void solveTransposed(std::span<const double> factor, size_t order, std::span<double> columns) {
  const double* u = factor.data();
  double* x = columns.data();
  const size_t width = order > 0 ? columns.size() / order : 0;
  for (size_t first = 0; first < order; first += block) {
    const size_t last = std::min(first + block, order);
    solveDiagonalTransposed(u, order, first, last, x, width, width);
    subtractProduct({u + first * order + last, 1, order, x + first * width, width, x + last * width, width},
                    order - last, width, last - first);
  }
}

void solveFactor(std::span<const double> factor, size_t order, std::span<double> columns) {
  const double* u = factor.data();
  double* x = columns.data();
  const size_t width = order > 0 ? columns.size() / order : 0;
  for (size_t last = order; last > 0;) {
    const size_t first = (last - 1) / block * block;
    for (size_t i = last; i-- > first;) {
      double* row = x + i * width;
      for (size_t below = i + 1; below < last; ++below) {
        const double scale = u[i * order + below];
        for (size_t c = 0; c < width; ++c) row[c] -= scale * x[below * width + c];
      }
      const double pivot = 1 / u[i * order + i];
      for (size_t c = 0; c < width; ++c) row[c] *= pivot;
    }
    subtractProduct({u + first, order, 1, x + first * width, width, x, width}, first, width, last - first);
    last = first;
  }
}

void inverseOfFactored(std::span<const double> factor, size_t order, std::span<double> inverse) {
  const double* u = factor.data();
  // The inverse of Uᵀ, lower triangular: row i has columns up to i alone.
  std::vector<double> lower(order * order);
  double* y = lower.data();
  for (size_t i = 0; i < order; ++i) y[i * order + i] = 1;
  for (size_t first = 0; first < order; first += block) {
    const size_t last = std::min(first + block, order);
    solveDiagonalTransposed(u, order, first, last, y, last, order);
    subtractProduct({u + first * order + last, 1, order, y + first * order, order, y + last * order, order},
                    order - last, last, last - first);
  }
  // The product of its transpose with itself, above the diagonal and with the sign turned.
  std::fill(inverse.begin(), inverse.end(), 0.0);
  double* result = inverse.data();
  for (size_t row = 0; row < order; row += block)
    for (size_t column = row; column < order; column += block)
      subtractProduct({y + column * order + row, 1, order, y + column * order + column, order,
                       result + row * order + column, order},
                      std::min(block, order - row), std::min(block, order - column), order - column);
  for (size_t i = 0; i < order; ++i)
    for (size_t j = i; j < order; ++j) result[j * order + i] = result[i * order + j] = -result[i * order + j];
}

}  // namespace parascan
