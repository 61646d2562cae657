// The worker threads behind every kernel: one pool per process, one parallel region at a time, the caller
// takes part. Not OpenMP, whose teams multiply with calling threads and can burn a core while idle (poison
// for energy metering).
//
// Every thread has a share of the tasks, the same one whenever a region of as many tasks comes back, so that
// what it reads and writes (a head's state, a panel) stays in its own caches. Whoever is done takes over
// tasks of the others' shares, one at a time. A line of memory costs up to half a microsecond to fetch from
// another core, so threads meet in as few as can be: a start is one line read, an end another.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
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
  static constexpr int mostThreads = 1024;
  static constexpr int line = 64;

  /// A region, as a thread that takes part in it knows it.
  struct Region {
    uint32_t number;
    Body body;
    void* argument;
    int64_t tasks;
    int threads;
    int processor;  // of the caller

    /// Where the share of a thread begins, and that of the one before it ends. The caller, who starts first,
    /// has the larger share.
    int64_t first(int thread) const { return (thread * tasks + threads - 1) / threads; }
  };

  /// Numbers of tasks, with the region they belong to in the high half: what another region left behind is
  /// told by that and needs no reset.
  struct Share {
    alignas(line) std::atomic<uint64_t> taken{0};  // of this thread's share, by whomever
    alignas(line) std::atomic<uint64_t> ended{0};  // by this thread, of whosever share
  };

  /// Of a region: whether threads have yet to come, are all at work, or have no more to do.
  enum class Progress { someAbsent, allBegun, allEnded };

  void work(int thread);
  void publish(const Region& region);
  std::optional<Region> published(uint32_t number) const;
  bool take(const Region& region, int owner, int64_t& task);
  void drain(const Region& region, int thread, int64_t ended);
  Progress progress(const Region& region) const;

  std::mutex region_;
  std::mutex resize_;
  std::vector<std::thread> workers_;
  std::atomic<int> threads_{1};
  std::atomic<int> parked_{0};  // workers that went to sleep since they were last called
  const std::unique_ptr<Share[]> shares_ = std::make_unique<Share[]>(mostThreads);

  // The region published last, and the number of the one whose fields are being written. In one line of
  // memory, which is all that a worker has to fetch.
  alignas(line) std::atomic<uint32_t> number_{0};
  std::atomic<uint32_t> announced_{0};
  std::atomic<int> regionThreads_{0};
  std::atomic<int> regionProcessor_{-1};
  std::atomic<Body> body_{nullptr};
  std::atomic<void*> argument_{nullptr};
  std::atomic<int64_t> tasks_{0};
};

}  // namespace parascan
