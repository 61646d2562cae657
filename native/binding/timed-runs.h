// Repeated timing on the stream's thread: what `parascan bench` and the profiler measure with.
#pragma once

#include <vector>

#include "binding/call.h"
#include "hardware/clock.h"

namespace parascan {

/// How often something is run: no run is begun once `seconds` have passed, but one is always measured.
struct TimingLimits {
  int64_t warmup, repeats;
  double seconds;
};

/// (.., warmup, repeats, seconds) of a call, from argument i on.
inline TimingLimits timingLimits(const Call& call, int i) {
  return {call.integer(i), call.integer(i + 1), call.number(i + 2)};
}

/// Seconds of every measured run. Ends early when the environment that asked is gone.
template <typename Run>
std::vector<double> timedRuns(const TimingLimits& limits, const Courier& courier, const Run& run) {
  const auto once = [&] {
    const int64_t start = nanosecondsNow();
    run();
    return static_cast<double>(nanosecondsNow() - start) * 1e-9;
  };
  double spent = 0;
  std::vector<double> times;
  for (int64_t i = 0; i < limits.warmup && spent < limits.seconds / 2 && !courier.closed(); ++i)
    spent += once();
  while (!courier.closed() &&
         (times.empty() || (static_cast<int64_t>(times.size()) < limits.repeats && spent < limits.seconds))) {
    times.push_back(once());
    spent += times.back();
  }
  return times;
}

inline Napi::Value toFloat64Array(Napi::Env env, const std::vector<double>& values) {
  auto result = Napi::Float64Array::New(env, values.size());
  for (size_t i = 0; i < values.size(); ++i) result[i] = values[i];
  return result;
}

}  // namespace parascan
