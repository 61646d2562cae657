// The clock of every measurement: steady, in nanoseconds, of arbitrary origin.
#pragma once

#include <chrono>
#include <cstdint>

namespace parascan {

inline int64_t nanosecondsNow() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace parascan
