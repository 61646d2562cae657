// Backward of the selective scan, tile by tile from the last: the states of a tile again from the one saved
// before it, then the adjoint through it. With e = exp(dt A), and s = 1 where the decay is e, s = 2 where it
// is 2 e - 1:
//
//   lambda_t = c_t dy_t + decay_{t+1} lambda_{t+1}            gradient of h_t; dy that of the readout
//   q_t = s lambda_t h_{t-1} e_t                              gradient of dt A
//   du = dt sum_n lambda b + D dy                             ddt = sum_n q A + u sum_n lambda b
//   dA = sum_t q dt         dB = sum_d lambda dt u            dC = sum_d dy h
//
// Nothing is divided by a decay, so that decay = 0 needs no care. Every group of channels sums its own share
// of dB and dC, and every span of sequences its own share of dA; shares are added in their order, whichever
// thread made them.
#include "kernels/lane-sums.h"
#include "kernels/selective-scan-block.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// What backward keeps of one token of a block.
struct Token {
  Vec u, dt, dtu;
  Vec y;        // readout with skip, before the gate
  Vec dy;       // its gradient
  Vec ddt, dx;  // sum_n lambda h_{t-1} e rate, and sum_n lambda b
};

/// `some` states of one block over one tile: forward again from the checkpoint, then the adjoint backwards.
/// Adds to y, ddt and dx of the tokens, to dA without the slope, and, lane by lane, to dB and dC:
/// (tileTokens, some).
template <bool negative, int some>
void adjointStates(int64_t tokens, const float* b, int64_t bRow, const float* c, int64_t cRow,
                   const Vec* rate, const float* saved, Vec* lambda, Vec* dA, Token* panel, Vec* dB,
                   Vec* dC) {
  struct {
    Vec e, kept;  // kept: e h_{t-1}
  } states[tileTokens][some];
  Vec h[some], r[some];
  for (int i = 0; i < some; ++i) h[i] = load(saved + i * lanes), r[i] = rate[i];
  for (int64_t t = 0; t < tokens; ++t) {
    const Vec dt = panel[t].dt, dtu = panel[t].dtu, dy = panel[t].dy;
    Vec readout = panel[t].y;
    for (int i = 0; i < some; ++i) {
      const Vec e = powerOfTwo(dt * r[i]), kept = e * h[i];
      states[t][i] = {e, kept};
      h[i] = (negative ? 2.0f * kept - h[i] : kept) + dtu * b[t * bRow + i];
      readout += h[i] * c[t * cRow + i];
      dC[t * some + i] += dy * h[i];
    }
    panel[t].y = readout;
  }

  Vec carry[some], sum[some] = {};
  for (int i = 0; i < some; ++i) carry[i] = lambda[i];
  for (int64_t t = tokens - 1; t >= 0; --t) {
    const Vec dt = panel[t].dt, dtu = panel[t].dtu, dy = panel[t].dy;
    Vec ddt = panel[t].ddt, dx = panel[t].dx;
    for (int i = 0; i < some; ++i) {
      const auto [e, kept] = states[t][i];
      carry[i] += dy * c[t * cRow + i];
      dB[t * some + i] += carry[i] * dtu;
      dx += carry[i] * b[t * bRow + i];
      const Vec q = carry[i] * kept;
      ddt += q * r[i];
      sum[i] += q * dt;
      carry[i] = carry[i] * decayOf<negative>(e);
    }
    panel[t].ddt = ddt;
    panel[t].dx = dx;
  }
  for (int i = 0; i < some; ++i) {
    lambda[i] = carry[i];
    dA[i] += sum[i];
  }
}

/// Fills a panel; the gradient that reaches the readout has passed the gate already.
void loadPanel(const SelectiveScanGradArgs& grad, const Tile& tile, int64_t first, int64_t end,
               Token* panel) {
  const SelectiveScanArgs& args = grad.forward;
  for (int64_t t = 0; t < tile.tokens; ++t) {
    for (int64_t index = first; index < end; ++index) {
      const Block block = blockAt(args, index);
      const auto row = [&](const ChannelView& view) {
        return loadSome(tile.row(view, t) + block.first, block.count);
      };
      const Vec u = row(args.u), dt = stepSize(args, block, tile.row(args.dt, t));
      Vec dy = grad.dY.data ? row(grad.dY) : Vec{};
      if (args.z.data) {
        const Vec z = row(args.z);
        dy = dy * (z * sigmoid(z));
      }
      blockPanel(panel, index - first)[t] = {u,  dt,    dt * u, loadOrZeros(args.skip, block) * u,
                                             dy, Vec{}, Vec{}};
    }
  }
}

/// From the sums over the states to the gradients of the rows; adds to those of dtBias and of skip. sums:
/// (blocks of the group, N + 2)
void storePanel(const SelectiveScanGradArgs& grad, const Tile& tile, int64_t first, int64_t end,
                const Token* panel, Vec* sums) {
  const SelectiveScanArgs& args = grad.forward;
  const int64_t n = args.states;
  const float scale = 0.693147181f * (args.negativeEigenvalues ? 2.0f : 1.0f);  // ln 2, d decay / d exp(dt A)
  for (int64_t t = 0; t < tile.tokens; ++t) {
    for (int64_t index = first; index < end; ++index) {
      const Block block = blockAt(args, index);
      const Token& token = blockPanel(panel, index - first)[t];
      Vec* blockSums = sums + (index - first) * (n + 2);
      const auto row = [&](const ChannelView& view) {
        return loadSome(tile.row(view, t) + block.first, block.count);
      };
      const auto addTo = [&](const ChannelView& view, Vec gradient) {
        addSome(tile.target(view, t) + block.first, gradient, block.count);
      };
      Vec ddt = token.ddt * scale + token.u * token.dx;
      if (args.dtSoftplus) ddt = ddt * sigmoid(row(args.dt) + loadOrZeros(args.dtBias, block));
      blockSums[n] += ddt;
      blockSums[n + 1] += token.dy * token.u;
      if (grad.dDt.data) addTo(grad.dDt, ddt);
      if (grad.dU.data) addTo(grad.dU, token.dt * token.dx + loadOrZeros(args.skip, block) * token.dy);
      if (args.z.data && grad.dZ.data && grad.dY.data) {
        const Vec z = row(args.z), gate = sigmoid(z);
        addTo(grad.dZ, row(grad.dY) * token.y * gate * (1.0f + z * (1.0f - gate)));
      }
    }
  }
}

/// The lanes' sums of (tileTokens, some) to rows of (tokens, N). tileTokens is a multiple of every number of
/// lanes.
template <int some>
void storeLaneSums(const Vec* sums, int64_t tokens, float* rows, int64_t n) {
  float of[tileTokens * some];
  for (int i = 0; i < tileTokens * some; i += lanes) store(of + i, sumRows(sums + i));
  for (int64_t t = 0; t < tokens; ++t)
    for (int i = 0; i < some; ++i) rows[t * n + i] = of[t * some + i];
}

/// Vectors that one task works on.
struct Work {
  Vec *rates, *lambdas;  // (blocks of the group, N)
  Token* panel;
};

/// sums: (blocks of the group, N + 2), over the tokens: dA, dDtBias, dSkip. dB, dC: (tokens, N), the group's
/// share.
template <bool negative>
void backwardGroup(const SelectiveScanGradArgs& grad, int64_t sequence, int64_t first, int64_t end,
                   const Work& work, Vec* sums, float* dB, float* dC) {
  const SelectiveScanArgs& args = grad.forward;
  const int64_t n = args.states;
  const Sequence tokens = sequenceAt(args.sequences, sequence);
  for (int64_t index = first; index < end; ++index) {
    const Block block = blockAt(args, index);
    loadStates(work.lambdas + (index - first) * n, statesAt(grad.dFinalState, args, sequence, block), block,
               n);
  }
  for (int64_t k = ceilDivide(tokens.tokens, tileTokens) - 1; k >= 0; --k) {
    const Tile tile = tileAt(tokens, k);
    const float* b = tile.row(args.b, 0);
    const float* c = tile.row(args.c, 0);
    loadPanel(grad, tile, first, end, work.panel);
    const auto adjoint = [&]<int some>(int64_t i) {
      Vec tileB[tileTokens * some] = {}, tileC[tileTokens * some] = {};
      for (int64_t j = 0; j < end - first; ++j)
        adjointStates<negative, some>(
            tile.tokens, b + i, args.b.token, c + i, args.c.token, work.rates + j * n + i,
            savedAt(args, sequence, k, first + j) + i * lanes, work.lambdas + j * n + i,
            sums + j * (n + 2) + i, blockPanel(work.panel, j), tileB, tileC);
      const int64_t row = k * tileTokens * n + i;
      storeLaneSums<some>(tileB, tile.tokens, dB + row, n);
      storeLaneSums<some>(tileC, tile.tokens, dC + row, n);
    };
    int64_t i = 0;
    for (; i + 4 <= n; i += 4) adjoint.template operator()<4>(i);
    for (; i < n; ++i) adjoint.template operator()<1>(i);
    storePanel(grad, tile, first, end, work.panel, sums);
  }
  for (int64_t index = first; grad.dInitialState && index < end; ++index) {
    const Block block = blockAt(args, index);
    const float* lambda = reinterpret_cast<const float*>(work.lambdas + (index - first) * n);
    float* to = statesAt(grad.dInitialState, args, sequence, block);
    for (int64_t lane = 0; lane < block.count; ++lane)
      for (int64_t i = 0; i < n; ++i) to[lane * n + i] += lambda[i * lanes + lane];
  }
}

/// dA, dDtBias and dSkip of one block: the spans' sums in their order. sums: (spans, blocks, N + 2)
void addSums(const SelectiveScanGradArgs& grad, int64_t spans, int64_t index, const Vec* sums) {
  const SelectiveScanArgs& args = grad.forward;
  const int64_t n = args.states;
  const Block block = blockAt(args, index);
  const float slope = args.negativeEigenvalues ? 2.0f : 1.0f;
  for (int64_t i = 0; i < n + 2; ++i) {
    float* to = i == n ? grad.dDtBias : i == n + 1 ? grad.dSkip : grad.dA;
    if (!to) continue;
    Vec total{};
    for (int64_t span = 0; span < spans; ++span) total += sums[(span * blocksOf(args) + index) * (n + 2) + i];
    if (i >= n)
      addSome(to + block.first, total, block.count);
    else
      for (int64_t lane = 0; lane < block.count; ++lane)
        to[(block.first + lane) * n + i] += slope * total[lane];
  }
}

/// Rows [first, last) of all tokens of dB or of dC: the groups' shares in their order. shares: (groups, all
/// tokens, N)
void addShares(const ChannelView& to, const SelectiveScanArgs& args, int64_t groups, int64_t first,
               int64_t last, const float* shares) {
  const int64_t n = args.states, share = allTokens(args.sequences) * n;
  const auto rows = [&](int64_t index, const Sequence& sequence, int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      float* row = rowOf(to, sequence.batch, sequence.first + t);
      const float* from = shares + (startOf(args.sequences, index) + t) * n;
      for (int64_t i = 0; i < n; i += lanes) {
        const int64_t count = smaller(lanes, n - i);
        Vec total{};
        for (int64_t group = 0; group < groups; ++group) total += loadSome(from + group * share + i, count);
        addSome(row + i, total, count);
      }
    }
  };
  forEachStretch(args.sequences, first, last, rows);
}

}  // namespace

void selectiveScanBackward(const Launch& launch, const SelectiveScanGradArgs& grad) {
  const SelectiveScanArgs& args = grad.forward;
  const Deal deal = dealOf(args, 16);  // the order of sums depends on it
  const int64_t n = args.states, blocks = blocksOf(args), total = allTokens(args.sequences);
  const int64_t perState = n * deal.perGroup, perPanel = (tileTokens + 1) * deal.perGroup;
  Vec* states = scratch<Vec>(launch, 2 * perState * launch.threads);
  Token* panels = scratch<Token>(launch, perPanel * launch.threads);
  Vec* sums = scratch<Vec>(launch, deal.spans * blocks * (n + 2));
  float* dB = scratch<float>(launch, deal.groups * total * n);
  float* dC = scratch<float>(launch, deal.groups * total * n);

  parallelFor(launch, deal.spans * deal.groups, [&](int64_t task, int thread) {
    const auto run = args.negativeEigenvalues ? backwardGroup<true> : backwardGroup<false>;
    const int64_t group = task % deal.groups, span = task / deal.groups;
    const int64_t first = group * deal.perGroup, end = smaller(blocks, first + deal.perGroup);
    Vec* rates = states + 2 * perState * thread;
    Vec* taskSums = sums + (span * blocks + first) * (n + 2);
    for (int64_t i = 0; i < (end - first) * (n + 2); ++i) taskSums[i] = Vec{};
    for (int64_t index = first; index < end; ++index)
      loadRates(rates + (index - first) * n, args, blockAt(args, index));
    for (int64_t sequence = span * deal.perSpan;
         sequence < smaller(args.sequences.count, (span + 1) * deal.perSpan); ++sequence) {
      const int64_t share = (group * total + startOf(args.sequences, sequence)) * n;
      run(grad, sequence, first, end, {rates, rates + perState, panels + perPanel * thread}, taskSums,
          dB + share, dC + share);
    }
  });
  constexpr int64_t rows = 64;
  parallelFor(launch, ceilDivide(total, rows), [&](int64_t task, int) {
    const int64_t first = task * rows, last = smaller(total, first + rows);
    if (grad.dB.data) addShares(grad.dB, args, deal.groups, first, last, dB);
    if (grad.dC.data) addShares(grad.dC, args, deal.groups, first, last, dC);
  });
  parallelFor(launch, blocks, [&](int64_t index, int) { addSums(grad, deal.spans, index, sums); });
}

}  // namespace parascan::PARASCAN_ISA
