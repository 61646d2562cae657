// The selective scan in the table of kernels.
#include "kernels/selective-scan-block.h"

namespace parascan::PARASCAN_ISA {
namespace {

int64_t savedSize(const SelectiveScanArgs& args) {
  return tileSlots(args.sequences, tileTokens) * blocksOf(args) * args.states * lanes;
}

}  // namespace

extern const SelectiveScanKernels selectiveScan;
const SelectiveScanKernels selectiveScan = {savedSize, selectiveScanForward, selectiveScanBackward,
                                            selectiveScanRecurrent};

}  // namespace parascan::PARASCAN_ISA
