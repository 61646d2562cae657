// What a given number of several runs reach: the boundary of the empirical attainment function for two
// objectives (Grunert da Fonseca, Fonseca & Hall 2001).
//
//   points  (count, 2), row by row, no NaN, all objectives minimised
//   runs    (count), the run a point belongs to, from 0 to runCount - 1
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace parascan {

/// The corners, x ascending, of the region that at least `level` runs dominate weakly; (count, 2) row by row.
/// `level` is from 1 (the best of all runs) to `runCount` (what every run reaches). O(count (log count +
/// runCount)).
std::vector<double> attainmentSurface(std::span<const double> points, std::span<const int32_t> runs,
                                      size_t runCount, size_t level);

}  // namespace parascan
