// Chooses the kernels for this machine: the best instruction set it has, or the one PARASCAN_ISA names.
#pragma once

#include <string>
#include <vector>

#include "kernels/kernels.h"

namespace parascan {

/// The kernels in use, chosen on first call. Throws RangeError if PARASCAN_ISA names what this build or
/// machine lacks.
const KernelTable& kernels();

/// Instruction sets that this build has and this machine runs, worst first.
std::vector<std::string> instructionSets();

}  // namespace parascan
