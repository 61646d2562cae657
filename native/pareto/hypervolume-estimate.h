// The hypervolume by random sampling, for as many objectives as one likes (Bader & Zitzler 2011).
//
//   points     (count, objectives), row by row, no NaN
//   reference  (objectives)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace parascan {

struct HypervolumeEstimate {
  double volume;
  /// Standard deviation of `volume` over seeds, estimated from the share of samples that hit.
  double standardError;
};

/// From `samples` points drawn evenly in the box between the best value in each objective and the reference.
/// The same seed gives the same estimate.
HypervolumeEstimate estimateHypervolume(std::span<const double> points, std::span<const double> reference,
                                        size_t samples, uint64_t seed);

}  // namespace parascan
