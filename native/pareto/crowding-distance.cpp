#include "pareto/crowding-distance.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace parascan {

std::vector<double> crowdingDistance(std::span<const double> points, size_t objectives,
                                     std::span<const int32_t> ranks) {
  const size_t count = ranks.size();
  std::vector<double> distances(count, 0.0);
  std::vector<uint32_t> order(count);
  for (size_t objective = 0; objective < objectives; ++objective) {
    const auto value = [&](uint32_t i) { return points[i * objectives + objective]; };
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      if (ranks[a] != ranks[b]) return ranks[a] < ranks[b];
      if (value(a) != value(b)) return value(a) < value(b);
      return a < b;
    });
    for (size_t begin = 0, end; begin < count; begin = end) {
      end = begin + 1;
      while (end < count && ranks[order[end]] == ranks[order[begin]]) ++end;
      const double extent = value(order[end - 1]) - value(order[begin]);
      distances[order[begin]] = distances[order[end - 1]] = std::numeric_limits<double>::infinity();
      for (size_t i = begin + 1; i + 1 < end && extent > 0; ++i)
        distances[order[i]] +=
            (value(order[i + 1]) - value(order[i - 1])) / extent / static_cast<double>(objectives);
    }
  }
  return distances;
}

}  // namespace parascan
