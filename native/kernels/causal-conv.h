// Contract of the causal depthwise convolution: y_t = act(bias + sum_w weight[w] x_{t - (W-1) + w}), the last
// tap is the present token; tokens before the first are zeros, or come from the state.
#pragma once

#include "kernels/launch.h"
#include "kernels/selective-scan.h"

namespace parascan {

struct CausalConvArgs {
  int64_t batch, tokens, channels, width;
  ChannelView x;        // (B, T, D)
  const float* weight;  // (D, W), rows weightRow apart
  int64_t weightRow;
  const float* bias;  // (D) or null
  bool silu;
  float* state;   // (B, W-1, D) contiguous: inputs before the first token, replaced by the last W-1; null for
                  // zeros
  ChannelView y;  // (B, T, D)
};

struct CausalConvGradArgs {
  CausalConvArgs forward;  // without state
  ChannelView dY;
  ChannelView dX;  // every gradient is added to; null means not wanted
  float* dWeight;  // rows forward.weightRow apart
  float* dBias;
};

struct CausalConvKernels {
  void (*forward)(const Launch& launch,
                  const CausalConvArgs& args);  // with tokens = 1 and a state: the decode step
  void (*backward)(const Launch& launch, const CausalConvGradArgs& args);
};

}  // namespace parascan
