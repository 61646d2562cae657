// How alone every point is on its front: the diversity measure of NSGA-II (Deb et al. 2002, section III-B).
//
//   points  (count, objectives), row by row, no NaN
//   ranks   (count), of nonDominatedSort
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace parascan {

/// Per point, the mean over the objectives of the gap between its neighbours on the front, as a share of the
/// front's extent; infinite at an end of the front in any objective. An objective in which a front has no
/// extent counts 0. Of equal values, those of lower index count as smaller.
std::vector<double> crowdingDistance(std::span<const double> points, size_t objectives,
                                     std::span<const int32_t> ranks);

}  // namespace parascan
