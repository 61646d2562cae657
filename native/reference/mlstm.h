// The scan of the mLSTM in float64, as it is written down before it is stabilised: with keyScale = kappa,
//
//   C <- sigma(f) C + exp(i) kappa k v^T,   n <- sigma(f) n + exp(i) kappa k,   h = C^T q / max(|n . q|, 1)
//
//   B batch, T tokens, H query/key heads, HV value heads, K key dim, V value dim; C (K, V) and n (K) lie as
//   one memory (K, V + 1) per sequence and value head, n in the last column; sequences packed as in
//   matrix-scan.h. Nothing is divided by a running maximum, so exp(i) must be a float64.
#pragma once

#include <cstdint>
#include <vector>

namespace parascan::reference {

struct MlstmInputs {
  int64_t batch, tokens, heads, valueHeads, keyDim, valueDim;
  std::vector<int64_t> starts;  // of packed sequences, or empty
  double keyScale;
  std::vector<double> q, k;    // (B, T, H, K)
  std::vector<double> v;       // (B, T, HV, V)
  std::vector<double> i, f;    // (B, T, HV)
  std::vector<double> memory;  // (N, HV, K, V + 1), or empty for zeros
};

struct MlstmOutputs {
  std::vector<double> h;       // (B, T, HV, V)
  std::vector<double> memory;  // (N, HV, K, V + 1)
};

/// By the name of the input; the memory's is there always.
struct MlstmGradients {
  std::vector<double> q, k, v, i, f, memory;
};

MlstmOutputs mlstm(const MlstmInputs& inputs);

/// Of the loss whose gradients in the outputs are dOutputs.
MlstmGradients mlstmGradients(const MlstmInputs& inputs, const MlstmOutputs& dOutputs);

}  // namespace parascan::reference
