// The selective scan and the causal convolution as ops, and what every scan gives back.
#pragma once

#include "ops/operands.h"
#include "ops/sequences.h"

namespace parascan {

/// What a scan gives back: one output a token, and the state after the last one.
struct ScanResult {
  Tensor output;
  Tensor finalState;
};

struct SelectiveScanInputs {
  Tensor u, dt;         // (B, T, D)
  Tensor A;             // (D, N)
  Tensor B, C;          // (B, T, N)
  Tensor D;             // (D) or empty
  Tensor z;             // (B, T, D) or empty
  Tensor dtBias;        // (D) or empty
  Tensor initialState;  // (B or S, D, N) or empty
  bool dtSoftplus, negativeEigenvalues;
  PackedSequences cuSeqlens;  // S sequences, or none
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
