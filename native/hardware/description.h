// What this machine is: processor, caches, clock, limits of the container, operating system. What Linux does
// not say stays empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace parascan {

struct Cache {
  int level;
  std::string type;  // "Data", "Instruction", "Unified"
  int64_t bytes;
  int sharedBy;  // logical cores that share it
};

struct DeviceDescription {
  std::string model;
  std::vector<std::string>
      features;  // instruction set extensions that matter to the kernels, as Linux names them
  int logicalCores = 0;
  int physicalCores = 0;
  int usableCores = 0;        // that this process may run on
  std::vector<Cache> caches;  // of core 0
  std::optional<double> currentMegahertz, maximumMegahertz;
  std::optional<std::string> governor;
  bool hypervisor = false;
  int64_t memoryBytes = 0;
  std::optional<double> containerCores;
  std::optional<int64_t> containerMemoryBytes;
  std::string system, kernel;
};

/// `root` is where /proc, /sys and /etc lie.
DeviceDescription describeDevice(const std::string& root = "/");

}  // namespace parascan
