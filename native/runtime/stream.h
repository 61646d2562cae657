// One in-order job thread per device, off the JavaScript thread and off libuv's workers: a job there can be
// neither interrupted by worker.terminate() nor keep fs waiting. Work runs in the order it was enqueued,
// whoever enqueued it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "kernels/launch.h"

namespace parascan {

using Job = std::function<void(const Launch& launch)>;

class Stream {
 public:
  /// The CPU's stream, started on first use and never destroyed.
  static Stream& cpu();

  /// Appends a job. Blocks while `capacity` jobs wait, so that a caller who never yields cannot queue without
  /// end.
  void enqueue(Job job);

  /// Waits until everything enqueued so far has run.
  void synchronize();

  /// Runs a job from within another one, with scratch of its own.
  static void runInside(const Job& job, const Launch& launch);

  /// The first failure of a job since the last call, or an empty string. To be called from a job.
  std::string takeFailure();

  /// Most bytes of scratch that one kernel has used since the last reset.
  size_t scratchPeak() const;
  void resetScratchPeak();

  static constexpr size_t capacity = 8192;  // two training steps of some fifty layers

 private:
  Stream();
  void work();

  mutable std::mutex mutex_;
  std::condition_variable filled_, drained_;
  std::deque<Job> jobs_;
  std::string failure_;
};

}  // namespace parascan
