// Contract of the delta-rule scans (DeltaNet, Gated DeltaNet, KDA, DeltaProduct).
//
//   per token t:   S <- exp(g_t) S                                     (g absent, per head, or per key
//   channel) n times:       S <- S + beta_j k_j (v_j - S^T k_j)^T               (j = t n ... t n + n - 1, n =
//   householders) readout:       o_t = scale S^T q_t
//
//   B batch, T tokens, H query/key heads, HV value heads (HV % H == 0, value head h reads query/key head h /
//   (HV/H)), K key dim, V value dim, n householders; S: (K, V) per sequence and value head. beta is used as
//   given.
#pragma once

#include "kernels/launch.h"

namespace parascan {

enum class DecayGate : int32_t { none, head, channel };

/// A token-major operand: the vector of batch b, token t, head h starts at data[b*batch + t*token + h*head]
/// and is contiguous (a scalar for beta and for g per head).
struct TokenView {
  float* data;
  int64_t batch, token, head;
};

struct DeltaRuleArgs {
  int64_t batch, tokens, heads, valueHeads, keyDim, valueDim, householders;
  DecayGate gate;
  float scale;

  TokenView q;     // (B, T, H, K)
  TokenView k;     // (B, T n, H, K)
  TokenView v;     // (B, T n, HV, V)
  TokenView beta;  // (B, T n, HV)
  TokenView g;     // (B, T, HV) or (B, T, HV, K), natural logarithm; unused without a gate

  const float* initialState;  // (B, HV, K, V) contiguous, or null for zeros
  TokenView o;                // (B, T, HV, V) written by forward and recurrent
  float* finalState;          // (B, HV, K, V) contiguous; may be the same memory as initialState; may be null
  float* saved;               // written by forward when not null: what backward needs beyond the inputs
};

struct DeltaRuleGradArgs {
  DeltaRuleArgs forward;            // the same inputs; `o` and `finalState` are not read; `saved` is
  TokenView dO;                     // (B, T, HV, V); data null means zeros
  const float* dFinalState;         // (B, HV, K, V) or null for zeros
  TokenView dQ, dK, dV, dBeta, dG;  // every gradient is added to; data null means not wanted
  float* dInitialState;             // added to, or null
};

struct DeltaRuleKernels {
  /// Floats that `saved` must hold for these sizes.
  int64_t (*savedSize)(const DeltaRuleArgs& args);
  /// Chunked, solve form.
  void (*forward)(const Launch& launch, const DeltaRuleArgs& args);
  void (*backward)(const Launch& launch, const DeltaRuleGradArgs& args);
  /// Token by token; with tokens = 1 and finalState = initialState it is the decode step, in place.
  void (*recurrent)(const Launch& launch, const DeltaRuleArgs& args);
};

}  // namespace parascan
