// Memory of this process and of the machine as Linux counts it, in bytes.
#pragma once

#include <cstdint>

namespace parascan {

struct MemoryUse {
  int64_t resident;      // of this process now
  int64_t peakResident;  // of this process since it started
  int64_t available;     // to new programs on the machine without swapping
};

MemoryUse memoryUse();

}  // namespace parascan
