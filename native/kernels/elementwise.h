// Contract of the elementwise kernels over strided operands: unary, binary with broadcasting, reductions,
// gather. A broadcast dimension has stride 0. Callers collapse what can be collapsed, so the last dimension
// is the longest run.
#pragma once

#include "kernels/launch.h"

namespace parascan {

constexpr int maxRank = 6;

struct Extent {
  int32_t rank;
  int64_t shape[maxRank];
};

struct Strides {
  int64_t of[maxRank];
};

enum class UnaryOp : int32_t {
  scale,  // alpha x + beta
  exp,
  log,
  sigmoid,
  softplus,
  silu,
  gelu,
  relu,
  tanh,  // gelu is the exact (erf) form
  sqrt,
  square,
  abs,
  reciprocal,
};

struct UnaryArgs {
  UnaryOp op;
  float alpha, beta;  // of `scale` only
  Extent extent;
  const float* x;
  Strides xStrides;
  float* y;
  Strides yStrides;
  bool accumulate;  // y += f(x)
};

struct UnaryGradArgs {
  UnaryOp op;
  float alpha;
  Extent extent;
  const float* x;  // the input of forward, always there
  const float* y;  // the output of forward, always there
  const float* dY;
  float* dX;  // added to; no dimension has stride 0
  Strides xStrides, yStrides, dYStrides, dXStrides;
};

enum class BinaryOp : int32_t { add, subtract, multiply, divide, maximum };

struct BinaryArgs {
  BinaryOp op;
  Extent extent;  // of the broadcast result
  const float* a;
  const float* b;
  float* y;
  Strides aStrides, bStrides, yStrides;
};

struct BinaryGradArgs {
  BinaryOp op;
  Extent extent;  // of the broadcast result
  const float* a;
  const float* b;
  const float* dY;
  float* dA;  // added to, summed over its broadcast dimensions (stride 0); null means not wanted
  float* dB;
  Strides aStrides, bStrides, dYStrides, dAStrides, dBStrides;
};

enum class ReduceOp : int32_t { sum, max };

struct ReduceArgs {
  ReduceOp op;
  float scale;    // of sum: 1, or 1/count for the mean
  Extent extent;  // of x
  const float* x;
  Strides xStrides;
  float* y;  // stride 0 in reduced dimensions
  Strides yStrides;
  int64_t ySize;  // elements of y, which is contiguous over its kept dimensions
  int32_t*
      argument;  // of max, or null: like y, linear index of the first maximum within the reduced dimensions
};

struct GatherArgs {
  // y[o, j, i] = x[o, index[o, j, i], i], all contiguous; x: (outer, size, inner), index and y: (outer,
  // count, inner)
  int64_t outer, size, count, inner;
  const float* x;
  const int32_t* index;  // an index outside [0, size) gives NaN and no gradient
  float* y;
};

struct GatherGradArgs {
  GatherArgs forward;
  const float* dY;
  float* dX;  // added to
};

struct ElementwiseKernels {
  void (*unary)(const Launch& launch, const UnaryArgs& args);
  void (*unaryGrad)(const Launch& launch, const UnaryGradArgs& args);
  void (*binary)(const Launch& launch, const BinaryArgs& args);
  void (*binaryGrad)(const Launch& launch, const BinaryGradArgs& args);
  void (*reduce)(const Launch& launch, const ReduceArgs& args);
  void (*maxGrad)(const Launch& launch, const ReduceArgs& forward, const float* dY, float* dX,
                  Strides dXStrides);
  void (*gather)(const Launch& launch, const GatherArgs& args);
  void (*gatherGrad)(const Launch& launch, const GatherGradArgs& args);
  void (*fill)(const Launch& launch, Extent extent, float* y, Strides yStrides, float value);
};

}  // namespace parascan
