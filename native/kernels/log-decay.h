// Contract of the kernel that turns what a layer projects into the logarithm of its decay, with
// z = x + bias and rate = exp(logRate):
//
//   softplus    g = -scale rate softplus(z)         Mamba-2, Gated DeltaNet, KDA
//   bounded     g = -scale sigmoid(rate z)          KDA with a lower bound of -scale, RWKV-7
//   logSigmoid  g =  scale rate log(sigmoid(z))     GLA
//
// y is g, or the decay 2 exp(g) - 1 in [-1, 1] itself.
#pragma once

#include "kernels/rows.h"

namespace parascan {

enum class LogDecayForm : int32_t { softplus, bounded, logSigmoid };

struct LogDecayArgs {
  LogDecayForm form;
  bool signedDecay;
  float scale;
  int64_t rows, heads, width;  // a row is (heads, width): width is 1 for decays per head
  RowView x, y;
  const float* logRate;  // (heads) or null for zeros
  const float* bias;     // (heads, width) or null for zeros
};

struct LogDecayGradArgs {
  LogDecayArgs forward;  // y is not read
  RowView dY, dX;        // every gradient is added to; data null means not wanted
  float* dLogRate;
  float* dBias;
};

struct LogDecayKernels {
  void (*forward)(const Launch& launch, const LogDecayArgs& args);
  void (*backward)(const Launch& launch, const LogDecayGradArgs& args);
};

}  // namespace parascan
