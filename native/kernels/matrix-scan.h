// Contract of the scans whose state is a matrix S (K, V) per sequence and value head.
//
//   per token t
//     decay        S <- diag(decay_t) S     absent, one per head, or one per key channel; in [-1, 1]
//     transition   one of
//       additive   n times:  S <- S + beta_j k_j v_j^T
//       delta      n times:  S <- S + beta_j k_j (v_j - S^T k_j)^T
//       dplr       S <- S + b_t (a_t^T S')^T + k_t v_t^T,  S' before the decay
//     readout      o_t = scale S^T q_t + skip v_t
//
// with j = t n ... t n + n - 1 and n = householders, which is 1 for dplr; beta is 1 where absent. Additive
// are linear attention, retention, GLA, SSD and mLSTM; delta are DeltaNet, KDA and DeltaProduct; dplr is
// RWKV-7.
//
//   B batch, T tokens, H query/key heads, HV value heads (HV % H == 0, value head h reads query/key head
//   h / (HV/H)), K key dim, V value dim, N sequences.
#pragma once

#include "kernels/launch.h"
#include "kernels/sequences.h"
#include "kernels/token-view.h"

namespace parascan {

enum class Transition : int32_t { additive, delta, dplr };
enum class DecayGate : int32_t { none, head, channel };

struct MatrixScanArgs {
  Transition transition;
  Sequences sequences;
  int64_t heads, valueHeads, keyDim, valueDim, householders;
  DecayGate gate;
  bool logDecay;       // g is the natural logarithm of the decay; otherwise the decay itself
  bool normalizeKeys;  // q and k are divided by their norms: x rsqrt(|x|^2 + 1e-6)
  float betaSigmoid;   // where not 0, beta is this times the sigmoid of what is given
  float scale;

  TokenView q;        // (B, T, H, K)
  TokenView k;        // (B, T n, H, K)
  TokenView v;        // (B, T n, HV, V)
  TokenView beta;     // (B, T n, HV); data null for ones
  TokenView g;        // (B, T, HV) or (B, T, HV, K); unused without a gate
  TokenView a, b;     // (B, T, H, K); of dplr
  const float* skip;  // (HV) or null; with n = 1 only

  const float* initialState;  // (N, HV, K, V) contiguous, or null for zeros
  TokenView o;                // (B, T, HV, V) written by forward and recurrent
  float* finalState;          // (N, HV, K, V) contiguous; may be the same memory as initialState; may be null
  float* saved;               // written by forward when not null: what backward needs beyond the inputs
};

struct MatrixScanGradArgs {
  MatrixScanArgs forward;                   // the same inputs; `o` and `finalState` are not read; `saved` is
  TokenView dO;                             // (B, T, HV, V); data null means zeros
  const float* dFinalState;                 // (N, HV, K, V) or null for zeros
  TokenView dQ, dK, dV, dBeta, dG, dA, dB;  // every gradient is added to; data null means not wanted
  float* dSkip;                             // added to, or null
  float* dInitialState;                     // added to, or null
};

struct MatrixScanKernels {
  /// Floats that `saved` must hold for these sizes.
  int64_t (*savedSize)(const MatrixScanArgs& args);
  /// In chunks.
  void (*forward)(const Launch& launch, const MatrixScanArgs& args);
  void (*backward)(const Launch& launch, const MatrixScanGradArgs& args);
  /// Token by token; with one token a sequence and finalState = initialState it is the decode step, in place.
  void (*recurrent)(const Launch& launch, const MatrixScanArgs& args);
};

}  // namespace parascan
