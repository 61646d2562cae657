// Rows of a chunk to come, brought near while another is computed.
#pragma once

#include "kernels/matrix-scan-chunk.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// Brings rows near a few at a time, between products: they lie a token apart, where no hardware prefetcher
/// follows, and all at once they would queue for the few buffers of outstanding misses.
class ComingRows {
 public:
  /// What `calls` calls of prefetchSome bring near are the chunk's rows added here.
  ComingRows(const MatrixScanArgs& args, int64_t head, int64_t chunk, int64_t calls)
      : keyHead_(head / (args.valueHeads / args.heads)) {
    const int64_t n = args.householders, steps = args.sequences.tokens * n;
    const int64_t first = chunk < 0 ? steps : smaller(chunk * chunkRows, steps);
    const int64_t end = smaller(first + chunkRows, steps);
    step_ = first;
    steps_ = end - first;
    token_ = first / n;
    tokens_ = end / n - token_;
    pace_ = ceilDivide(chunkRows, calls);
  }

  void addSteps(const TokenView& view, int64_t head, int64_t width) { add(view, step_, steps_, head, width); }
  void addTokens(const TokenView& view, int64_t head, int64_t width) {
    add(view, token_, tokens_, head, width);
  }
  int64_t keyHead() const { return keyHead_; }

  void prefetchSome() {
    for (int i = 0; i < runs_; ++i) {
      Run& run = run_[i];
      for (int64_t r = smaller(pace_, run.left); r > 0; --r, --run.left, run.row += run.stride) {
        for (int64_t j = 0; j < run.width; j += 16) __builtin_prefetch(run.row + j);
        __builtin_prefetch(run.row + run.width - 1);
      }
    }
  }

 private:
  struct Run {
    const float* row;
    int64_t stride, width, left;
  };

  void add(const TokenView& view, int64_t first, int64_t rows, int64_t head, int64_t width) {
    if (view.data && rows > 0) run_[runs_++] = {at(view, first, head), view.token, width, rows};
  }

  Run run_[8];
  int runs_ = 0;
  int64_t keyHead_, step_, steps_, token_, tokens_, pace_;
};

}  // namespace
}  // namespace parascan::PARASCAN_ISA
