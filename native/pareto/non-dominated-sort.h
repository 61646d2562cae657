// Ranks points by Pareto dominance, all objectives minimised: rank 0 is the front of all points, rank 1 the
// front of the others, and so on (Deb et al. 2002, section III-A).
//
//   points  (count, objectives), row by row, no NaN
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace parascan {

/// The rank of every point; equal points have equal ranks.
///
/// O(n log n) for up to two objectives, O(n log^2 n) typically for three (the worst case adds the insertions
/// into sorted arrays), and O(objectives n^2) at worst beyond, with a binary search over fronts (ENS-BS,
/// Zhang et al. 2015).
std::vector<int32_t> nonDominatedSort(std::span<const double> points, size_t objectives);

}  // namespace parascan
