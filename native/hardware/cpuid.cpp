#include "hardware/cpuid.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace parascan {

#if defined(__x86_64__)
namespace {

struct Registers {
  unsigned a = 0, b = 0, c = 0, d = 0;
};

/// Zeros where there is no such leaf.
Registers ask(unsigned leaf, unsigned index) {
  Registers said;
  __get_cpuid_count(leaf, index, &said.a, &said.b, &said.c, &said.d);
  return said;
}

constexpr unsigned intelCaches = 4, amdCaches = 0x8000001d;  // one cache an index, in the same form
constexpr unsigned amdFirstLevel = 0x80000005, amdSecondLevel = 0x80000006;
constexpr const char* types[] = {"", "Data", "Instruction", "Unified"};

std::vector<Cache> enumerated(unsigned leaf) {
  std::vector<Cache> caches;
  for (unsigned index = 0;; ++index) {
    const Registers said = ask(leaf, index);
    const unsigned type = said.a & 31;
    if (type == 0 || type > 3) return caches;
    const int64_t ways = (said.b >> 22) + 1, partitions = (said.b >> 12 & 1023) + 1,
                  line = (said.b & 4095) + 1;
    const int64_t sets = int64_t{said.c} + 1;
    caches.push_back({static_cast<int>(said.a >> 5 & 7), types[type], ways * partitions * line * sets,
                      static_cast<int>(said.a >> 14 & 4095) + 1});
  }
}

std::vector<Cache> ofAmdCore() {
  std::vector<Cache> caches;
  const auto add = [&](int level, const char* type, unsigned kilobytes) {
    if (kilobytes > 0) caches.push_back({level, type, int64_t{kilobytes} << 10, 1});
  };
  const Registers first = ask(amdFirstLevel, 0);
  add(1, "Data", first.c >> 24);
  add(1, "Instruction", first.d >> 24);
  add(2, "Unified", ask(amdSecondLevel, 0).c >> 16);
  return caches;
}

}  // namespace

std::vector<Cache> cachesByCpuid() {
  constexpr unsigned authenticAmd = 0x68747541;  // "Auth", the first letters of the vendor
  const bool amd = ask(0, 0).b == authenticAmd;
  std::vector<Cache> caches = enumerated(amd ? amdCaches : intelCaches);
  return caches.empty() && amd ? ofAmdCore() : caches;
}
#else
std::vector<Cache> cachesByCpuid() { return {}; }
#endif

}  // namespace parascan
