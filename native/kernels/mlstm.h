// What the mLSTM has besides its additive scan (Beck et al. 2024, equations 19 to 27): exponential gates,
// stabilised by their running maximum, and the readout by its normaliser.
//
//   m_t      = max(log sigma(f_t) + m_{t-1}, i_t)             m before the first token is given, or 0
//   decay_t  = log sigma(f_t) + m_{t-1} - m_t                 logarithm of the decay, at most 0
//   weight_t = keyScale exp(i_t - m_t)                        of what the token writes
//   h_t      = numerator_t / (max(|denominator_t|, exp(-m_t)) + eps)
//
// States are kept divided by exp(m), so that no output depends on m: it is a constant to the gradients.
// B batch, T tokens, HV heads, V value dim, N sequences.
#pragma once

#include "kernels/selective-scan.h"
#include "kernels/sequences.h"

namespace parascan {

struct MlstmGateArgs {
  Sequences sequences;
  int64_t heads;
  float keyScale;
  ChannelView i, f;              // (B, T, HV)
  const float* initialM;         // (N, HV) contiguous, or null for zeros
  ChannelView decay, weight, m;  // (B, T, HV), written
  float* finalM;                 // (N, HV) contiguous; may be the same memory as initialM
};

struct MlstmGateGradArgs {
  MlstmGateArgs forward;        // f and weight are read
  ChannelView dDecay, dWeight;  // (B, T, HV); data null means zeros
  ChannelView dI, dF;           // added to; data null means not wanted
};

struct MlstmReadoutArgs {
  int64_t rows;  // B T HV
  int64_t valueDim;
  float eps;
  const float* read;  // (rows, V + 1): the numerator, and the denominator behind it
  const float* m;     // (rows)
  float* h;           // (rows, V), written
};

struct MlstmReadoutGradArgs {
  MlstmReadoutArgs forward;
  const float* dH;  // (rows, V)
  float* dRead;     // (rows, V + 1), added to
};

struct MlstmKernels {
  void (*gates)(const Launch& launch, const MlstmGateArgs& args);
  void (*gatesBackward)(const Launch& launch, const MlstmGateGradArgs& args);
  void (*readout)(const Launch& launch, const MlstmReadoutArgs& args);
  void (*readoutBackward)(const Launch& launch, const MlstmReadoutGradArgs& args);
};

}  // namespace parascan
