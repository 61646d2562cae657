// The table of the delta-rule scans; the passes live in delta-rule-forward, -backward and -recurrent.
#include "kernels/delta-rule-chunk.h"

namespace parascan::PARASCAN_ISA {
namespace {

int64_t savedSize(const DeltaRuleArgs& args) {
  const DeltaSizes sizes = deltaSizes(args);
  return sizes.segments > 1 ? args.batch * args.valueHeads * (sizes.segments - 1) * sizes.stateSize : 0;
}

}  // namespace

extern const DeltaRuleKernels deltaRule;
const DeltaRuleKernels deltaRule = {savedSize, deltaForward, deltaBackward, deltaRecurrent};

}  // namespace parascan::PARASCAN_ISA
