// Loops at the limits of one core: fused multiply-adds in registers, loads, and loads with stores.
#include "kernels/probe.h"

#include "kernels/simd.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// Independent chains. Two units with a latency of four or five cycles need ten; with the two operands they
/// all share, twelve still fit the sixteen registers of SSE and AVX2.
constexpr int chains = 12;

float fmaLoop(int64_t rounds, float scale, float offset) {
  const Vec scales = splat(scale), offsets = splat(offset);
  Vec chain[chains];
  for (int i = 0; i < chains; ++i) chain[i] = splat(static_cast<float>(i));
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
    for (int i = 0; i < chains; ++i) chain[i] = chain[i] * scales + offsets;
  }
  Vec sum{};
  for (int i = 0; i < chains; ++i) sum += chain[i];
  return sumLanes(sum);
}

/// Vectors a loop takes per turn, so that counting and branching cost nothing.
constexpr int unrolled = 8;

int32_t readLoop(const float* buffer, int64_t count, int64_t rounds) {
  // Bitwise, because more units do that than add; what is measured is the loads.
  IntVec seen[unrolled] = {};
  for (int64_t round = 0; round < rounds; ++round) {
    for (int64_t i = 0; i < count; i += unrolled * lanes) {
#pragma GCC unroll 8
      for (int j = 0; j < unrolled; ++j) seen[j] |= reinterpret_cast<IntVec>(load(buffer + i + j * lanes));
    }
    asm volatile("" ::: "memory");  // every round reads anew
  }
  int32_t all = 0;
  for (int j = 0; j < unrolled; ++j)
    for (int i = 0; i < lanes; ++i) all |= seen[j][i];
  return all;
}

void readModifyWriteLoop(float* buffer, int64_t count, int64_t rounds, float offset) {
  const Vec offsets = splat(offset);
  for (int64_t round = 0; round < rounds; ++round) {
    for (int64_t i = 0; i < count; i += unrolled * lanes) {
#pragma GCC unroll 8
      for (int j = 0; j < unrolled; ++j)
        store(buffer + i + j * lanes, load(buffer + i + j * lanes) + offsets);
    }
    asm volatile("" ::: "memory");
  }
}

}  // namespace

extern const ProbeKernels probe;
const ProbeKernels probe = {
    .flopsPerRound = 2 * chains * lanes,
    .fmaLoop = fmaLoop,
    .granule = unrolled * lanes,
    .readLoop = readLoop,
    .readModifyWriteLoop = readModifyWriteLoop,
};

}  // namespace parascan::PARASCAN_ISA
