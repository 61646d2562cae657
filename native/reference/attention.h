// Causal softmax attention and rotary position embedding as plain loops in float64: what the kernels are
// tested against, and the place to read the mathematics.
//
//   o_t = sum_s softmax_s(scale q_t . k_s) v_s   over s <= t, and s > t - window where a window is given
//
//   B batch, T tokens, H query heads, HK key/value heads (head h reads key head h / (H/HK)), D key dim,
//   V value dim; everything contiguous in the order of its shape.
#pragma once

#include <cstdint>
#include <vector>

namespace parascan::reference {

struct AttentionInputs {
  int64_t batch, tokens, heads, keyHeads, keyDim, valueDim;
  double scale;
  int64_t window;         // 0: unlimited
  std::vector<double> q;  // (B, T, H, D)
  std::vector<double> k;  // (B, T, HK, D)
  std::vector<double> v;  // (B, T, HK, V)
};

/// By the name of the input.
struct AttentionGradients {
  std::vector<double> q, k, v;
};

/// o (B, T, H, V)
std::vector<double> attention(const AttentionInputs& inputs);

/// Of the loss whose gradient in o is dO.
AttentionGradients attentionGradients(const AttentionInputs& inputs, const std::vector<double>& dO);

/// Turns the pairs (x_i, x_{i + D/2}) of token t by (offset + t) base^(-2 i / D); x (B, T, H, D).
std::vector<double> rotary(const std::vector<double>& x, int64_t tokens, int64_t heads, int64_t keyDim,
                           double base, int64_t offset);

}  // namespace parascan::reference
