// Symmetric positive definite systems in float64, for Gaussian processes of up to a few thousand points.
//
//   matrix   (order, order), row by row; only the upper triangle is read
//   factor   (order, order), upper triangular U with Uᵀ U = matrix, zeros below
//   columns  right-hand sides (order, count), row by row, overwritten with the solution
#pragma once

#include <cstddef>
#include <span>

namespace parascan {

/// Overwrites `matrix` with its factor and returns its order; or returns the first row whose pivot is not
/// positive, and leaves the matrix in pieces.
size_t choleskyFactor(std::span<double> matrix, size_t order);

/// X of Uᵀ X = columns: what whitens points with the covariance Uᵀ U.
void solveTransposed(std::span<const double> factor, size_t order, std::span<double> columns);

/// X of U X = columns.
void solveFactor(std::span<const double> factor, size_t order, std::span<double> columns);

/// The inverse of Uᵀ U, both triangles, into `inverse` (order, order).
void inverseOfFactored(std::span<const double> factor, size_t order, std::span<double> inverse);

}  // namespace parascan
