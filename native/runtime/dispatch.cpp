#include "runtime/dispatch.h"

#include <cstdlib>

#include "runtime/errors.h"

namespace parascan {

namespace baseline {
extern const KernelTable table;
}
#if defined(__x86_64__)
namespace avx2 {
extern const KernelTable table;
}
namespace avx512 {
extern const KernelTable table;
}
#endif

namespace {

std::vector<const KernelTable*> runnable() {
  std::vector<const KernelTable*> tables{&baseline::table};
#if defined(__x86_64__)
  __builtin_cpu_init();  // Also asks whether the operating system saves the registers.
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c"))
    tables.push_back(&avx2::table);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    tables.push_back(&avx512::table);
#endif
  return tables;
}

const KernelTable& choose() {
  const auto tables = runnable();
  const char* wanted = std::getenv("PARASCAN_ISA");
  if (!wanted || !*wanted) return *tables.back();
  std::string offered;
  for (const KernelTable* table : tables) {
    if (std::string(wanted) == table->isa) return *table;
    offered += offered.empty() ? table->isa : std::string(", ") + table->isa;
  }
  throw RangeError(
      message("`PARASCAN_ISA` must be one of ", offered, " on this machine, got \"", wanted, "\""));
}

}  // namespace

const KernelTable& kernels() {
  static const KernelTable& chosen = choose();
  return chosen;
}

std::vector<std::string> instructionSets() {
  std::vector<std::string> names;
  for (const KernelTable* table : runnable()) names.emplace_back(table->isa);
  return names;
}

}  // namespace parascan
