// The scan of Mamba-2, as the additive scan that it is.
#pragma once

#include "ops/scans.h"

namespace parascan {

struct SsdInputs {
  Tensor x;             // (B, T, H, P)
  Tensor dt;            // (B, T, H)
  Tensor A;             // (H)
  Tensor B, C;          // (B, T, G, N)
  Tensor D;             // (H) or empty
  Tensor dtBias;        // (H) or empty
  Tensor initialState;  // (B or sequences, H, P, N) or empty
  bool dtSoftplus, negativeEigenvalues;
  PackedSequences cuSeqlens;
};

/// Chunked, with gradients for all inputs. States come out, and go in without a copy, as the transposed view
/// of the (N, P) that the kernels work on.
ScanResult ssd(Context& context, const SsdInputs& inputs);
/// Token by token, without gradients. With `inPlace` the initial state is overwritten by the final one.
ScanResult ssdRecurrent(Context& context, const SsdInputs& inputs, bool inPlace);

}  // namespace parascan
