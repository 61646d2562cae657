// Forward of the selective scan: lanes are channels, so each of the N states of a block of channels is one
// vector, and no state ever meets another but in the readout.
#include "kernels/selective-scan-block.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// What forward keeps of one token of a block.
struct Token {
  Vec dt, dtu, y;  // the step size after softplus, dt u, and the readout
};

/// Passes `some` states over a tile: h is advanced, the readout added to y.
template <bool negative, int some>
inline void scanStates(int64_t tokens, const float* b, int64_t bRow, const float* c, int64_t cRow,
                       const Vec* rate, Vec* states, Token* panel, const Ahead& ahead) {
  Vec h[some], r[some];
  for (int i = 0; i < some; ++i) h[i] = states[i], r[i] = rate[i];
  for (int64_t t = 0; t < tokens; ++t, b += bRow, c += cRow) {
    const auto [dt, dtu, y] = panel[t];
    ahead.ask(t);
    Vec readout = y;
    for (int i = 0; i < some; ++i) {
      h[i] = decayOf<negative>(powerOfTwo(dt * r[i])) * h[i] + dtu * b[i];
      readout += h[i] * c[i];
    }
    panel[t].y = readout;
  }
  for (int i = 0; i < some; ++i) states[i] = h[i];
}

void loadPanel(const SelectiveScanArgs& args, const Tile& tile, int64_t first, int64_t end, Token* panel) {
  for (int64_t t = 0; t < tile.tokens; ++t) {
    for (int64_t index = first; index < end; ++index) {
      const Block block = blockAt(args, index);
      const Vec u = loadSome(tile.row(args.u, t) + block.first, block.count);
      const Vec dt = stepSize(args, block, tile.row(args.dt, t));
      blockPanel(panel, index - first)[t] = {dt, dt * u, loadOrZeros(args.skip, block) * u};
    }
  }
}

void storePanel(const SelectiveScanArgs& args, const Tile& tile, int64_t first, int64_t end, Token* panel) {
  for (int64_t t = 0; t < tile.tokens; ++t) {
    for (int64_t index = first; index < end; ++index) {
      const Block block = blockAt(args, index);
      Vec y = blockPanel(panel, index - first)[t].y;
      if (args.z.data) {
        const Vec z = loadSome(tile.row(args.z, t) + block.first, block.count);
        y = y * (z * sigmoid(z));
      }
      storeSome(tile.target(args.y, t) + block.first, y, block.count);
    }
  }
}

/// rates, states: (blocks of the group, N)
template <bool negative>
void forwardGroup(const SelectiveScanArgs& args, int64_t sequence, int64_t first, int64_t end,
                  const Vec* rates, Vec* states, Token* panel) {
  const int64_t n = args.states;
  const Sequence tokens = sequenceAt(args.sequences, sequence);
  for (int64_t index = first; index < end; ++index) {
    const Block block = blockAt(args, index);
    loadStates(states + (index - first) * n, statesAt(args.initialState, args, sequence, block), block, n);
  }
  for (int64_t k = 0; k < ceilDivide(tokens.tokens, tileTokens); ++k) {
    const Tile tile = tileAt(tokens, k);
    const float* b = tile.row(args.b, 0);
    const float* c = tile.row(args.c, 0);
    const Tile next = tileAt(tokens, k + 1);
    const ChannelView* const rows[] = {&args.u, &args.dt, &args.z, &args.y};
    loadPanel(args, tile, first, end, panel);
    for (int64_t index = first; index < end; ++index) {
      const Vec* rate = rates + (index - first) * n;
      Vec* h = states + (index - first) * n;
      if (args.saved)
        for (int64_t i = 0; i < n; ++i) store(savedAt(args, sequence, k, index) + i * lanes, h[i]);
      const auto scan = [&]<int some>(int64_t i) {
        scanStates<negative, some>(tile.tokens, b + i, args.b.token, c + i, args.c.token, rate + i, h + i,
                                   blockPanel(panel, index - first),
                                   Ahead(*rows[i / some % 4], next, blockAt(args, index)));
      };
      int64_t i = 0;
      for (; i + 4 <= n; i += 4) scan.template operator()<4>(i);
      for (; i < n; ++i) scan.template operator()<1>(i);
    }
    storePanel(args, tile, first, end, panel);
  }
  if (!args.finalState) return;
  for (int64_t index = first; index < end; ++index) {
    const Block block = blockAt(args, index);
    const float* h = reinterpret_cast<const float*>(states + (index - first) * n);
    float* final = statesAt(args.finalState, args, sequence, block);
    for (int64_t lane = 0; lane < block.count; ++lane)
      for (int64_t i = 0; i < n; ++i) final[lane * n + i] = h[i * lanes + lane];
  }
}

}  // namespace

void selectiveScanForward(const Launch& launch, const SelectiveScanArgs& args) {
  const Deal deal = dealOf(args, 4 * launch.threads);  // no result depends on it
  const int64_t perState = args.states * deal.perGroup, perPanel = (tileTokens + 1) * deal.perGroup;
  Vec* states = scratch<Vec>(launch, 2 * perState * launch.threads);
  Token* panels = scratch<Token>(launch, perPanel * launch.threads);
  parallelFor(launch, deal.spans * deal.groups, [&](int64_t task, int thread) {
    const auto run = args.negativeEigenvalues ? forwardGroup<true> : forwardGroup<false>;
    const int64_t first = task % deal.groups * deal.perGroup;
    const int64_t end = smaller(blocksOf(args), first + deal.perGroup);
    const int64_t start = task / deal.groups * deal.perSpan;
    Vec* rates = states + 2 * perState * thread;
    for (int64_t index = first; index < end; ++index)
      loadRates(rates + (index - first) * args.states, args, blockAt(args, index));
    for (int64_t sequence = start; sequence < smaller(args.sequences.count, start + deal.perSpan); ++sequence)
      run(args, sequence, first, end, rates, rates + perState, panels + perPanel * thread);
  });
}

}  // namespace parascan::PARASCAN_ISA
