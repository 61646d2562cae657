#include "pareto/front-distance.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace parascan {
namespace {

/// Of a point and a member of the front.
double squared(const double* point, const double* member, size_t objectives, Distance distance) {
  double sum = 0;
  for (size_t k = 0; k < objectives; ++k) {
    const double worse = point[k] - member[k];
    if (distance == Distance::plain || worse > 0) sum += worse * worse;
  }
  return sum;
}

/// measure(a, b) for the row b of `to` that makes it least.
template <typename Measure>
double least(const double* a, std::span<const double> to, size_t objectives, Measure measure) {
  double best = std::numeric_limits<double>::infinity();
  for (size_t j = 0; j < to.size(); j += objectives) best = std::min(best, measure(a, to.data() + j));
  return best;
}

/// The mean over the rows of `from` of the root of least(row, to).
template <typename Measure>
double meanOfRoots(std::span<const double> from, std::span<const double> to, size_t objectives,
                   Measure measure) {
  double sum = 0;
  for (size_t i = 0; i < from.size(); i += objectives)
    sum += std::sqrt(least(from.data() + i, to, objectives, measure));
  return sum / static_cast<double>(from.size() / objectives);
}

}  // namespace

double generationalDistance(std::span<const double> points, std::span<const double> front, size_t objectives,
                            Distance distance) {
  return meanOfRoots(points, front, objectives, [&](const double* point, const double* member) {
    return squared(point, member, objectives, distance);
  });
}

double invertedGenerationalDistance(std::span<const double> points, std::span<const double> front,
                                    size_t objectives, Distance distance) {
  return meanOfRoots(front, points, objectives, [&](const double* member, const double* point) {
    return squared(point, member, objectives, distance);
  });
}

double additiveEpsilon(std::span<const double> points, std::span<const double> front, size_t objectives) {
  double most = -std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < front.size(); i += objectives)
    most = std::max(
        most, least(front.data() + i, points, objectives, [&](const double* member, const double* point) {
          double shift = point[0] - member[0];
          for (size_t k = 1; k < objectives; ++k) shift = std::max(shift, point[k] - member[k]);
          return shift;
        }));
  return most;
}

}  // namespace parascan
