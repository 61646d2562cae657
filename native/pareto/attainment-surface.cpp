#include "pareto/attainment-surface.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace parascan {

std::vector<double> attainmentSurface(std::span<const double> points, std::span<const int32_t> runs,
                                      size_t runCount, size_t level) {
  constexpr double never = std::numeric_limits<double>::infinity();
  std::vector<uint32_t> order(runs.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return points[2 * a] < points[2 * b]; });
  // At x, run r reaches down to lowest[r]; so `level` runs reach down to the level-th of these in order.
  std::vector<double> lowest(runCount, never), sorted;
  std::vector<double> surface;
  double reached = never;
  for (size_t begin = 0, end; begin < order.size(); begin = end) {
    const double x = points[2 * order[begin]];
    for (end = begin; end < order.size() && points[2 * order[end]] == x; ++end) {
      double& low = lowest[static_cast<size_t>(runs[order[end]])];
      low = std::min(low, points[2 * order[end] + 1]);
    }
    sorted = lowest;
    const auto place = sorted.begin() + static_cast<std::ptrdiff_t>(level - 1);
    std::nth_element(sorted.begin(), place, sorted.end());
    if (*place >= reached) continue;
    reached = *place;
    surface.insert(surface.end(), {x, reached});
  }
  return surface;
}

}  // namespace parascan
