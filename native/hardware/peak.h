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
  std::string level;  // "L1", "L2", "L3", "memory", or the working set where no cache of that size is known
  int64_t bytes;      // read by one thread in one round
  double holds;       // data up to this size, of all threads together, is read at this rate; else infinity
  double read;        // bytes per second, all threads together
  double readModifyWrite;  // in place; bytes read and bytes written both count
};

struct Peak {
  int threads;
  double flops;                       // per second, float32, a fused multiply-add counting two
  std::vector<Bandwidth> bandwidths;  // fastest level first; the last is memory
};

/// Takes about a second. The threads are those of the launch.
Peak measurePeak(const ProbeKernels& kernels, const Launch& launch, const std::vector<Cache>& caches);

}  // namespace parascan
