// The linear recurrences as ops: the delta rule, the selective scan, and the causal convolution before them.
#pragma once

#include "ops/operands.h"
#include "ops/sequences.h"

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

struct CausalConvInputs {
  Tensor x;             // (B, T, D)
  Tensor weight;        // (D, W)
  Tensor bias;          // (D) or empty
  Tensor initialState;  // (B or N, W - 1, D) or empty: the inputs before the first token
  bool silu;
  PackedSequences cuSeqlens;  // N sequences, or none
};

/// With gradients for all inputs; the final state is the last W - 1 inputs.
ScanResult causalConv1d(Context& context, const CausalConvInputs& inputs);
/// The same without gradients, and the initial state is overwritten by the final one.
Tensor causalConv1dStep(Context& context, const CausalConvInputs& inputs);

}  // namespace parascan
