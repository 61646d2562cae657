// Contract of the probes that measure what one core can do at most with this instruction set: floating-point
// operations out of registers, and bytes from wherever a buffer lies. They compute nothing of use.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace parascan {

struct ProbeKernels {
  /// Floating-point operations of one round of fmaLoop.
  int64_t flopsPerRound;

  /// Rounds of independent x <- x scale + offset in registers; enough of them to hide the latency of one.
  float (*fmaLoop)(int64_t rounds, float scale, float offset);

  /// Floats a buffer must be a multiple of.
  int64_t granule;

  /// Reads the buffer `rounds` times.
  int32_t (*readLoop)(const float* buffer, int64_t count, int64_t rounds);

  /// Adds `offset` to the buffer in place `rounds` times.
  void (*readModifyWriteLoop)(float* buffer, int64_t count, int64_t rounds, float offset);
};

}  // namespace parascan
