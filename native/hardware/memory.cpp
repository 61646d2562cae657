#include "hardware/memory.h"

#include <cstdlib>
#include <string>

#include "hardware/system-file.h"

namespace parascan {
namespace {

int64_t bytesOf(const std::string& text, const char* key) {
  const auto kibibytes = field(text, key);  // "1234 kB"
  return kibibytes ? std::atoll(kibibytes->c_str()) * 1024 : 0;
}

}  // namespace

MemoryUse memoryUse() {
  const std::string process = readText("/proc/self/status").value_or("");
  const std::string machine = readText("/proc/meminfo").value_or("");
  return {bytesOf(process, "VmRSS"), bytesOf(process, "VmHWM"), bytesOf(machine, "MemAvailable")};
}

}  // namespace parascan
