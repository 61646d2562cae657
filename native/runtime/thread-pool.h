// The worker threads behind every kernel: one pool per process, one parallel region at a time, the caller
// takes part. Not OpenMP, whose teams multiply with calling threads and can burn a core while idle (poison
// for energy metering).
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace parascan {

class ThreadPool {
 public:
  using Body = void (*)(void* argument, int64_t task, int thread);

  /// The pool of this process, started on first use and never destroyed: workers may be parked in it at exit.
  static ThreadPool& shared();

  /// Threads a region may use, the caller included.
  int threads() const { return threads_.load(std::memory_order_relaxed); }

  /// Starts what is missing; surplus workers stay parked. Not to be called inside a region.
  void setThreads(int threads);

  /// Runs body for every task in [0, tasks). A second caller at the same time runs its region alone.
  void run(int64_t tasks, Body body, void* argument);

 private:
  void work(int thread);
  void drain(int thread);

  std::mutex region_;
  std::mutex resize_;
  std::vector<std::thread> workers_;
  std::atomic<int> threads_{1};

  Body body_ = nullptr;
  void* argument_ = nullptr;
  int64_t tasks_ = 0;
  std::atomic<int64_t> nextTask_{0};

  // Region number in the high half; the low half is twice the number of workers inside, plus one while
  // workers may still join. A worker that wakes late finds the region closed and never delays it.
  std::atomic<uint64_t> regionState_{0};
  std::atomic<uint32_t> wake_{0};
};

}  // namespace parascan
