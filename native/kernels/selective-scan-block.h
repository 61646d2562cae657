// What forward and backward of the selective scan share: how channels and tokens are cut, and the decay.
//
//   block    `lanes` channels; the last may be short, its other lanes compute on zeros
//   tile     `tileTokens` tokens of a sequence: what the states pass over while it is in the first-level
//   cache group    neighbouring blocks, taken by one task. Rows are read and written whole over a group,
//   token by token,
//            for a column as narrow as a block would meet another page at every token
//   span     neighbouring sequences, taken by one task one after the other
//   panel    what a group keeps of a tile, block by block
//   rate     (N) vectors of a block: A log2(e), so that exp(dt A) = 2^(dt rate)
//   saved    (tile slots, blocks, N, lanes): h before each tile
#pragma once

#include "kernels/channel-rows.h"
#include "kernels/launch.h"
#include "kernels/selective-scan.h"
#include "kernels/sequences.h"
#include "kernels/vector-math.h"

namespace parascan::PARASCAN_ISA {

void selectiveScanForward(const Launch& launch, const SelectiveScanArgs& args);
void selectiveScanBackward(const Launch& launch, const SelectiveScanGradArgs& grad);
void selectiveScanRecurrent(const Launch& launch, const SelectiveScanArgs& args);

namespace {

constexpr int tileTokens = 32;
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

/// One block of channels.
struct Block {
  int64_t first, count;  // first channel, channels in it
};

inline int64_t blocksOf(const SelectiveScanArgs& args) { return ceilDivide(args.channels, lanes); }

inline Block blockAt(const SelectiveScanArgs& args, int64_t index) {
  return {index * lanes, smaller(lanes, args.channels - index * lanes)};
}

inline Vec loadOrZeros(const float* p, const Block& block) {
  return p ? loadSome(p + block.first, block.count) : Vec{};
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

/// The states of a block of a sequence in an operand of (S, D, N), or null.
template <typename Float>
inline Float* statesAt(Float* p, const SelectiveScanArgs& args, int64_t sequence, const Block& block) {
  return p ? p + (sequence * args.channels + block.first) * args.states : nullptr;
}

/// `row` is that of dt.
inline Vec stepSize(const SelectiveScanArgs& args, const Block& block, const float* row) {
  const Vec x = loadSome(row + block.first, block.count) + loadOrZeros(args.dtBias, block);
  return args.dtSoftplus ? softplus(x) : x;
}

inline float* savedAt(const SelectiveScanArgs& args, int64_t sequence, int64_t tile, int64_t block) {
  const int64_t slot = firstTileSlot(args.sequences, sequence, tileTokens) + tile;
  return args.saved + (slot * blocksOf(args) + block) * args.states * lanes;
}

/// The tokens of one tile of a sequence.
struct Tile {
  int64_t batch, first, tokens;  // as in Sequence
  const float* row(const ChannelView& view, int64_t t) const { return rowOf(view, batch, first + t); }
  float* target(const ChannelView& view, int64_t t) const { return rowOf(view, batch, first + t); }
};

inline Tile tileAt(const Sequence& sequence, int64_t tile) {
  const int64_t start = tile * tileTokens;
  return {sequence.batch, sequence.first + start, smaller(tileTokens, sequence.tokens - start)};
}

/// Rows of a block in a tile to come. They are asked for while states pass over the present one, a row a
/// token, so that the memory works while the arithmetic does; asked for all at once they would wait for each
/// other.
struct Ahead {
  const float* row;
  int64_t stride;

  Ahead(const ChannelView& view, const Tile& tile, const Block& block)
      : row(view.data ? tile.row(view, 0) + block.first : nullptr), stride(view.token) {}
  void ask(int64_t t) const { __builtin_prefetch(row + t * stride, 0, 2); }  // into the second-level cache
};

/// How blocks and sequences are dealt to tasks.
struct Deal {
  int64_t perGroup, groups;  // blocks in a group (the last may have fewer), groups
  int64_t perSpan, spans;    // sequences in a span (the last may have fewer), spans
};

/// Some `tasks` where there is so much. Groups follow the channels alone, so that a packed sequence gets the
/// sums it gets alone.
inline Deal dealOf(const SelectiveScanArgs& args, int64_t tasks) {
  constexpr int64_t widest =
      384 / lanes;  // states, rates and a panel of a group lie in the second-level cache
  const int64_t count = larger(args.sequences.count, 1), blocks = larger(blocksOf(args), 1);
  const int64_t perGroup = smaller(widest, ceilDivide(blocks, tasks)), groups = ceilDivide(blocks, perGroup);
  const int64_t perSpan = ceilDivide(count, smaller(count, ceilDivide(tasks, groups)));
  return {perGroup, groups, perSpan, ceilDivide(args.sequences.count, perSpan)};
}

/// Where the `block`-th of a group starts in a panel of tokens. One more than a tile's, for blocks a power of
/// two apart would meet in the same sets of the cache.
template <typename Token>
inline Token* blockPanel(Token* panel, int64_t block) {
  return panel + block * (tileTokens + 1);
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
