// Forward of the selective scan: lanes are channels, so each of the N states of a block of channels is one
// vector, and no state ever meets another but in the readout.
//
//   h, rate       (N) vectors of a block: its states, and A log2(e)
//   dt, dtu, y    (tileTokens) vectors: the step size after softplus, dt u, and the readout
#include "kernels/selective-scan-block.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// Passes `some` states over a tile: h is advanced, the readout added to y.
template <bool negative, int some>
inline void scanStates(int64_t tokens, const float* b, int64_t bRow, const float* c, int64_t cRow,
                       const Vec* rate, Vec* states, const Vec* dt, const Vec* dtu, Vec* y) {
  Vec h[some], r[some];
  for (int i = 0; i < some; ++i) h[i] = states[i], r[i] = rate[i];
  for (int64_t t = 0; t < tokens; ++t, b += bRow, c += cRow) {
    Vec readout = y[t];
    for (int i = 0; i < some; ++i) {
      h[i] = decayOf<negative>(powerOfTwo(dt[t] * r[i])) * h[i] + dtu[t] * b[i];
      readout += h[i] * c[i];
    }
    y[t] = readout;
  }
  for (int i = 0; i < some; ++i) states[i] = h[i];
}

/// One tile of one block. Rows are a page apart where the channels are many, beyond what the processor
/// prefetches by itself, so the rows of the next tile are asked for here.
template <bool negative>
void forwardTile(const SelectiveScanArgs& args, const Block& block, int64_t start, int64_t tokens,
                 const Vec* rate, Vec* h) {
  const int64_t n = args.states;
  Vec dt[tileTokens], dtu[tileTokens], y[tileTokens];
  for (int64_t t = 0; t < tokens; ++t) {
    const int64_t ahead = start + t + tileTokens;
    if (ahead < args.tokens) {
      __builtin_prefetch(rowOf(args.u, block.batch, ahead) + block.first);
      __builtin_prefetch(rowOf(args.dt, block.batch, ahead) + block.first);
      if (args.z.data) __builtin_prefetch(rowOf(args.z, block.batch, ahead) + block.first);
      __builtin_prefetch(rowOf(args.y, block.batch, ahead) + block.first, 1);
    }
    const Vec u = loadSome(rowOf(args.u, block.batch, start + t) + block.first, block.count);
    dt[t] = stepSize(args, block, start + t);
    dtu[t] = dt[t] * u;
    y[t] = block.skip * u;
  }
  const float* b = rowOf(args.b, block.batch, start);
  const float* c = rowOf(args.c, block.batch, start);
  int64_t i = 0;
  for (; i + 4 <= n; i += 4)
    scanStates<negative, 4>(tokens, b + i, args.b.token, c + i, args.c.token, rate + i, h + i, dt, dtu, y);
  for (; i < n; ++i)
    scanStates<negative, 1>(tokens, b + i, args.b.token, c + i, args.c.token, rate + i, h + i, dt, dtu, y);
  for (int64_t t = 0; t < tokens; ++t) {
    if (args.z.data) {
      const Vec z = loadSome(rowOf(args.z, block.batch, start + t) + block.first, block.count);
      y[t] = y[t] * (z * sigmoid(z));
    }
    storeSome(rowOf(args.y, block.batch, start + t) + block.first, y[t], block.count);
  }
}

template <bool negative>
void forwardGroup(const SelectiveScanArgs& args, int64_t batch, int64_t first, int64_t end, Vec* work) {
  const int64_t n = args.states;
  Vec* rates = work;
  Vec* states = work + (end - first) * n;
  for (int64_t index = first; index < end; ++index) {
    const Block block = blockAt(args, batch, index);
    loadRates(rates + (index - first) * n, args, block);
    loadStates(states + (index - first) * n, statesAt(args.initialState, args, block), block, n);
  }
  for (int64_t tile = 0; tile < tilesOf(args); ++tile) {
    const int64_t start = tile * tileTokens, tokens = smaller(tileTokens, args.tokens - start);
    for (int64_t index = first; index < end; ++index) {
      Vec* h = states + (index - first) * n;
      if (args.saved)
        for (int64_t i = 0; i < n; ++i) store(savedAt(args, batch, index, tile) + i * lanes, h[i]);
      forwardTile<negative>(args, blockAt(args, batch, index), start, tokens, rates + (index - first) * n, h);
    }
  }
  if (!args.finalState) return;
  for (int64_t index = first; index < end; ++index) {
    const Block block = blockAt(args, batch, index);
    const float* h = reinterpret_cast<const float*>(states + (index - first) * n);
    float* final = args.finalState + (batch * args.channels + block.first) * n;
    for (int64_t lane = 0; lane < block.count; ++lane)
      for (int64_t i = 0; i < n; ++i) final[lane * n + i] = h[i * lanes + lane];
  }
}

}  // namespace

void selectiveScanForward(const Launch& launch, const SelectiveScanArgs& args) {
  const int64_t blocks = blocksOf(args);
  const Grouping grouping = groupingOf(args, 64 / lanes);
  const int64_t perThread = 2 * args.states * grouping.perGroup;
  Vec* work = scratch<Vec>(launch, perThread * launch.threads);
  parallelFor(launch, args.batch * grouping.groups, [&](int64_t task, int thread) {
    const auto run = args.negativeEigenvalues ? forwardGroup<true> : forwardGroup<false>;
    const int64_t first = task % grouping.groups * grouping.perGroup;
    run(args, task / grouping.groups, first, smaller(blocks, first + grouping.perGroup),
        work + thread * perThread);
  });
}

}  // namespace parascan::PARASCAN_ISA
