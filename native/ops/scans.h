// The linear recurrences as ops: the delta rule, the selective scan, and the causal convolution before them.
#pragma once

#include "ops/operands.h"

namespace parascan {

/// What a scan gives back: one output a token, and the state after the last one.
struct ScanResult {
  Tensor output;
  Tensor finalState;
};

struct DeltaRuleInputs {
  Tensor q;             // (B, T, H, K)
  Tensor k;             // (B, T n, H, K)
  Tensor v;             // (B, T n, HV, V)
  Tensor beta;          // (B, T n, HV)
  Tensor g;             // (B, T, HV), (B, T, HV, K) or empty
  Tensor initialState;  // (B, HV, K, V) or empty
  float scale;
  int64_t householders;
};

/// Chunked, with gradients for all inputs.
ScanResult deltaRule(Context& context, const DeltaRuleInputs& inputs);
/// Token by token, without gradients. With `inPlace` the initial state is overwritten by the final one and
/// returned.
ScanResult deltaRuleRecurrent(Context& context, const DeltaRuleInputs& inputs, bool inPlace);

struct SelectiveScanInputs {
  Tensor u, dt;         // (B, T, D)
  Tensor A;             // (D, N)
  Tensor B, C;          // (B, T, N)
  Tensor D;             // (D) or empty
  Tensor z;             // (B, T, D) or empty
  Tensor dtBias;        // (D) or empty
  Tensor initialState;  // (B, D, N) or empty
  bool dtSoftplus, negativeEigenvalues;
};

ScanResult selectiveScan(Context& context, const SelectiveScanInputs& inputs);
ScanResult selectiveScanRecurrent(Context& context, const SelectiveScanInputs& inputs, bool inPlace);

/// x (B, T, D), weight (D, W), bias (D) or empty.
Tensor causalConv1d(Context& context, const Tensor& x, const Tensor& weight, const Tensor& bias, bool silu);
/// The same without gradients, continuing from and updating `state` (B, W - 1, D).
Tensor causalConv1dStep(Context& context, const Tensor& x, const Tensor& weight, const Tensor& bias,
                        bool silu, const Tensor& state);

}  // namespace parascan
