// What the backward pass of the matrix scans gathers per chunk, and its last stage. R: read rows padded to
// whole vectors, W: write rows, K: padded key dim.
#pragma once

#include "kernels/matrix-scan-panels.h"

namespace parascan::PARASCAN_ISA {

/// Sums over the value columns of one chunk, contiguous from `readSum` on, so that sums of blocks of columns
/// add up.
struct ColumnSums {
  float* readSum;   // (K, R) gradient of readStart before its scale, transposed
  float* endSum;    // (K, W) gradient of writeEnd before its scale, transposed
  float* decaySum;  // (K, lanes) sum over columns of S * dS, by lane
  float* dScores;   // (R, W)
  float* betaSum;   // (16, lanes) gradient of beta, by lane
};

/// Work space of finishChunk.
struct FinishWork {
  float* dRead;    // (R, K)
  float* dEnd;     // (W, K)
  float* dAhead;   // (R, K)
  float* dBack;    // (W, K)
  float* dState;   // (K) sum over columns of S * dS
  float* dDecays;  // (16, K) gated per channel
};

inline int64_t columnSumsSize(const ScanSizes& sizes) {
  return (mostRows + sizes.writeRows + lanes) * sizes.paddedKey + mostRows * sizes.writeRows +
         chunkRows * lanes;
}
inline int64_t finishSize(const ScanSizes& sizes) {
  return (2 * mostRows + 2 * sizes.writeRows + 1 + chunkRows) * sizes.paddedKey;
}

inline void placeSums(const ScanSizes& sizes, float* memory, ColumnSums& sums) {
  Carver carver{memory};
  sums.readSum = carver.take(mostRows * sizes.paddedKey);
  sums.endSum = carver.take(sizes.writeRows * sizes.paddedKey);
  sums.decaySum = carver.take(lanes * sizes.paddedKey);
  sums.dScores = carver.take(mostRows * sizes.writeRows);
  sums.betaSum = carver.take(chunkRows * lanes);
}

inline void placeFinish(const ScanSizes& sizes, float* memory, FinishWork& w) {
  Carver carver{memory};
  w.dRead = carver.take(mostRows * sizes.paddedKey);
  w.dEnd = carver.take(sizes.writeRows * sizes.paddedKey);
  w.dAhead = carver.take(mostRows * sizes.paddedKey);
  w.dBack = carver.take(sizes.writeRows * sizes.paddedKey);
  w.dState = carver.take(sizes.paddedKey);
  w.dDecays = carver.take(chunkRows * sizes.paddedKey);
}

/// From the sums over columns to the gradients of keys, queries, beta and decays, which are added to. args:
/// one sequence.
void finishChunk(const MatrixScanGradArgs& args, const ScanSizes& sizes, int64_t head, const ChunkOperands& c,
                 const ColumnSums& sums, const FinishWork& w);

}  // namespace parascan::PARASCAN_ISA
