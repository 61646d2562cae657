// Rows of a chunk to come, brought near while another is computed.
#pragma once

#include "kernels/matrix-scan-chunk.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// Brings rows near a few at a time, between products: they lie a token apart, where no hardware prefetcher
/// follows, and all at once they would queue for the few buffers of outstanding misses.
class ComingRows {
 public:
  /// What `calls` calls of prefetchSome bring near are the rows added.
  explicit ComingRows(int64_t calls) : calls_(calls) {}

  void add(const float* rows, int64_t stride, int64_t count, int64_t width) {
    if (count <= 0) return;
    run_[runs_++] = {rows, stride, width, count};
    rows_ += count;
  }

  void prefetchSome() {
    for (due_ += rows_; due_ >= calls_ && current_ < runs_; due_ -= calls_) {
      Run& run = run_[current_];
      for (int64_t j = 0; j < run.width; j += 16) __builtin_prefetch(run.row + j);
      __builtin_prefetch(run.row + run.width - 1);
      run.row += run.stride;
      if (--run.left == 0) ++current_;
    }
  }

 private:
  struct Run {
    const float* row;
    int64_t stride, width, left;
  };

  Run run_[16];
  int runs_ = 0, current_ = 0;
  int64_t calls_, rows_ = 0, due_ = 0;  // due_: of rows, in shares of a call
};

/// The steps and tokens of one chunk, none if there is no such chunk.
struct ChunkRange {
  int64_t step, steps, token, tokens;

  ChunkRange(const ScanSizes& sizes, int64_t chunk) {
    step = chunk < 0 ? sizes.steps : smaller(chunk * chunkRows, sizes.steps);
    const int64_t end = smaller(step + chunkRows, sizes.steps);
    steps = end - step;
    token = step / sizes.householders;
    tokens = end / sizes.householders - token;
  }

  void addSteps(ComingRows& coming, const TokenView& view, int64_t head, int64_t width) const {
    if (view.data) coming.add(at(view, step, head), view.token, steps, width);
  }
  void addTokens(ComingRows& coming, const TokenView& view, int64_t head, int64_t width) const {
    if (view.data) coming.add(at(view, token, head), view.token, tokens, width);
  }
  /// What prepareChunk reads.
  void addOperands(ComingRows& coming, const MatrixScanArgs& args, int64_t head) const {
    const int64_t keyHead = head / (args.valueHeads / args.heads);
    addSteps(coming, args.k, keyHead, args.keyDim);
    addSteps(coming, args.a, keyHead, args.keyDim);
    addSteps(coming, args.b, keyHead, args.keyDim);
    addTokens(coming, args.q, keyHead, args.keyDim);
    if (args.gate == DecayGate::channel) addTokens(coming, args.g, head, args.keyDim);
  }
};

}  // namespace
}  // namespace parascan::PARASCAN_ISA
