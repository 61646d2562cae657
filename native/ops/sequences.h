// The option `cuSeqlens` of a scan: where sequences start that are packed into a batch of one.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "kernels/sequences.h"

namespace parascan {

/// Shared and never changed, since kernels get bare pointers into it: a job that runs one captures this with
/// it.
class PackedSequences {
 public:
  /// Nothing packed: a sequence for each of the batch.
  PackedSequences() = default;
  /// Throws RangeError unless these are the starts of a sequence or more and the end of the last: whole
  /// numbers from 0 that do not decrease.
  explicit PackedSequences(std::span<const double> starts);

  explicit operator bool() const { return starts_ != nullptr; }

  /// The sequences of operands of (batch, tokens, ..). Throws RangeError unless packed ones fill a batch of
  /// one.
  Sequences over(int64_t batch, int64_t tokens) const;

 private:
  std::shared_ptr<const std::vector<int64_t>> starts_;
};

}  // namespace parascan
