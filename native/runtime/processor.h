// Which processor a thread runs on, and how it gets off one that another thread needs.
#pragma once

#if defined(__linux__)
#include <sched.h>
#endif

namespace parascan {

/// The processor that runs this thread now, or -1 where the system does not tell.
inline int currentProcessor() {
#if defined(__linux__)
  return sched_getcpu();
#else
  return -1;
#endif
}

/// Moves this thread to another processor it may run on, if there is one, and leaves it free to come back.
inline void leaveProcessor([[maybe_unused]] int processor) {
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  cpu_set_t others = allowed;
  CPU_CLR(processor, &others);
  if (CPU_COUNT(&others) > 0 && sched_setaffinity(0, sizeof others, &others) == 0)
    sched_setaffinity(0, sizeof allowed, &allowed);
#endif
}

}  // namespace parascan
