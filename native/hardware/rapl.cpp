#include "hardware/rapl.h"

#include <algorithm>
#include <filesystem>

#include "hardware/system-file.h"

namespace parascan {

EnergyReading readEnergy(const std::string& powercap) {
  EnergyReading reading;
  std::string package;
  // Sorted, so that intel-rapl:0 comes before its parts intel-rapl:0:0, intel-rapl:0:1. The same counters
  // appear again as intel-rapl-mmio:..., which the prefix leaves out.
  for (const std::string& folder : entries(powercap, "intel-rapl:")) {
    const std::string path = powercap + "/" + folder;
    const auto name = readText(path + "/name");
    const auto range = readNumber(path + "/max_energy_range_uj");
    if (!name || !range) continue;
    const auto microjoules = readNumber(path + "/energy_uj");
    if (!microjoules) {
      reading.zones.clear();
      reading.unavailable = path + "/energy_uj cannot be read; only root may, until `sudo chmod a+r " +
                            powercap + "/intel-rapl:*/energy_uj`";
      return reading;
    }
    const bool part = std::count(folder.begin(), folder.end(), ':') > 1;
    if (!part) package = *name;
    reading.zones.push_back({part ? package + "/" + *name : *name, *microjoules, *range,
                             part ? *name == "dram" : name->starts_with("package")});
  }
  if (reading.zones.empty())
    reading.unavailable =
        std::filesystem::exists(powercap)
            ? "no intel-rapl zone under " + powercap +
                  ": the kernel module intel_rapl_msr is not loaded, or the "
                  "processor has no counters"
            : powercap + " does not exist: virtual machines and containers seldom see energy counters";
  return reading;
}

}  // namespace parascan
