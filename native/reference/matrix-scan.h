// The scans whose state is a matrix as plain loops in float64: what the kernels are tested against, and the
// place to read the mathematics.
//
//   per token t
//     decay       S <- diag(decay_t) S                       absent, per head, or per key channel
//     transition  additive   n times:  S <- S + beta_j k_j v_j^T
//                 delta      n times:  S <- S + beta_j k_j (v_j - S^T k_j)^T
//                 dplr       S <- S + b_t (a_t^T S')^T + k_t v_t^T, S' before the decay
//     readout     o_t = scale S^T q_t + skip v_t
//
//   j = t n ... t n + n - 1, n = householders. B batch, T tokens, H query/key heads, HV value heads (value
//   head h reads query/key head h / (HV/H)), K key dim, V value dim, N sequences (B, or those packed into a
//   batch of one); S (K, V) per sequence and value head; everything contiguous in the order of its shape.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/matrix-scan.h"

namespace parascan::reference {

struct MatrixScanInputs {
  Transition transition;
  int64_t batch, tokens, heads, valueHeads, keyDim, valueDim, householders;
  std::vector<int64_t> starts;  // (N + 1) of packed sequences, or empty
  DecayGate gate;
  bool logDecay;       // g is the logarithm of the decay
  bool normalizeKeys;  // q and k are divided by their norms: x / sqrt(|x|^2 + 1e-6)
  double betaSigmoid;  // where not 0, beta is this times the sigmoid of what is given
  double scale;
  std::vector<double> q;             // (B, T, H, K)
  std::vector<double> k;             // (B, T n, H, K)
  std::vector<double> v;             // (B, T n, HV, V)
  std::vector<double> beta;          // (B, T n, HV), or empty for ones
  std::vector<double> g;             // (B, T, HV) or (B, T, HV, K); empty without a gate
  std::vector<double> a, b;          // (B, T, H, K) of dplr, else empty
  std::vector<double> skip;          // (HV), or empty for zeros
  std::vector<double> initialState;  // (N, HV, K, V), or empty for zeros

  int64_t sequences() const { return starts.empty() ? batch : static_cast<int64_t>(starts.size()) - 1; }
  Sequence sequence(int64_t index) const {
    if (starts.empty()) return {index, 0, tokens};
    return {0, starts[index], starts[index + 1] - starts[index]};
  }
};

struct MatrixScanOutputs {
  std::vector<double> o;           // (B, T, HV, V)
  std::vector<double> finalState;  // (N, HV, K, V)
};

/// By the name of the input; those of absent inputs are empty, but for the initial state's.
struct MatrixScanGradients {
  std::vector<double> q, k, v, beta, g, a, b, skip, initialState;
};

MatrixScanOutputs matrixScan(const MatrixScanInputs& inputs);

/// Of the loss whose gradients in the outputs are dOutputs.
MatrixScanGradients matrixScanGradients(const MatrixScanInputs& inputs, const MatrixScanOutputs& dOutputs);

}  // namespace parascan::reference
