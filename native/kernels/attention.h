// Contract of causal softmax attention and of rotary position embedding.
//   o_t = sum_s softmax_s(scale q_t . k_s) v_s   over s <= t, and s > t - window where a window is given
//   B batch, T tokens, H query heads, HK key/value heads (H % HK == 0, head h reads key head h / (H/HK)), D,
//   V dims.
#pragma once

#include "kernels/launch.h"
#include "kernels/token-view.h"

namespace parascan {

struct AttentionArgs {
  int64_t batch, tokens, heads, keyHeads, keyDim, valueDim;
  float scale;
  int64_t window;  // 0: unlimited
  TokenView q, k, v, o;
  float* saved;  // (B, H, T): log-sum-exp, or null
};

struct AttentionGradArgs {
  AttentionArgs forward;  // reads q, k, v, o, saved
  TokenView dO;
  TokenView dQ, dK, dV;  // added to; data null means not wanted
};

/// Where each sequence of a batch stands.
struct Positions {
  const int32_t* first;  // (1) or (B), or null for 0
  int64_t stride;        // from one sequence to the next: 0 where all stand at the same position
  int64_t of(int64_t batch) const { return first ? first[batch * stride] : 0; }
};

struct AttentionStepArgs {
  // One token a sequence. Keys and values go to slot p % capacity of the caches, p the sequence's position,
  // then the last min(p + 1, capacity) tokens are attended. The position is advanced by the caller.
  int64_t batch, heads, keyHeads, keyDim, valueDim, capacity;
  float scale;
  TokenView q, k, v, o;
  float* keyCache;    // (B, capacity, HK, D)
  float* valueCache;  // (B, capacity, HK, V)
  Positions positions;
};

struct RotaryArgs {
  // Rotates the pairs (x_i, x_{i + dim/2}) of token t by (its sequence's offset + t) base^(-2 i / dim);
  // `inverse` turns back.
  int64_t batch, tokens, heads, dim;
  float base;
  bool inverse;
  bool accumulate;
  Positions offsets;
  TokenView x, y;  // may be the same memory
};

struct AttentionKernels {
  void (*forward)(const Launch& launch, const AttentionArgs& args);
  void (*backward)(const Launch& launch, const AttentionGradArgs& args);
  void (*step)(const Launch& launch, const AttentionStepArgs& args);
  void (*rotary)(const Launch& launch, const RotaryArgs& args);
};

}  // namespace parascan
