#include "reference/gemm.h"

namespace parascan::reference {

void gemm(const GemmArgs& args) {
  const bool summed = args.cBatch == 0;
  for (int64_t z = 0; z < args.batch; ++z) {
    const float* const a = args.a + z * args.aBatch;
    const float* const b = args.b + z * args.bBatch;
    float* const c = args.c + z * args.cBatch;
    const bool first = z == 0 || !summed;
    for (int64_t i = 0; i < args.m; ++i) {
      for (int64_t j = 0; j < args.n; ++j) {
        double sum = 0;
        for (int64_t p = 0; p < args.k; ++p)
          sum += double{a[i * args.aRow + p * args.aCol]} * double{b[p * args.bRow + j * args.bCol]};
        float& element = c[i * args.cRow + j];
        if (first && args.bias) sum += args.bias[j];
        if (!first || args.accumulate) sum += element;
        element = static_cast<float>(sum);
      }
    }
  }
}

}  // namespace parascan::reference
