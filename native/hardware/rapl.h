// Energy counters of the processor (RAPL) as Linux shows them under /sys/class/powercap. Where they are
// missing or closed there is a reason instead of a number.
#pragma once

#include <string>
#include <vector>

namespace parascan {

/// A counter that runs up and starts again at zero.
struct EnergyZone {
  std::string name;         // "package-0", "package-0/dram", "psys"
  double microjoules;       // now
  double rangeMicrojoules;  // after this many it starts again at zero; several minutes at full load

  /// Whether the energy of this zone is part of no other zone's: packages, and the memory beside them.
  bool disjoint;
};

struct EnergyReading {
  std::vector<EnergyZone> zones;  // in a fixed order
  std::string unavailable;        // why there are no zones; empty if there are
};

EnergyReading readEnergy(const std::string& powercap = "/sys/class/powercap");

}  // namespace parascan
