// Keeps the calling thread on one core. A virtual core whose sibling another tenant keeps busy is a third
// slower for as long as the scheduler leaves a thread there, so what is timed takes turns on all of them.
#pragma once

#include <sched.h>

#include <cstdint>

namespace parascan {

class CorePin {
 public:
  /// The core that is `turn`, modulo their number, among those the thread may use; a negative turn pins to
  /// none.
  explicit CorePin(int64_t turn) {
    if (turn < 0 || sched_getaffinity(0, sizeof before_, &before_) != 0) return;
    int64_t left = turn % CPU_COUNT(&before_);
    int core = 0;
    while (!CPU_ISSET(core, &before_) || left-- > 0) ++core;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    pinned_ = sched_setaffinity(0, sizeof one, &one) == 0;
  }
  ~CorePin() {
    if (pinned_) sched_setaffinity(0, sizeof before_, &before_);
  }
  CorePin(const CorePin&) = delete;
  CorePin& operator=(const CorePin&) = delete;

 private:
  cpu_set_t before_;
  bool pinned_ = false;
};

}  // namespace parascan
