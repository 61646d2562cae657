// The volume that points dominate up to a reference point, all objectives minimised: the one measure of a
// front that never rises when the front gets worse (Zitzler & Thiele 1998).
//
//   points     (count, objectives), row by row, no NaN
//   reference  (objectives)
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace parascan {

/// Exact; points that are not below the reference in every objective count nothing.
///
/// Sweeps for up to three objectives, O(n log n) but for insertions into a sorted array; WFG beyond (While,
/// Bradstreet & Barone 2012), exponential in the objectives at worst.
double hypervolume(std::span<const double> points, std::span<const double> reference);

/// Per point, the volume that it dominates and no other does: what the hypervolume would lose with it. Zero
/// for equal and for dominated points, and for those not below the reference.
std::vector<double> exclusiveVolumes(std::span<const double> points, std::span<const double> reference);

}  // namespace parascan
