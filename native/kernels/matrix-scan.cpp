// The table of the delta-rule scans; the passes live in delta-rule-forward, -backward and -recurrent.
#include "kernels/matrix-scan-chunk.h"

namespace parascan::PARASCAN_ISA {
namespace {

int64_t savedSize(const MatrixScanArgs& args) {
  const ScanSizes sizes = scanSizes(args);
  return sizes.segments > 1 ? args.sequences.count * args.valueHeads * (sizes.segments - 1) * sizes.stateSize
                            : 0;
}

}  // namespace

extern const MatrixScanKernels matrixScan;
const MatrixScanKernels matrixScan = {savedSize, matrixScanForward, matrixScanBackward, matrixScanRecurrent};

}  // namespace parascan::PARASCAN_ISA
