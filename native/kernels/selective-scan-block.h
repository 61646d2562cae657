// What forward and backward of the selective scan share: how channels and tokens are cut, and the decay.
//
//   block    `lanes` channels of one sequence; the last may be short, its other lanes compute on zeros
//   tile     `tileTokens` tokens: what the states pass over while it is in the first-level cache
//   group    neighbouring blocks of one sequence, taken by one task
//   rate     (N) vectors of a block: A log2(e), so that exp(dt A) = 2^(dt rate)
//   saved    (B, blocks, tiles, N, lanes): h before each tile
#pragma once

#include "kernels/channel-rows.h"
#include "kernels/launch.h"
#include "kernels/selective-scan.h"
#include "kernels/vector-math.h"

namespace parascan::PARASCAN_ISA {

void selectiveScanForward(const Launch& launch, const SelectiveScanArgs& args);
void selectiveScanBackward(const Launch& launch, const SelectiveScanGradArgs& grad);
void selectiveScanRecurrent(const Launch& launch, const SelectiveScanArgs& args);

namespace {

constexpr int tileTokens = 64;
constexpr float log2e = 1.44269504f;

/// 2^x, exactly 1 at 0, within 2 ulp; 0 below -126.5.
inline Vec powerOfTwo(Vec x) {
#if defined(__AVX512F__)
  // The maskz forms with every lane set are the plain instructions, without the warnings of GCC's plain
  // forms.
  const Vec n = (Vec)_mm512_maskz_roundscale_ps(0xffff, (__m512)x, _MM_FROUND_TO_NEAREST_INT);
#else
  x = atMost(atLeast(x, splat(-127.0f)), splat(128.0f));
  // 1.5 * 2^23 + 127: adding it rounds to an integer, whose low bits are then the biased exponent of 2^n.
  const Vec shift = splat(12583039.0f);
  const Vec shifted = x + shift;
  const Vec n = shifted - shift;
#endif
  const Vec f = x - n;
  Vec p = f * 1.32647273e-3f + 9.67151299e-3f;
  p = p * f + 5.55073358e-2f;
  p = p * f + 2.40222424e-1f;
  p = p * f + 6.93147004e-1f;
  p = p * f + 1.0f;
#if defined(__AVX512F__)
  return (Vec)_mm512_maskz_scalef_ps(0xffff, (__m512)p, (__m512)n);
#else
  return p * floatBits(intBits(shifted) << 23);
#endif
}

template <bool negative>
inline Vec decayOf(Vec e) {
  if constexpr (negative)
    return e * 2.0f - 1.0f;  // rounds to exactly -1 from dt A = -18.1 on, which keeps parity exact
  else
    return e;
}

/// One block of channels of one sequence.
struct Block {
  int64_t batch, first, count;  // sequence, first channel, channels in it
  Vec dtBias, skip;
};

inline int64_t blocksOf(const SelectiveScanArgs& args) { return ceilDivide(args.channels, lanes); }
inline int64_t tilesOf(const SelectiveScanArgs& args) { return ceilDivide(args.tokens, tileTokens); }

inline Block blockAt(const SelectiveScanArgs& args, int64_t batch, int64_t index) {
  const int64_t first = index * lanes, count = smaller(lanes, args.channels - first);
  return {batch, first, count, args.dtBias ? loadSome(args.dtBias + first, count) : Vec{},
          args.skip ? loadSome(args.skip + first, count) : Vec{}};
}

/// (count channels, N) in memory to N vectors; null is zeros.
inline void loadStates(Vec* states, const float* p, const Block& block, int64_t n) {
  for (int64_t i = 0; i < n; ++i) states[i] = Vec{};
  if (!p) return;
  for (int64_t lane = 0; lane < block.count; ++lane)
    for (int64_t i = 0; i < n; ++i) reinterpret_cast<float*>(states + i)[lane] = p[lane * n + i];
}

inline void loadRates(Vec* rate, const SelectiveScanArgs& args, const Block& block) {
  loadStates(rate, args.A + block.first * args.states, block, args.states);
  for (int64_t i = 0; i < args.states; ++i) rate[i] = rate[i] * log2e;
}

inline const float* statesAt(const float* p, const SelectiveScanArgs& args, const Block& block) {
  return p ? p + (block.batch * args.channels + block.first) * args.states : nullptr;
}

inline Vec stepSize(const SelectiveScanArgs& args, const Block& block, int64_t t) {
  const Vec x = loadSome(rowOf(args.dt, block.batch, t) + block.first, block.count) + block.dtBias;
  return args.dtSoftplus ? softplus(x) : x;
}

inline float* savedAt(const SelectiveScanArgs& args, int64_t batch, int64_t index, int64_t tile) {
  return args.saved + ((batch * blocksOf(args) + index) * tilesOf(args) + tile) * args.states * lanes;
}

/// How a sequence's blocks are dealt to tasks. The blocks of a group take turns tile by tile, so that whole
/// stretches of a row are read together.
struct Grouping {
  int64_t perGroup, groups;  // blocks in a group (the last may have fewer), groups in a sequence
};

inline Grouping groupingOf(const SelectiveScanArgs& args, int64_t perGroup) {
  // No larger than leaves some 16 tasks, were there many threads.
  perGroup = larger(1, smaller(perGroup, blocksOf(args) * args.batch / 16));
  return {perGroup, ceilDivide(blocksOf(args), perGroup)};
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
