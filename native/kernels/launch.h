// How a kernel reaches the machine: worker threads and scratch memory, handed in by whoever launches it.
// Kernels know nothing of the pool or the allocator behind these two calls, and include no standard library:
// an inline function of <algorithm> compiled here for AVX-512 could be the copy the linker keeps for
// everybody.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace parascan {

struct Launch {
  void* context;

  /// Number of threads `parallel` may use. Results must never depend on it.
  int threads;

  /// Calls body(argument, task, thread) once for every task in [0, tasks) and returns when all have ended.
  /// `thread` is in [0, threads). The order of tasks and the thread that runs one are unspecified.
  void (*parallel)(void* context, int64_t tasks, void (*body)(void* argument, int64_t task, int thread),
                   void* argument);

  /// Uninitialised scratch, aligned to 64 bytes, valid until the kernel returns. Call from the launching
  /// thread only.
  void* (*scratch)(void* context, size_t bytes);
};

}  // namespace parascan

#ifdef PARASCAN_ISA
namespace parascan::PARASCAN_ISA {
namespace {

/// Runs f(task, thread) for every task; the typed face of Launch::parallel.
template <typename F>
void parallelFor(const Launch& launch, int64_t tasks, const F& f) {
  if (tasks <= 1 || launch.threads == 1) {
    for (int64_t task = 0; task < tasks; ++task) f(task, 0);
    return;
  }
  launch.parallel(
      launch.context, tasks,
      [](void* argument, int64_t task, int thread) { (*static_cast<const F*>(argument))(task, thread); },
      const_cast<F*>(&f));
}

template <typename T>
T* scratch(const Launch& launch, int64_t count) {
  return static_cast<T*>(launch.scratch(launch.context, static_cast<size_t>(count) * sizeof(T)));
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
#endif
