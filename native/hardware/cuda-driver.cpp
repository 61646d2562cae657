#include "hardware/cuda-driver.h"

#include <dlfcn.h>

#include <cstddef>

namespace parascan {
namespace {

// Of cuda.h, which a machine without the toolkit does not have.
using Result = int;
constexpr int computeMajorAttribute = 75, computeMinorAttribute = 76;

struct Driver {
  Result (*init)(unsigned flags);
  Result (*driverVersion)(int* version);
  Result (*deviceCount)(int* count);
  Result (*device)(int* device, int ordinal);
  Result (*name)(char* name, int length, int device);
  Result (*memory)(size_t* bytes, int device);
  Result (*attribute)(int* value, int attribute, int device);
  Result (*errorText)(Result error, const char** text);
};

template <typename F>
bool find(void* library, const char* symbol, F& function) {
  function = reinterpret_cast<F>(dlsym(library, symbol));
  return function != nullptr;
}

bool findAll(void* library, Driver& driver) {
  return find(library, "cuInit", driver.init) && find(library, "cuDriverGetVersion", driver.driverVersion) &&
         find(library, "cuDeviceGetCount", driver.deviceCount) &&
         find(library, "cuDeviceGet", driver.device) && find(library, "cuDeviceGetName", driver.name) &&
         find(library, "cuDeviceTotalMem_v2", driver.memory) &&
         find(library, "cuDeviceGetAttribute", driver.attribute) &&
         find(library, "cuGetErrorString", driver.errorText);
}

}  // namespace

GpuList listGpus() {
  GpuList list;
  // Never closed: the driver starts threads of its own.
  void* library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    list.unavailable = "no NVIDIA driver: libcuda.so.1 was not found";
    return list;
  }
  Driver driver;
  if (!findAll(library, driver)) {
    list.unavailable = "the NVIDIA driver is too old: libcuda.so.1 lacks functions of CUDA 11";
    return list;
  }
  int count = 0;
  Result result = driver.init(0);
  if (result == 0) result = driver.deviceCount(&count);
  if (result != 0 || count == 0) {
    const char* text = nullptr;
    if (result == 0 || driver.errorText(result, &text) != 0 || !text)
      text = "no CUDA-capable device is detected";
    list.unavailable = std::string("the NVIDIA driver is there, but ") + text;
    return list;
  }
  driver.driverVersion(&list.driverVersion);
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    int device = 0, major = 0, minor = 0;
    char name[256] = "";
    size_t bytes = 0;
    if (driver.device(&device, ordinal) != 0) continue;
    driver.name(name, sizeof name, device);
    driver.memory(&bytes, device);
    driver.attribute(&major, computeMajorAttribute, device);
    driver.attribute(&minor, computeMinorAttribute, device);
    list.gpus.push_back({name, static_cast<int64_t>(bytes), major, minor});
  }
  return list;
}

}  // namespace parascan
