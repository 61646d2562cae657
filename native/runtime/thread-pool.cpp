#include "runtime/thread-pool.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>

namespace parascan {
namespace {

// About 20 µs: kernels of one layer follow each other faster than a futex wakes a sleeper.
constexpr int spinsBeforeSleep = 1 << 9;

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

constexpr uint64_t open = 1;
constexpr uint64_t oneWorker = 2;
constexpr uint64_t oneRegion = uint64_t{1} << 32;

}  // namespace

ThreadPool& ThreadPool::shared() {
  static ThreadPool* pool = new ThreadPool;
  return *pool;
}

void ThreadPool::setThreads(int threads) {
  std::lock_guard lock(resize_);
  threads = std::clamp(threads, 1, 1024);
  while (static_cast<int>(workers_.size()) + 1 < threads) {
    const int thread = static_cast<int>(workers_.size()) + 1;
    workers_.emplace_back([this, thread] { work(thread); });
  }
  threads_.store(threads);
}

void ThreadPool::run(int64_t tasks, Body body, void* argument) {
  std::unique_lock lock(region_, std::try_to_lock);
  if (!lock.owns_lock() || tasks <= 1 || threads() == 1) {
    for (int64_t task = 0; task < tasks; ++task) body(argument, task, 0);
    return;
  }
  body_ = body;
  argument_ = argument;
  tasks_ = tasks;
  nextTask_.store(0, std::memory_order_relaxed);
  const uint64_t region = (regionState_.load(std::memory_order_relaxed) & ~(oneRegion - 1)) + oneRegion;
  regionState_.store(region | open, std::memory_order_release);
  wake_.fetch_add(1, std::memory_order_release);
  wake_.notify_all();

  drain(0);

  regionState_.fetch_and(~open, std::memory_order_acq_rel);
  for (int spins = 0; regionState_.load(std::memory_order_acquire) != region; ++spins) {
    if (spins < spinsBeforeSleep)
      pause();
    else
      std::this_thread::yield();
  }
}

void ThreadPool::work(int thread) {
  uint32_t seen = wake_.load(std::memory_order_acquire);
  for (;;) {
    for (int spins = 0; spins < spinsBeforeSleep && wake_.load(std::memory_order_acquire) == seen; ++spins)
      pause();
    wake_.wait(seen, std::memory_order_acquire);
    seen = wake_.load(std::memory_order_acquire);
    if (thread >= threads()) continue;

    uint64_t state = regionState_.load(std::memory_order_acquire);
    bool joined = false;
    while ((state & open) && !joined)
      joined = regionState_.compare_exchange_weak(state, state + oneWorker, std::memory_order_acq_rel);
    if (!joined) continue;
    drain(thread);
    regionState_.fetch_sub(oneWorker, std::memory_order_acq_rel);
  }
}

void ThreadPool::drain(int thread) {
  for (;;) {
    const int64_t task = nextTask_.fetch_add(1, std::memory_order_relaxed);
    if (task >= tasks_) return;
    body_(argument_, task, thread);
  }
}

}  // namespace parascan
