// Contract of the optimiser kernels: AdamW with decoupled weight decay over many tensors at once, and the
// global gradient norm that clips it. The clip factor stays in memory, so a training step never waits for a
// number.
#pragma once

#include "kernels/launch.h"

namespace parascan {

struct AdamWTensor {
  float* parameter;
  const float* gradient;
  float* firstMoment;
  float* secondMoment;
  int64_t size;  // all contiguous
  float learningRate, weightDecay;
};

struct AdamWArgs {
  int64_t count;
  const AdamWTensor* tensors;
  float beta1, beta2, eps;
  int64_t step;  // 1 for the first update; bias corrections are 1 - beta^step
  const float*
      clip;  // written by gradientNorm, or null: clip[1] scales gradients; nothing is changed if it is NaN
};

struct GradientNormArgs {
  int64_t count;
  const AdamWTensor* tensors;  // reads gradient and size
  float maxNorm;               // 0: no clipping
  float* clip;  // clip[0] = global L2 norm; clip[1] = min(1, maxNorm / (norm + 1e-6)), NaN if the norm is not
                // finite
};

struct OptimizerKernels {
  void (*adamW)(const Launch& launch, const AdamWArgs& args);
  void (*gradientNorm)(const Launch& launch, const GradientNormArgs& args);
};

}  // namespace parascan
