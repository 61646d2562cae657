#include "ops/sequences.h"

#include <cmath>

#include "runtime/errors.h"

namespace parascan {

PackedSequences::PackedSequences(std::span<const double> starts) {
  if (starts.size() < 2)
    throw RangeError(
        message("`cuSeqlens` must hold the start of every sequence and the end of the last, got ",
                starts.size(), starts.size() == 1 ? " number" : " numbers"));
  std::vector<int64_t> whole;
  for (const double start : starts) {
    if (!(start >= 0 && start < 0x1p53) || start != std::floor(start))
      throw RangeError(message("`cuSeqlens` must hold whole numbers from 0, got ", start));
    if (whole.empty() && start != 0) throw RangeError(message("`cuSeqlens` must start with 0, got ", start));
    if (!whole.empty() && start < static_cast<double>(whole.back()))
      throw RangeError(message("`cuSeqlens` must not decrease, got ", start, " after ", whole.back()));
    whole.push_back(static_cast<int64_t>(start));
  }
  starts_ = std::make_shared<const std::vector<int64_t>>(std::move(whole));
}

Sequences PackedSequences::over(int64_t batch, int64_t tokens) const {
  if (!starts_) return {batch, tokens, nullptr};
  if (batch != 1) throw RangeError(message("`cuSeqlens` must come with a batch of 1, got ", batch));
  if (starts_->back() != tokens)
    throw RangeError(
        message("`cuSeqlens` must end with the number of tokens, ", tokens, ", got ", starts_->back()));
  return {static_cast<int64_t>(starts_->size()) - 1, tokens, starts_->data()};
}

}  // namespace parascan
