// What an x86 processor says of its caches when asked directly, for systems that do not describe them.
#pragma once

#include <vector>

#include "hardware/description.h"

namespace parascan {

/// Of the core that asks; empty on other processors. On AMD under a hypervisor that hides the topology, the
/// caches of a core alone: what is said of the third level there is the sum of the whole package.
std::vector<Cache> cachesByCpuid();

}  // namespace parascan
