// Contract of the selective scan (Mamba-1), with the extension of its decay to [-1, 1].
//
//   dt <- softplus(dt + dtBias)  (softplus when dtSoftplus),   decay = exp(dt A)  or  2 exp(dt A) - 1
//   h <- decay h + dt B_t u_t,   y = C_t . h + D u_t,   y <- y silu(z_t) where z is there
//
//   B batch, T tokens, D channels, N states per channel; h: (D, N) for each of S sequences.
#pragma once

#include "kernels/launch.h"
#include "kernels/sequences.h"

namespace parascan {

/// Rows of channels: the row of batch b, token t starts at data[b*batch + t*token] and is contiguous.
struct ChannelView {
  float* data;
  int64_t batch, token;
};

struct SelectiveScanArgs {
  Sequences sequences;  // S of them
  int64_t channels, states;
  bool dtSoftplus;
  bool negativeEigenvalues;

  ChannelView u, dt;          // (B, T, D)
  const float* A;             // (D, N) contiguous, negative
  ChannelView b, c;           // (B, T, N)
  const float* skip;          // D: (D) or null
  ChannelView z;              // (B, T, D); data null when absent
  const float* dtBias;        // (D) or null
  const float* initialState;  // (S, D, N) contiguous, or null for zeros

  ChannelView y;      // (B, T, D) written by forward and recurrent
  float* finalState;  // (S, D, N) contiguous; may be the same memory as initialState; may be null
  float* saved;       // written by forward when not null: checkpoints for backward
};

struct SelectiveScanGradArgs {
  SelectiveScanArgs forward;        // the same inputs and `saved`; `y` and `finalState` are not read
  ChannelView dY;                   // data null means zeros
  const float* dFinalState;         // or null for zeros
  ChannelView dU, dDt, dB, dC, dZ;  // every gradient is added to; data null means not wanted
  float* dA;
  float* dSkip;
  float* dDtBias;
  float* dInitialState;
};

struct SelectiveScanKernels {
  int64_t (*savedSize)(const SelectiveScanArgs& args);
  void (*forward)(const Launch& launch, const SelectiveScanArgs& args);
  void (*backward)(const Launch& launch, const SelectiveScanGradArgs& args);
  /// The plain recurrence; with one token a sequence and finalState = initialState it is the decode step, in
  /// place.
  void (*recurrent)(const Launch& launch, const SelectiveScanArgs& args);
};

}  // namespace parascan
