// Contract of the matrix product kernels: c = a b (+ bias) (+ c) in float32, row-major with free strides. The
// right operand may be stored in bfloat16.
#pragma once

#include "kernels/bfloat16.h"
#include "kernels/launch.h"

namespace parascan {

template <typename Right>
struct GemmArgsOf {
  int64_t batch, m, n, k;

  const float* a;  // element (i, p) of matrix z at a[z*aBatch + i*aRow + p*aCol]; aRow or aCol is 1
  int64_t aBatch, aRow, aCol;
  const Right* b;  // element (p, j) of matrix z at b[z*bBatch + p*bRow + j*bCol]; bRow or bCol is 1
  int64_t bBatch, bRow, bCol;
  float* c;  // element (i, j) of matrix z at c[z*cBatch + i*cRow + j]
  int64_t cBatch, cRow;

  const float* bias;  // (n) added to every row, or null
  bool accumulate;    // add to what c holds instead of overwriting it
};

using GemmArgs = GemmArgsOf<float>;

struct GemmKernels {
  /// Batches may share a or b (batch stride 0). With cBatch = 0 and `accumulate`, the batch is summed into
  /// one c in order. Works for any size, including zero (k = 0 leaves bias or zeros). Same bits for any
  /// number of threads.
  void (*gemm)(const Launch& launch, const GemmArgs& args);
  /// The same with the right operand widened as it is read.
  void (*gemmBfloat16)(const Launch& launch, const GemmArgsOf<Bfloat16>& args);
};

}  // namespace parascan
