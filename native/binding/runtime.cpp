// The engine's own state across the border: instruction set, threads, memory.
#include <atomic>
#include <cstdlib>

#include "binding/call.h"
#include "runtime/thread-pool.h"

namespace parascan {
namespace {

Napi::Value isa(Call& call) { return Napi::String::New(call.env(), kernels().isa); }

Napi::Value instructionSets(Call& call) {
  const auto names = parascan::instructionSets();
  Napi::Array list = Napi::Array::New(call.env(), names.size());
  for (uint32_t i = 0; i < names.size(); ++i) list.Set(i, names[i]);
  return list;
}

// What setThreads was last asked for: the pool itself follows later, between two jobs.
std::atomic<int> wantedThreads{1};

Napi::Value threads(Call& call) { return Napi::Number::New(call.env(), wantedThreads.load()); }

Napi::Value setThreads(Call& call) {
  const int count = static_cast<int>(call.integer(0));
  wantedThreads = count;
  // Between two jobs, so that no kernel sees the number change under it.
  call.context().stream().enqueue([count](const Launch&) { ThreadPool::shared().setThreads(count); });
  return call.nothing();
}

Napi::Value memoryStats(Call& call) {
  const MemoryStats stats = Allocator::cpu().stats();
  Napi::Object result = Napi::Object::New(call.env());
  result.Set("liveBytes", static_cast<double>(stats.liveBytes));
  result.Set("peakBytes", static_cast<double>(stats.peakBytes));
  result.Set("cachedBytes", static_cast<double>(stats.cachedBytes));
  result.Set("scratchPeakBytes", static_cast<double>(call.context().stream().scratchPeak()));
  result.Set("allocations", static_cast<double>(stats.allocations));
  result.Set("reuses", static_cast<double>(stats.reuses));
  result.Set("liveHandles", static_cast<double>(call.instance().tensors.live()));
  return result;
}

Napi::Value resetPeakMemory(Call& call) {
  Allocator::cpu().resetPeak();
  call.context().stream().resetScratchPeak();
  return call.nothing();
}

Napi::Value trimMemory(Call& call) {
  // Queued jobs may still use blocks freed by now, but none that is queued from here on will.
  call.context().stream().enqueue([blocks = Allocator::cpu().takeCached()](const Launch&) {
    for (void* block : blocks) std::free(block);
  });
  return call.nothing();
}

/// A promise that resolves when everything enqueued so far has run.
Napi::Value synchronize(Call& call) {
  return call.promise([](const Launch&) { return true; },
                      [](Napi::Env env, bool) { return Napi::Value(env.Undefined()); });
}

}  // namespace

void defineRuntime(Napi::Object exports) {
  define<isa>(exports, "isa");
  define<instructionSets>(exports, "instructionSets");
  define<threads>(exports, "threads");
  define<setThreads>(exports, "setThreads");
  define<memoryStats>(exports, "memoryStats");
  define<resetPeakMemory>(exports, "resetPeakMemory");
  define<trimMemory>(exports, "trimMemory");
  define<synchronize>(exports, "synchronize");
}

}  // namespace parascan
