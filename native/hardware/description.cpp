#include "hardware/description.h"

#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>

#include "hardware/cpuid.h"
#include "hardware/system-file.h"

namespace parascan {
namespace {

constexpr const char* knownFeatures[] = {"sse2",     "sse4_2",      "avx",         "avx2",     "fma",
                                         "f16c",     "avx_vnni",    "avx512f",     "avx512bw", "avx512vl",
                                         "avx512dq", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8",
                                         "asimd",    "asimdhp",     "sve",         "bf16"};

/// Blocks of /proc/cpuinfo: one per logical core.
std::vector<std::string> processors(const std::string& cpuinfo) {
  std::vector<std::string> blocks;
  size_t begin = 0;
  while (begin < cpuinfo.size()) {
    const size_t end = std::min(cpuinfo.find("\n\n", begin), cpuinfo.size());
    const std::string block = cpuinfo.substr(begin, end - begin);
    if (field(block, "processor")) blocks.push_back(block);
    begin = end + 2;
  }
  return blocks;
}

std::vector<std::string> featuresOf(const std::string& flags) {
  std::istringstream words(flags);
  std::set<std::string> present;
  for (std::string word; words >> word;) present.insert(word);
  std::vector<std::string> features;
  for (const char* feature : knownFeatures)
    if (present.count(feature)) features.emplace_back(feature);
  return features;
}

/// Cores in a list such as "0-3,8".
int countOf(const std::string& list) {
  std::istringstream ranges(list);
  int count = 0;
  for (std::string range; std::getline(ranges, range, ',');) {
    const size_t dash = range.find('-');
    const int first = std::atoi(range.c_str());
    count += dash == std::string::npos ? 1 : std::atoi(range.c_str() + dash + 1) - first + 1;
  }
  return count;
}

std::vector<Cache> cachesOf(const std::string& core) {
  std::vector<Cache> caches;
  for (const std::string& index : entries(core + "/cache", "index")) {
    const std::string path = core + "/cache/" + index;
    const auto level = readNumber(path + "/level");
    const auto size = readText(path + "/size");  // "32K"
    if (!level || !size) continue;
    const int64_t unit = size->ends_with("K") ? 1 << 10 : size->ends_with("M") ? 1 << 20 : 1;
    caches.push_back({static_cast<int>(*level), readText(path + "/type").value_or(""),
                      std::atoll(size->c_str()) * unit,
                      std::max(1, countOf(readText(path + "/shared_cpu_list").value_or("0")))});
  }
  return caches;
}

/// Takes over the limits of one control group where they are tighter; of either version of control groups.
void tighten(const std::string& group, DeviceDescription& device) {
  const auto lower = [](auto& limit, auto value) {
    if (!limit || value < *limit) limit = value;
  };
  double quota = -1, period = 0;
  if (const auto cores = readText(group + "/cpu.max")) {
    std::istringstream(*cores) >> quota >> period;  // "200000 100000" or "max 100000"
  } else {
    quota = readNumber(group + "/cpu.cfs_quota_us").value_or(-1);
    period = readNumber(group + "/cpu.cfs_period_us").value_or(0);
  }
  if (quota > 0 && period > 0) lower(device.containerCores, quota / period);
  auto bytes = readNumber(group + "/memory.max");
  if (!bytes) bytes = readNumber(group + "/memory.limit_in_bytes");
  // Version 1 says "no limit" with a number near 2^63.
  if (bytes && *bytes < static_cast<double>(device.memoryBytes))
    lower(device.containerMemoryBytes, static_cast<int64_t>(*bytes));
}

/// The limits of the control groups this process is in, each up to its root: a child may not exceed a parent.
void readContainer(const std::string& root, DeviceDescription& device) {
  std::istringstream memberships(readText(root + "proc/self/cgroup").value_or(""));
  for (std::string line; std::getline(memberships, line);) {  // "4:memory:/a/b", or "0::/a/b" in version 2
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string hierarchy = root + "sys/fs/cgroup" + (controllers.empty() ? "" : "/" + controllers);
    std::string group = line.substr(second + 1);
    if (group == "/") group.clear();
    for (;;) {
      tighten(hierarchy + group, device);
      const size_t parent = group.find_last_of('/');
      if (parent == std::string::npos) break;
      group.resize(parent);
    }
  }
}

}  // namespace

DeviceDescription describeDevice(const std::string& root) {
  DeviceDescription device;
  const auto cores = processors(readText(root + "proc/cpuinfo").value_or(""));
  if (!cores.empty()) {
    const std::string& first = cores.front();
    const std::string flags = field(first, "flags").value_or(field(first, "Features").value_or(""));
    device.model = field(first, "model name").value_or("");
    device.features = featuresOf(flags);
    device.hypervisor = (" " + flags + " ").find(" hypervisor ") != std::string::npos;
    std::set<std::string> physical;
    for (const std::string& core : cores)
      physical.insert(field(core, "physical id").value_or("0") + "/" +
                      field(core, "core id").value_or(field(core, "processor").value_or("")));
    device.logicalCores = static_cast<int>(cores.size());
    device.physicalCores = static_cast<int>(physical.size());
    if (const auto clock = field(first, "cpu MHz")) device.currentMegahertz = std::atof(clock->c_str());
  }
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) device.usableCores = CPU_COUNT(&allowed);

  const std::string core = root + "sys/devices/system/cpu/cpu0";
  device.caches = cachesOf(core);
  // The processor answers for itself, not for a description of another one.
  if (device.caches.empty() && root == "/") {
    device.caches = cachesByCpuid();
    for (Cache& cache : device.caches)
      cache.sharedBy = std::min(cache.sharedBy, std::max(1, device.logicalCores));
  }
  if (const auto kilohertz = readNumber(core + "/cpufreq/scaling_cur_freq"))
    device.currentMegahertz = *kilohertz / 1000;
  if (const auto kilohertz = readNumber(core + "/cpufreq/cpuinfo_max_freq"))
    device.maximumMegahertz = *kilohertz / 1000;
  device.governor = readText(core + "/cpufreq/scaling_governor");

  if (const auto total = field(readText(root + "proc/meminfo").value_or(""), "MemTotal"))
    device.memoryBytes = std::atoll(total->c_str()) * 1024;
  readContainer(root, device);

  device.system = field(readText(root + "etc/os-release").value_or(""), "PRETTY_NAME").value_or("");
  device.kernel = readText(root + "proc/sys/kernel/osrelease").value_or("");
  return device;
}

}  // namespace parascan
