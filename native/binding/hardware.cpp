// The machine across the border: its description, memory, energy counters, GPUs and measured limits.
#include <algorithm>
#include <optional>
#include <string>

#include "binding/call.h"
#include "hardware/cuda-driver.h"
#include "hardware/description.h"
#include "hardware/memory.h"
#include "hardware/peak.h"
#include "hardware/rapl.h"

namespace parascan {
namespace {

template <typename List, typename ToValue>
Napi::Array arrayOf(Napi::Env env, const List& list, ToValue toValue) {
  Napi::Array array = Napi::Array::New(env, list.size());
  for (uint32_t i = 0; i < list.size(); ++i) array.Set(i, toValue(list[i]));
  return array;
}

template <typename Number>
void setIfKnown(Napi::Object object, const char* name, const std::optional<Number>& value) {
  if (value) object.Set(name, static_cast<double>(*value));
}

Napi::Value cacheValue(Napi::Env env, const Cache& cache) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("level", cache.level);
  object.Set("type", cache.type);
  object.Set("bytes", static_cast<double>(cache.bytes));
  object.Set("sharedBy", cache.sharedBy);
  return object;
}

Napi::Value describeDevice(Call& call) {
  const Napi::Env env = call.env();
  const DeviceDescription device = parascan::describeDevice(call.text(0));
  Napi::Object object = Napi::Object::New(env);
  object.Set("model", device.model);
  object.Set("features", arrayOf(env, device.features,
                                 [&](const std::string& name) { return Napi::String::New(env, name); }));
  object.Set("logicalCores", device.logicalCores);
  object.Set("physicalCores", device.physicalCores);
  object.Set("usableCores", device.usableCores);
  object.Set("caches",
             arrayOf(env, device.caches, [&](const Cache& cache) { return cacheValue(env, cache); }));
  setIfKnown(object, "currentMegahertz", device.currentMegahertz);
  setIfKnown(object, "maximumMegahertz", device.maximumMegahertz);
  if (device.governor) object.Set("governor", *device.governor);
  object.Set("hypervisor", device.hypervisor);
  object.Set("memoryBytes", static_cast<double>(device.memoryBytes));
  setIfKnown(object, "containerCores", device.containerCores);
  setIfKnown(object, "containerMemoryBytes", device.containerMemoryBytes);
  object.Set("system", device.system);
  object.Set("kernel", device.kernel);
  return object;
}

Napi::Value memoryUse(Call& call) {
  const MemoryUse use = parascan::memoryUse();
  Napi::Object object = Napi::Object::New(call.env());
  object.Set("residentBytes", static_cast<double>(use.resident));
  object.Set("peakResidentBytes", static_cast<double>(use.peakResident));
  object.Set("availableBytes", static_cast<double>(use.available));
  return object;
}

Napi::Value readEnergy(Call& call) {
  const Napi::Env env = call.env();
  const EnergyReading reading = parascan::readEnergy(call.text(0));
  Napi::Object object = Napi::Object::New(env);
  object.Set("zones", arrayOf(env, reading.zones, [&](const EnergyZone& zone) {
               Napi::Object value = Napi::Object::New(env);
               value.Set("name", zone.name);
               value.Set("microjoules", zone.microjoules);
               value.Set("rangeMicrojoules", zone.rangeMicrojoules);
               value.Set("disjoint", zone.disjoint);
               return value;
             }));
  if (!reading.unavailable.empty()) object.Set("unavailable", reading.unavailable);
  return object;
}

Napi::Value listGpus(Call& call) {
  const Napi::Env env = call.env();
  const GpuList list = parascan::listGpus();
  Napi::Object object = Napi::Object::New(env);
  object.Set("gpus", arrayOf(env, list.gpus, [&](const Gpu& gpu) {
               Napi::Object value = Napi::Object::New(env);
               value.Set("name", gpu.name);
               value.Set("memoryBytes", static_cast<double>(gpu.memoryBytes));
               value.Set("computeCapability",
                         std::to_string(gpu.computeMajor) + "." + std::to_string(gpu.computeMinor));
               return value;
             }));
  if (list.driverVersion > 0)
    object.Set("cudaVersion", std::to_string(list.driverVersion / 1000) + "." +
                                  std::to_string(list.driverVersion % 1000 / 10));
  if (!list.unavailable.empty()) object.Set("unavailable", list.unavailable);
  return object;
}

Napi::Value peakValue(Napi::Env env, const Peak& peak) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("threads", peak.threads);
  object.Set("flops", peak.flops);
  object.Set("bandwidths", arrayOf(env, peak.bandwidths, [&](const Bandwidth& bandwidth) {
               Napi::Object value = Napi::Object::New(env);
               value.Set("level", bandwidth.level);
               value.Set("bytes", static_cast<double>(bandwidth.bytes));
               value.Set("holds", bandwidth.holds);
               value.Set("read", bandwidth.read);
               value.Set("readModifyWrite", bandwidth.readModifyWrite);
               return value;
             }));
  return object;
}

/// measurePeak(threads, root): measured on the stream, where kernels run, so that no job competes.
Napi::Value measurePeak(Call& call) {
  const int threads = static_cast<int>(call.integer(0));
  const auto caches = parascan::describeDevice(call.text(1)).caches;
  return call.promise(
      [=](const Launch& launch) {
        Launch limited = launch;
        limited.threads = std::clamp(threads, 1, launch.threads);
        return parascan::measurePeak(*kernels().probe, limited, caches);
      },
      peakValue);
}

}  // namespace

void defineHardware(Napi::Object exports) {
  define<describeDevice>(exports, "describeDevice");
  define<memoryUse>(exports, "memoryUse");
  define<readEnergy>(exports, "readEnergy");
  define<listGpus>(exports, "listGpus");
  define<measurePeak>(exports, "measurePeak");
}

}  // namespace parascan
