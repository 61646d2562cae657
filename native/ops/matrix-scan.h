// The scans whose state is a matrix (kernels/matrix-scan.h) as one op: the delta rule, linear attention and
// its decayed kin, and DPLR differ in the transition and in which inputs are there.
#pragma once

#include "ops/scans.h"

namespace parascan {

struct MatrixScanInputs {
  Transition transition;
  Tensor q;                    // (B, T, H, K)
  Tensor k;                    // (B, T n, H, K)
  Tensor v;                    // (B, T n, HV, V)
  Tensor beta;                 // (B, T n, HV), or empty for ones
  Tensor g;                    // (B, T, HV), (B, T, HV, K), (HV) for the same at all tokens, or empty
  Tensor a, b;                 // (B, T, H, K), of dplr
  Tensor skip;                 // (HV), or empty
  Tensor initialState;         // (B or N, HV, K, V), or empty
  bool logDecay = true;        // whether g is the logarithm of the decay
  bool normalizeKeys = false;  // whether q and k are divided by their norms
  float betaSigmoid = 0;       // where not 0, beta is this times the sigmoid of what is given
  float scale = 1;
  int64_t householders = 1;
  PackedSequences cuSeqlens = {};  // N sequences, or none
};

/// Chunked, with gradients for all inputs.
ScanResult matrixScan(Context& context, const MatrixScanInputs& inputs);
/// Token by token, without gradients. With `inPlace` the initial state is overwritten by the final one and
/// returned.
ScanResult matrixScanRecurrent(Context& context, const MatrixScanInputs& inputs, bool inPlace);

}  // namespace parascan
