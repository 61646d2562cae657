// Measures what this machine can do at most: floating-point rate and memory bandwidth per level of the memory
// hierarchy. A kernel's share of its limit is taken against these, measured in the same run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hardware/description.h"
#include "kernels/launch.h"
#include "kernels/probe.h"

namespace parascan {

struct Bandwidth {
  std::string level;       // "L1", "L2", "L3", "memory"
  int64_t bytes;           // read by one thread in one round
  double read;             // bytes per second, all threads together
  double readModifyWrite;  // in place; bytes read and bytes written both count
};

struct Peak {
  int threads;
  double flops;                       // per second, float32, a fused multiply-add counting two
  std::vector<Bandwidth> bandwidths;  // of the levels whose size is known
};

/// Takes about a second. The threads are those of the launch.
Peak measurePeak(const ProbeKernels& kernels, const Launch& launch, const std::vector<Cache>& caches);

}  // namespace parascan
