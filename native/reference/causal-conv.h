// The causal depthwise convolution as plain loops in float64: y_t = act(bias + sum_w weight[w] x_{t - (W-1) +
// w}).
//
//   B batch, T tokens, D channels, W taps, the last of which is the present token; everything contiguous.
#pragma once

#include <cstdint>
#include <vector>

namespace parascan::reference {

struct CausalConvInputs {
  int64_t batch, tokens, channels, width;
  bool silu;
  std::vector<double> x;             // (B, T, D)
  std::vector<double> weight;        // (D, W)
  std::vector<double> bias;          // (D), or empty
  std::vector<double> initialState;  // (B, W-1, D): the inputs before the first token, or empty for zeros
};

struct CausalConvOutputs {
  std::vector<double> y;           // (B, T, D)
  std::vector<double> finalState;  // (B, W-1, D): the last W-1 inputs
};

/// Gradients by the name of the input; that of an absent bias is empty.
struct CausalConvGradients {
  std::vector<double> x, weight, bias, initialState;
};

CausalConvOutputs causalConv(const CausalConvInputs& inputs);

/// Of the loss whose gradients in the outputs are dOutputs; that of finalState may be empty for zeros.
CausalConvGradients causalConvGradients(const CausalConvInputs& inputs, const CausalConvOutputs& dOutputs);

}  // namespace parascan::reference
