// Asks the CUDA driver, if there is one, which GPUs it sees. Nothing of CUDA is needed to build or to ask.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace parascan {

struct Gpu {
  std::string name;
  int64_t memoryBytes;
  int computeMajor, computeMinor;
};

struct GpuList {
  std::vector<Gpu> gpus;
  int driverVersion = 0;    // 1000 major + 10 minor, 0 without a driver
  std::string unavailable;  // why there are no GPUs; empty if there are
};

GpuList listGpus();

}  // namespace parascan
