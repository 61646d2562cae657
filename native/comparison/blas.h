// The door to a foreign BLAS, which `parascan bench` opens to compare with: a separate library, so that the
// addon itself needs none.
#pragma once

#include <stdint.h>

namespace parascan {

struct BlasComparison {
  const char* (*name)();

  /// c = a b for row-major float32, a: (m, k), b: (k, n), c: (m, n), rows aRow, bRow, cRow apart.
  /// `transposeB` reads b as (n, k).
  void (*multiply)(int64_t m, int64_t n, int64_t k, const float* a, int64_t aRow, const float* b,
                   int64_t bRow, bool transposeB, float* c, int64_t cRow);

  void (*setThreads)(int threads);
};

/// Name of the one symbol of parascan-blas.so: a BlasComparison.
constexpr const char* blasComparisonSymbol = "parascanBlas";

}  // namespace parascan
