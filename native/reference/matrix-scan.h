// The delta-rule scans (DeltaNet, Gated DeltaNet, KDA, DeltaProduct) as plain loops in float64: what the
// kernels are tested against, and the place to read the mathematics.
//
//   per token t:   S <- exp(g_t) S                               (g absent, per head, or per key channel)
//   n times:       S <- S + beta_j k_j (v_j - S^T k_j)^T         (j = t n ... t n + n - 1, n = householders)
//   readout:       o_t = scale S^T q_t
//
//   B batch, T tokens, H query/key heads, HV value heads (value head h reads query/key head h / (HV/H)), K
//   key dim, V value dim; S (K, V) per sequence and value head; everything contiguous in the order of its
//   shape.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/matrix-scan.h"

namespace parascan::reference {

struct DeltaRuleInputs {
  int64_t batch, tokens, heads, valueHeads, keyDim, valueDim, householders;
  DecayGate gate;
  double scale;
  std::vector<double> q;             // (B, T, H, K)
  std::vector<double> k;             // (B, T n, H, K)
  std::vector<double> v;             // (B, T n, HV, V)
  std::vector<double> beta;          // (B, T n, HV)
  std::vector<double> g;             // (B, T, HV) or (B, T, HV, K); empty without a gate
  std::vector<double> initialState;  // (B, HV, K, V), or empty for zeros
};

struct DeltaRuleOutputs {
  std::vector<double> o;           // (B, T, HV, V)
  std::vector<double> finalState;  // (B, HV, K, V)
};

/// By the name of the input; g is empty without a gate, the initial state's is there always.
struct DeltaRuleGradients {
  std::vector<double> q, k, v, beta, g, initialState;
};

DeltaRuleOutputs deltaRule(const DeltaRuleInputs& inputs);

/// Of the loss whose gradients in the outputs are dOutputs.
DeltaRuleGradients deltaRuleGradients(const DeltaRuleInputs& inputs, const DeltaRuleOutputs& dOutputs);

}  // namespace parascan::reference
