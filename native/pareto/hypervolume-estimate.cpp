#include "pareto/hypervolume-estimate.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace parascan {

HypervolumeEstimate estimateHypervolume(std::span<const double> points, std::span<const double> reference,
                                        size_t samples, uint64_t seed) {
  const size_t objectives = reference.size();
  std::vector<double> inside;
  std::vector<double> least(reference.begin(), reference.end());
  for (size_t i = 0; i < points.size(); i += objectives) {
    const auto point = points.subspan(i, objectives);
    bool below = true;
    for (size_t k = 0; k < objectives; ++k) below = below && point[k] < reference[k];
    if (!below) continue;
    inside.insert(inside.end(), point.begin(), point.end());
    for (size_t k = 0; k < objectives; ++k) least[k] = std::min(least[k], point[k]);
  }
  if (inside.empty()) return {0, 0};

  double box = 1;
  for (size_t k = 0; k < objectives; ++k) box *= reference[k] - least[k];
  // The generator is the same everywhere; the distributions of the standard library are not.
  std::mt19937_64 generator(seed);
  std::vector<double> sample(objectives);
  size_t hits = 0;
  for (size_t n = 0; n < samples; ++n) {
    for (size_t k = 0; k < objectives; ++k) {
      const double share = static_cast<double>(generator() >> 11) * 0x1p-53;
      sample[k] = least[k] + share * (reference[k] - least[k]);
    }
    for (size_t i = 0; i < inside.size(); i += objectives) {
      size_t k = 0;
      while (k < objectives && inside[i + k] <= sample[k]) ++k;
      if (k < objectives) continue;
      ++hits;
      break;
    }
  }
  const double share = static_cast<double>(hits) / static_cast<double>(samples);
  return {box * share, box * std::sqrt(share * (1 - share) / static_cast<double>(samples))};
}

}  // namespace parascan
