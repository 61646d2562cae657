// The matrix product of kernels/gemm.h in plain loops with float64 sums.
#pragma once

#include "kernels/gemm.h"

namespace parascan::reference {

/// bias is added once to each element of c, also where a batch is summed into it.
void gemm(const GemmArgs& args);

}  // namespace parascan::reference
