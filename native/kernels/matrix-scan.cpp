// The table of the matrix scans; the passes live in matrix-scan-forward, -backward and -recurrent.
#include "kernels/matrix-scan-chunk.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// The states of a sequence begin here, in states of all heads: one for every segment but the first, which is
/// never more than the whole segments in its steps. Of an index behind the last: how many there are.
int64_t firstState(const MatrixScanArgs& args, int64_t index) {
  return startOf(args.sequences, index) * args.householders / segmentSteps;
}

/// The errors of a sequence begin here, in chunks of all heads, of which the last of a sequence may be short.
int64_t firstErrors(const MatrixScanArgs& args, int64_t index) {
  return startOf(args.sequences, index) * args.householders / chunkRows + index;
}

int64_t savedStates(const MatrixScanArgs& args, const ScanSizes& sizes, int64_t index) {
  return firstState(args, index) * args.valueHeads * sizes.stateSize;
}

int64_t savedErrors(const MatrixScanArgs& args, const ScanSizes& sizes, int64_t index) {
  return firstErrors(args, index) * args.valueHeads * sizes.solvedRows * sizes.paddedValue;
}

}  // namespace

int64_t savedSize(const MatrixScanArgs& args) {
  const ScanSizes sizes = scanSizes(args);
  const int64_t count = args.sequences.count;
  return savedStates(args, sizes, count) + savedErrors(args, sizes, count);
}

SavedSequence savedOfSequence(const MatrixScanArgs& args, int64_t index) {
  const ScanSizes sizes = scanSizes(args);
  float* errors = args.saved + savedStates(args, sizes, args.sequences.count);
  return {args.saved + savedStates(args, sizes, index), errors + savedErrors(args, sizes, index)};
}

extern const MatrixScanKernels matrixScan;
const MatrixScanKernels matrixScan = {savedSize, matrixScanForward, matrixScanBackward, matrixScanRecurrent};

}  // namespace parascan::PARASCAN_ISA
