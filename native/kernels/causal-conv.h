// Contract of the causal depthwise convolution: y_t = act(bias + sum_w weight[w] x_{t - (W-1) + w}), the last
// tap is the present token; tokens before the first of a sequence are zeros, or its initial state.
#pragma once

#include "kernels/launch.h"
#include "kernels/selective-scan.h"
#include "kernels/sequences.h"

namespace parascan {

struct CausalConvArgs {
  Sequences sequences;  // N of them
  int64_t channels, width;
  ChannelView x;        // (B, T, D)
  const float* weight;  // (D, W), rows weightRow apart
  int64_t weightRow;
  const float* bias;  // (D) or null
  bool silu;
  const float* initialState;  // (N, W-1, D) contiguous: inputs before the first token; null for zeros
  ChannelView y;              // (B, T, D)
  float* finalState;  // (N, W-1, D) contiguous: the last W-1 inputs; may be the same memory as initialState
};

struct CausalConvGradArgs {
  CausalConvArgs forward;    // y and finalState are not read
  ChannelView dY;            // data null means zeros
  const float* dFinalState;  // or null for zeros
  ChannelView dX;            // every gradient is added to; null means not wanted
  float* dWeight;            // rows forward.weightRow apart
  float* dBias;
  float* dInitialState;
};

struct CausalConvKernels {
  /// With tokens = 1 and finalState = initialState it is the decode step, in place.
  void (*forward)(const Launch& launch, const CausalConvArgs& args);
  void (*backward)(const Launch& launch, const CausalConvGradArgs& args);
};

}  // namespace parascan
