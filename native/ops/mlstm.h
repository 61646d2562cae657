// The scan of the mLSTM: its gates, the additive scan with the normaliser as one more column, its readout.
#pragma once

#include "ops/scans.h"

namespace parascan {

struct MlstmInputs {
  Tensor q, k;    // (B, T, H, K)
  Tensor v;       // (B, T, HV, V)
  Tensor i, f;    // (B, T, HV)
  Tensor memory;  // (B or N, HV, K, V + 1), the last column the normaliser; or empty
  Tensor m;       // (B or N, HV); empty where memory is
  float keyScale, eps;
  PackedSequences cuSeqlens;  // N sequences, or none
};

struct MlstmResult {
  Tensor h;          // (B, T, HV, V)
  Tensor memory, m;  // after the last token, like the inputs
};

/// Chunked, with gradients for all inputs but m, on which no output depends while memory goes with it.
MlstmResult mlstm(Context& context, const MlstmInputs& inputs);
/// Token by token, without gradients. With `inPlace` memory and m are overwritten and returned.
MlstmResult mlstmRecurrent(Context& context, const MlstmInputs& inputs, bool inPlace);

}  // namespace parascan
