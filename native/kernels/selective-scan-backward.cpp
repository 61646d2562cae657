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
// of dB and dC, and every sequence its own share of dA; shares are added in their order, whichever thread
// made them.
#include "kernels/lane-sums.h"
#include "kernels/selective-scan-block.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// What backward keeps of one token of a block. One after another in memory, for seven arrays of tileTokens
/// vectors would meet in the same sets of the cache.
struct TokenOperands {
  Vec u, dt, dtu;
  Vec y;        // readout with skip, before the gate
  Vec dy;       // its gradient
  Vec ddt, dx;  // sum_n lambda h_{t-1} e rate, and sum_n lambda b
};

/// `some` states of one block over one tile: forward again from the checkpoint, then the adjoint backwards.
/// Adds to ddt, dx and y of the tokens, to dA without the slope, and to the rows of dB and dC (some,
/// tileTokens).
template <bool negative, int some>
void adjointStates(int64_t tokens, const float* b, int64_t bRow, const float* c, int64_t cRow,
                   const Vec* rate, const float* saved, Vec* lambda, Vec* dA, TokenOperands* tile,
                   bool wantReadout, float* dB, float* dC) {
  struct {
    Vec e, before;
  } states[tileTokens][some];
  Vec h[some];
  for (int i = 0; i < some; ++i) h[i] = load(saved + i * lanes);
  for (int64_t t = 0; t < tokens; ++t) {
    Vec readout{};
    for (int i = 0; i < some; ++i) {
      const Vec e = powerOfTwo(tile[t].dt * rate[i]);
      states[t][i] = {e, h[i]};
      h[i] = decayOf<negative>(e) * h[i] + tile[t].dtu * b[t * bRow + i];
      readout += h[i] * c[t * cRow + i];
    }
    if (wantReadout) tile[t].y += readout;
  }

  Vec carry[some], sum[some] = {};
  for (int i = 0; i < some; ++i) carry[i] = lambda[i];
  // Of lambda dt u and dy h. Only the first round may be short, and it finds zeros beyond its tokens.
  Vec inputs[some][lanes] = {}, outputs[some][lanes] = {};
  for (int64_t start = (tokens - 1) / lanes * lanes; start >= 0; start -= lanes) {
    for (int64_t t = smaller(tokens, start + lanes) - 1; t >= start; --t) {
      TokenOperands& at = tile[t];
      Vec dx = at.dx, ddt = at.ddt;
      for (int i = 0; i < some; ++i) {
        const auto [e, before] = states[t][i];
        carry[i] += at.dy * c[t * cRow + i];
        outputs[i][t - start] = at.dy * h[i];
        inputs[i][t - start] = carry[i] * at.dtu;
        dx += carry[i] * b[t * bRow + i];
        const Vec q = carry[i] * before * e;
        ddt += q * rate[i];
        sum[i] += q * at.dt;
        carry[i] = carry[i] * decayOf<negative>(e);
        h[i] = before;
      }
      at.dx = dx;
      at.ddt = ddt;
    }
    for (int i = 0; i < some; ++i) {
      float* rowB = dB + i * tileTokens + start;
      float* rowC = dC + i * tileTokens + start;
      store(rowB, load(rowB) + sumRows(inputs[i]));
      store(rowC, load(rowC) + sumRows(outputs[i]));
    }
  }
  for (int i = 0; i < some; ++i) {
    lambda[i] = carry[i];
    dA[i] += sum[i];
  }
}

/// Fills a tile's operands; the gradient that reaches the readout has passed the gate already.
void loadTile(const SelectiveScanGradArgs& grad, const Block& block, int64_t start, int64_t tokens,
              TokenOperands* tile) {
  const SelectiveScanArgs& args = grad.forward;
  for (int64_t t = 0; t < tokens; ++t) {
    const auto row = [&](const ChannelView& view) {
      // The next tile is the one before.
      if (start >= tileTokens)
        __builtin_prefetch(rowOf(view, block.batch, start + t - tileTokens) + block.first);
      return loadSome(rowOf(view, block.batch, start + t) + block.first, block.count);
    };
    tile[t].u = row(args.u);
    tile[t].dt = stepSize(args, block, start + t);
    tile[t].dtu = tile[t].dt * tile[t].u;
    tile[t].y = block.skip * tile[t].u;
    tile[t].dy = grad.dY.data ? row(grad.dY) : Vec{};
    if (args.z.data) {
      const Vec z = row(args.z);
      tile[t].dy = tile[t].dy * (z * sigmoid(z));
    }
    tile[t].ddt = tile[t].dx = Vec{};
  }
}

/// From a tile's sums over the states to the gradients of its rows; adds to those of dtBias and of skip.
void storeTile(const SelectiveScanGradArgs& grad, const Block& block, int64_t start, int64_t tokens,
               const TokenOperands* tile, float slope, Vec& dDtBias, Vec& dSkip) {
  const SelectiveScanArgs& args = grad.forward;
  constexpr float ln2 = 0.693147181f;
  for (int64_t t = 0; t < tokens; ++t) {
    const auto at = [&](const ChannelView& view) {
      return rowOf(view, block.batch, start + t) + block.first;
    };
    Vec ddt = tile[t].ddt * (slope * ln2) + tile[t].u * tile[t].dx;
    if (args.dtSoftplus) ddt = ddt * sigmoid(loadSome(at(args.dt), block.count) + block.dtBias);
    dDtBias += ddt;
    dSkip += tile[t].dy * tile[t].u;
    if (grad.dDt.data) addSome(at(grad.dDt), ddt, block.count);
    if (grad.dU.data) addSome(at(grad.dU), tile[t].dt * tile[t].dx + block.skip * tile[t].dy, block.count);
    if (args.z.data && grad.dZ.data && grad.dY.data) {
      const Vec z = loadSome(at(args.z), block.count), gate = sigmoid(z);
      const Vec dz = loadSome(at(grad.dY), block.count) * tile[t].y * gate * (1.0f + z * (1.0f - gate));
      addSome(at(grad.dZ), dz, block.count);
    }
  }
}

/// Floats of one group's share of dB, or of dC: (tiles, N, tileTokens).
int64_t shareSize(const SelectiveScanArgs& args) { return tilesOf(args) * args.states * tileTokens; }

/// sums: (blocks of the group, N + 2), over the tokens: dA, dDtBias, dSkip. dB, dC: the group's shares.
template <bool negative>
void backwardGroup(const SelectiveScanGradArgs& grad, int64_t batch, int64_t first, int64_t end, Vec* work,
                   Vec* sums, float* dB, float* dC) {
  const SelectiveScanArgs& args = grad.forward;
  const int64_t n = args.states, count = end - first;
  constexpr float slope = negative ? 2.0f : 1.0f;  // d decay / d exp(dt A)
  const bool wantReadout = args.z.data && grad.dZ.data;
  Vec* rates = work;
  Vec* lambdas = work + count * n;
  for (int64_t index = first; index < end; ++index) {
    const Block block = blockAt(args, batch, index);
    loadRates(rates + (index - first) * n, args, block);
    loadStates(lambdas + (index - first) * n, statesAt(grad.dFinalState, args, block), block, n);
  }
  for (int64_t i = 0; i < count * (n + 2); ++i) sums[i] = Vec{};
  for (int64_t i = 0; i < shareSize(args); ++i) dB[i] = dC[i] = 0.0f;

  TokenOperands tile[tileTokens];
  for (int64_t k = tilesOf(args) - 1; k >= 0; --k) {
    const int64_t start = k * tileTokens, tokens = smaller(tileTokens, args.tokens - start);
    const float* b = rowOf(args.b, batch, start);
    const float* c = rowOf(args.c, batch, start);
    for (int64_t j = 0; j < count; ++j) {
      const Block block = blockAt(args, batch, first + j);
      const float* saved = savedAt(args, batch, first + j, k);
      Vec* blockSums = sums + j * (n + 2);
      loadTile(grad, block, start, tokens, tile);
      const auto adjoint = [&]<int some>(int64_t i) {
        const int64_t row = (k * n + i) * tileTokens;
        adjointStates<negative, some>(tokens, b + i, args.b.token, c + i, args.c.token, rates + j * n + i,
                                      saved + i * lanes, lambdas + j * n + i, blockSums + i, tile,
                                      wantReadout, dB + row, dC + row);
      };
      int64_t i = 0;
      for (; i + 2 <= n; i += 2) adjoint.template operator()<2>(i);
      if (i < n) adjoint.template operator()<1>(i);
      storeTile(grad, block, start, tokens, tile, slope, blockSums[n], blockSums[n + 1]);
    }
  }
  for (int64_t j = 0; j < count; ++j) {
    for (int64_t i = 0; i < n; ++i) sums[j * (n + 2) + i] *= slope;
    if (!grad.dInitialState) continue;
    const Block block = blockAt(args, batch, first + j);
    const float* lambda = reinterpret_cast<const float*>(lambdas + j * n);
    float* dInitial = grad.dInitialState + (batch * args.channels + block.first) * n;
    for (int64_t lane = 0; lane < block.count; ++lane)
      for (int64_t i = 0; i < n; ++i) dInitial[lane * n + i] += lambda[i * lanes + lane];
  }
}

/// dA, dDtBias and dSkip of one block: the sequences' sums in their order. sums: (B, blocks, N + 2)
void addSums(const SelectiveScanGradArgs& grad, int64_t index, const Vec* sums) {
  const SelectiveScanArgs& args = grad.forward;
  const int64_t n = args.states, first = index * lanes, count = smaller(lanes, args.channels - first);
  for (int64_t i = 0; i < n + 2; ++i) {
    float* to = i == n ? grad.dDtBias : i == n + 1 ? grad.dSkip : grad.dA;
    if (!to) continue;
    Vec total{};
    for (int64_t batch = 0; batch < args.batch; ++batch)
      total += sums[(batch * blocksOf(args) + index) * (n + 2) + i];
    if (i >= n)
      addSome(to + first, total, count);
    else
      for (int64_t lane = 0; lane < count; ++lane) to[(first + lane) * n + i] += total[lane];
  }
}

/// One tile of dB or of dC: the groups' shares in their order. shares: (B, groups, share)
void addShares(const ChannelView& to, const SelectiveScanArgs& args, int64_t groups, int64_t batch,
               int64_t tile, const float* shares) {
  const int64_t start = tile * tileTokens, tokens = smaller(tileTokens, args.tokens - start);
  for (int64_t i = 0; i < args.states; ++i) {
    float total[tileTokens] = {};
    for (int64_t group = 0; group < groups; ++group) {
      const float* share =
          shares + (batch * groups + group) * shareSize(args) + (tile * args.states + i) * tileTokens;
      for (int64_t t = 0; t < tileTokens; ++t) total[t] += share[t];
    }
    for (int64_t t = 0; t < tokens; ++t) rowOf(to, batch, start + t)[i] += total[t];
  }
}

}  // namespace

void selectiveScanBackward(const Launch& launch, const SelectiveScanGradArgs& grad) {
  const SelectiveScanArgs& args = grad.forward;
  const int64_t blocks = blocksOf(args), tiles = tilesOf(args), n = args.states;
  // Every group has a share of dB and dC, so groups are larger than in forward where there are many.
  const Grouping grouping = groupingOf(args, larger(64 / lanes, ceilDivide(blocks * args.batch, 32)));
  const int64_t perGroup = grouping.perGroup, groups = grouping.groups;
  const int64_t perThread = 2 * n * perGroup;
  Vec* work = scratch<Vec>(launch, perThread * launch.threads);
  Vec* sums = scratch<Vec>(launch, args.batch * blocks * (n + 2));
  float* dB = scratch<float>(launch, args.batch * groups * shareSize(args));
  float* dC = scratch<float>(launch, args.batch * groups * shareSize(args));

  parallelFor(launch, args.batch * groups, [&](int64_t task, int thread) {
    const auto run = args.negativeEigenvalues ? backwardGroup<true> : backwardGroup<false>;
    const int64_t batch = task / groups, first = task % groups * perGroup;
    run(grad, batch, first, smaller(blocks, first + perGroup), work + thread * perThread,
        sums + (batch * blocks + first) * (n + 2), dB + task * shareSize(args), dC + task * shareSize(args));
  });
  parallelFor(launch, args.batch * tiles, [&](int64_t task, int) {
    if (grad.dB.data) addShares(grad.dB, args, groups, task / tiles, task % tiles, dB);
    if (grad.dC.data) addShares(grad.dC, args, groups, task / tiles, task % tiles, dC);
  });
  parallelFor(launch, blocks, [&](int64_t index, int) { addSums(grad, index, sums); });
}

}  // namespace parascan::PARASCAN_ISA
