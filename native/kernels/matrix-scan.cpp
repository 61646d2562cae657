// The table of the matrix scans; the passes live in matrix-scan-forward, -backward and -recurrent.
#include "kernels/matrix-scan-chunk.h"

namespace parascan::PARASCAN_ISA {
namespace {

int64_t savedSize(const MatrixScanArgs& args) {
  const Sequences& sequences = args.sequences;
  const int64_t steps = (sequences.starts ? 1 : sequences.count) * sequences.tokens * args.householders;
  return steps / segmentSteps * args.valueHeads * scanSizes(args).stateSize;
}

}  // namespace

extern const MatrixScanKernels matrixScan;
const MatrixScanKernels matrixScan = {savedSize, matrixScanForward, matrixScanBackward, matrixScanRecurrent};

}  // namespace parascan::PARASCAN_ISA
