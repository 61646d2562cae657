// parascan-blas.so: OpenBLAS behind the one symbol that `parascan bench` looks for. Its functions are
// declared by hand, because a machine may have the library without cblas.h.
#include "comparison/blas.h"

extern "C" {
void cblas_sgemm(int order, int transposeA, int transposeB, int m, int n, int k, float alpha, const float* a,
                 int aRow, const float* b, int bRow, float beta, float* c, int cRow);
char* openblas_get_config();
void openblas_set_num_threads(int threads);
}

namespace {

constexpr int rowMajor = 101, asIs = 111, transposed = 112;  // enum values of the CBLAS standard

void multiply(int64_t m, int64_t n, int64_t k, const float* a, int64_t aRow, const float* b, int64_t bRow,
              bool transposeB, float* c, int64_t cRow) {
  cblas_sgemm(rowMajor, asIs, transposeB ? transposed : asIs, static_cast<int>(m), static_cast<int>(n),
              static_cast<int>(k), 1, a, static_cast<int>(aRow), b, static_cast<int>(bRow), 0, c,
              static_cast<int>(cRow));
}

const char* name() { return openblas_get_config(); }

}  // namespace

extern "C" __attribute__((visibility("default"))) const parascan::BlasComparison parascanBlas;
const parascan::BlasComparison parascanBlas = {name, multiply, openblas_set_num_threads};
