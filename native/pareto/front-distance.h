// How far a set of points is from a reference front, all objectives minimised (Van Veldhuizen & Lamont 1998;
// Ishibuchi et al. 2015 for the distances that count only what is worse).
//
//   points  (count, objectives), row by row, no NaN
//   front   (size, objectives), likewise
#pragma once

#include <cstddef>
#include <span>

namespace parascan {

enum class Distance {
  /// Euclidean.
  plain,
  /// Euclidean over the objectives in which the point is worse than the member of the front.
  worse,
};

/// The mean over the points of the distance to the nearest member of the front: GD, and GD+ with `worse`.
double generationalDistance(std::span<const double> points, std::span<const double> front, size_t objectives,
                            Distance distance);

/// The mean over the front of the distance from the nearest point: IGD, and IGD+ with `worse`.
double invertedGenerationalDistance(std::span<const double> points, std::span<const double> front,
                                    size_t objectives, Distance distance);

/// The least number that, taken from every objective of every point, makes the points weakly dominate the
/// whole front (Zitzler et al. 2003).
double additiveEpsilon(std::span<const double> points, std::span<const double> front, size_t objectives);

}  // namespace parascan
