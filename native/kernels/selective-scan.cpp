// The selective scan (Mamba-1) on the CPU: lanes are channels, so each of the N states of a block of channels
// is one vector, and no state ever meets another but in the readout.
//
//   block    `lanes` channels of one sequence; the last may be short, its other lanes compute on zeros
//   tile     `tileTokens` tokens; a tile's operands stay in the first-level cache while the states pass over
//   them h        (N) vectors: state of a block;  rate (N): A log2(e), so that exp(dt A) = 2^(dt rate) dt,
//   dtu  (tile): step size after softplus, and dt u saved    (B, blocks, tiles, N, lanes): h before each tile
//
//   Backward (e = exp(dt A), s = 1 and decay = e, or s = 2 and decay = 2 e - 1):
//     lambda_t = c_t dy_t + decay_{t+1} lambda_{t+1}          q_t = s lambda_t h_{t-1} e_t  = d loss / d (dt
//     A) du = dt sum_n lambda b,  ddt = sum_n (q A) + u sum_n lambda b,  dA = sum_t q dt,  dB = sum_d lambda
//     dt u, dC = sum_d dy h. Nothing is divided by a decay, so decay = 0 and decay = -1 need no care.
#include "kernels/selective-scan.h"

#include "kernels/lane-sums.h"
#include "kernels/simd.h"
#include "kernels/vector-math.h"

namespace parascan::PARASCAN_ISA {
namespace {

constexpr int tileTokens = 64;
constexpr float log2e = 1.44269504f;

inline int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

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

inline Vec loadSome(const float* p, int64_t count) {
  return count == lanes ? load(p) : loadPartial(p, count);
}
inline void storeSome(float* p, Vec v, int64_t count) {
  if (count == lanes)
    store(p, v);
  else
    storePartial(p, v, count);
}
inline void addSome(float* p, Vec v, int64_t count) { storeSome(p, loadSome(p, count) + v, count); }

inline float* rowOf(const ChannelView& view, int64_t b, int64_t t) {
  return view.data + b * view.batch + t * view.token;
}

/// One block of channels of one sequence.
struct Block {
  int64_t batch, first, count;  // sequence, first channel, channels in it
  Vec dtBias, skip;
};

int64_t blocksOf(const SelectiveScanArgs& args) { return ceilDiv(args.channels, lanes); }
int64_t tilesOf(const SelectiveScanArgs& args) { return ceilDiv(args.tokens, tileTokens); }

Block blockAt(const SelectiveScanArgs& args, int64_t batch, int64_t index) {
  const int64_t first = index * lanes, count = smaller(lanes, args.channels - first);
  return {batch, first, count, args.dtBias ? loadSome(args.dtBias + first, count) : Vec{},
          args.skip ? loadSome(args.skip + first, count) : Vec{}};
}

/// (count channels, N) in memory to N vectors; null is zeros.
void loadStates(Vec* states, const float* p, const Block& block, int64_t n) {
  for (int64_t i = 0; i < n; ++i) states[i] = Vec{};
  if (!p) return;
  for (int64_t lane = 0; lane < block.count; ++lane)
    for (int64_t i = 0; i < n; ++i) reinterpret_cast<float*>(states + i)[lane] = p[lane * n + i];
}

void loadRates(Vec* rate, const SelectiveScanArgs& args, const Block& block) {
  loadStates(rate, args.A + block.first * args.states, block, args.states);
  for (int64_t i = 0; i < args.states; ++i) rate[i] = rate[i] * log2e;
}

const float* statesAt(const float* p, const SelectiveScanArgs& args, const Block& block) {
  return p ? p + (block.batch * args.channels + block.first) * args.states : nullptr;
}

inline Vec stepSize(const SelectiveScanArgs& args, const Block& block, int64_t t) {
  const Vec x = loadSome(rowOf(args.dt, block.batch, t) + block.first, block.count) + block.dtBias;
  return args.dtSoftplus ? softplus(x) : x;
}

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

int64_t savedSize(const SelectiveScanArgs& args) {
  return args.batch * blocksOf(args) * tilesOf(args) * args.states * lanes;
}

float* savedAt(const SelectiveScanArgs& args, int64_t batch, int64_t index, int64_t tile) {
  return args.saved + ((batch * blocksOf(args) + index) * tilesOf(args) + tile) * args.states * lanes;
}

/// How a sequence's blocks are dealt to tasks. The blocks of a group take turns tile by tile, so that whole
/// stretches of a row are read together.
struct Grouping {
  int64_t perGroup, groups;  // blocks in a group (the last may have fewer), groups in a sequence
};

Grouping groupingOf(const SelectiveScanArgs& args, int64_t perGroup) {
  // No larger than leaves some 16 tasks, were there many threads.
  perGroup = larger(1, smaller(perGroup, blocksOf(args) * args.batch / 16));
  return {perGroup, ceilDiv(blocksOf(args), perGroup)};
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

void forward(const Launch& launch, const SelectiveScanArgs& args) {
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

/// Lanes are states here, since a state row is read once a token: one pass over h is all the memory traffic.
template <bool negative>
void recurrentBlock(const SelectiveScanArgs& args, int64_t batch, int64_t index, float* work) {
  const int64_t n = args.states;
  const Block block = blockAt(args, batch, index);
  const int64_t offset = (batch * args.channels + block.first) * n;
  float* h = args.finalState ? args.finalState + offset : work;
  const float* initial = args.initialState ? args.initialState + offset : nullptr;
  if (!initial)
    for (int64_t i = 0; i < block.count * n; ++i) h[i] = 0.0f;
  else if (initial != h)
    __builtin_memcpy(h, initial, static_cast<size_t>(block.count * n) * sizeof(float));

  for (int64_t t = 0; t < args.tokens; ++t) {
    const Vec u = loadSome(rowOf(args.u, batch, t) + block.first, block.count);
    const Vec dt = stepSize(args, block, t);
    const Vec scaled = dt * log2e, dtu = dt * u;
    const float* b = rowOf(args.b, batch, t);
    const float* c = rowOf(args.c, batch, t);
    Vec sums[lanes] = {};
    for (int64_t lane = 0; lane < block.count; ++lane) {
      const float* a = args.A + (block.first + lane) * n;
      float* state = h + lane * n;
      for (int64_t i = 0; i < n; i += lanes) {
        const int64_t count = smaller(lanes, n - i);
        const Vec e = powerOfTwo(loadSome(a + i, count) * scaled[lane]);
        const Vec next =
            decayOf<negative>(e) * loadSome(state + i, count) + loadSome(b + i, count) * dtu[lane];
        storeSome(state + i, next, count);
        sums[lane] += next * loadSome(c + i, count);
      }
    }
    Vec y = sumRows(sums) + block.skip * u;
    if (args.z.data) {
      const Vec z = loadSome(rowOf(args.z, batch, t) + block.first, block.count);
      y = y * (z * sigmoid(z));
    }
    storeSome(rowOf(args.y, batch, t) + block.first, y, block.count);
  }
}

void recurrent(const Launch& launch, const SelectiveScanArgs& args) {
  const int64_t blocks = blocksOf(args);
  const int64_t perThread = args.states * lanes;
  float* work = args.finalState ? nullptr : scratch<float>(launch, perThread * launch.threads);
  // A block of one token is far cheaper than waking a thread.
  const int64_t blockWork = perThread * larger(args.tokens, 1);
  const int64_t perTask = larger(1, smaller(blocks, 16384 / larger(blockWork, 1)));
  const int64_t tasks = ceilDiv(blocks, perTask);
  parallelFor(launch, args.batch * tasks, [&](int64_t task, int thread) {
    const auto run = args.negativeEigenvalues ? recurrentBlock<true> : recurrentBlock<false>;
    const int64_t first = task % tasks * perTask;
    for (int64_t index = first; index < smaller(blocks, first + perTask); ++index)
      run(args, task / tasks, index, work ? work + thread * perThread : nullptr);
  });
}

/// Operands of one tile in backward, all (tile) vectors.
struct TileOperands {
  Vec u[tileTokens], dt[tileTokens], dtu[tileTokens];
  Vec y[tileTokens];                    // readout with skip, before the gate
  Vec dy[tileTokens];                   // its gradient
  Vec ddt[tileTokens], dx[tileTokens];  // sum_n lambda h_{t-1} e rate, and sum_n lambda b
};

/// One state of one block over one tile: forward again from the checkpoint, then the adjoint backwards.
/// Adds to tile.ddt, tile.dx and tile.y, to dA without the slope, and to the rows of dB and dC (tileTokens).
template <bool negative>
void adjointState(int64_t tokens, const float* b, int64_t bRow, const float* c, int64_t cRow, Vec rate, Vec h,
                  Vec& lambda, Vec& dA, TileOperands& tile, bool wantReadout, float* dB, float* dC) {
  Vec e[tileTokens], before[tileTokens + 1];
  before[0] = h;
  for (int64_t t = 0; t < tokens; ++t) {
    e[t] = powerOfTwo(tile.dt[t] * rate);
    h = decayOf<negative>(e[t]) * h + tile.dtu[t] * b[t * bRow];
    before[t + 1] = h;
  }
  if (wantReadout)
    for (int64_t t = 0; t < tokens; ++t) tile.y[t] += before[t + 1] * c[t * cRow];

  Vec sum{};
  for (int64_t start = (tokens - 1) / lanes * lanes; start >= 0; start -= lanes) {
    Vec inputs[lanes] = {}, outputs[lanes] = {};
    for (int64_t t = smaller(tokens, start + lanes) - 1; t >= start; --t) {
      lambda += tile.dy[t] * c[t * cRow];
      outputs[t - start] = tile.dy[t] * before[t + 1];
      inputs[t - start] = lambda * tile.dtu[t];
      tile.dx[t] += lambda * b[t * bRow];
      const Vec q = lambda * before[t] * e[t];
      tile.ddt[t] += q * rate;
      sum += q * tile.dt[t];
      lambda = lambda * decayOf<negative>(e[t]);
    }
    store(dB + start, load(dB + start) + sumRows(inputs));
    store(dC + start, load(dC + start) + sumRows(outputs));
  }
  dA += sum;
}

/// Fills a tile's operands; the gradient that reaches the readout has passed the gate already.
void loadTile(const SelectiveScanGradArgs& grad, const Block& block, int64_t start, int64_t tokens,
              TileOperands& tile) {
  const SelectiveScanArgs& args = grad.forward;
  for (int64_t t = 0; t < tokens; ++t) {
    const auto row = [&](const ChannelView& view) {
      // The next tile is the one before.
      if (start >= tileTokens)
        __builtin_prefetch(rowOf(view, block.batch, start + t - tileTokens) + block.first);
      return loadSome(rowOf(view, block.batch, start + t) + block.first, block.count);
    };
    tile.u[t] = row(args.u);
    tile.dt[t] = stepSize(args, block, start + t);
    tile.dtu[t] = tile.dt[t] * tile.u[t];
    tile.y[t] = block.skip * tile.u[t];
    tile.dy[t] = grad.dY.data ? row(grad.dY) : Vec{};
    if (args.z.data) {
      const Vec z = row(args.z);
      tile.dy[t] = tile.dy[t] * (z * sigmoid(z));
    }
    tile.ddt[t] = tile.dx[t] = Vec{};
  }
}

/// From a tile's sums over the states to the gradients of its rows; adds to those of dtBias and of skip.
void storeTile(const SelectiveScanGradArgs& grad, const Block& block, int64_t start, int64_t tokens,
               const TileOperands& tile, float slope, Vec& dDtBias, Vec& dSkip) {
  const SelectiveScanArgs& args = grad.forward;
  constexpr float ln2 = 0.693147181f;
  for (int64_t t = 0; t < tokens; ++t) {
    const auto at = [&](const ChannelView& view) {
      return rowOf(view, block.batch, start + t) + block.first;
    };
    Vec ddt = tile.ddt[t] * (slope * ln2) + tile.u[t] * tile.dx[t];
    if (args.dtSoftplus) ddt = ddt * sigmoid(loadSome(at(args.dt), block.count) + block.dtBias);
    dDtBias += ddt;
    dSkip += tile.dy[t] * tile.u[t];
    if (grad.dDt.data) addSome(at(grad.dDt), ddt, block.count);
    if (grad.dU.data) addSome(at(grad.dU), tile.dt[t] * tile.dx[t] + block.skip * tile.dy[t], block.count);
    if (args.z.data && grad.dZ.data && grad.dY.data) {
      const Vec z = loadSome(at(args.z), block.count), gate = sigmoid(z);
      const Vec dz = loadSome(at(grad.dY), block.count) * tile.y[t] * gate * (1.0f + z * (1.0f - gate));
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

  TileOperands tile;
  for (int64_t k = tilesOf(args) - 1; k >= 0; --k) {
    const int64_t start = k * tileTokens, tokens = smaller(tileTokens, args.tokens - start);
    const float* b = rowOf(args.b, batch, start);
    const float* c = rowOf(args.c, batch, start);
    for (int64_t j = 0; j < count; ++j) {
      const Block block = blockAt(args, batch, first + j);
      const float* saved = savedAt(args, batch, first + j, k);
      Vec* blockSums = sums + j * (n + 2);
      loadTile(grad, block, start, tokens, tile);
      for (int64_t i = 0; i < n; ++i) {
        const int64_t row = (k * n + i) * tileTokens;
        adjointState<negative>(tokens, b + i, args.b.token, c + i, args.c.token, rates[j * n + i],
                               load(saved + i * lanes), lambdas[j * n + i], blockSums[i], tile, wantReadout,
                               dB + row, dC + row);
      }
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

void backward(const Launch& launch, const SelectiveScanGradArgs& grad) {
  const SelectiveScanArgs& args = grad.forward;
  const int64_t blocks = blocksOf(args), tiles = tilesOf(args), n = args.states;
  // Every group has a share of dB and dC, so groups are larger than in forward where there are many.
  const Grouping grouping = groupingOf(args, larger(64 / lanes, ceilDiv(blocks * args.batch, 32)));
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

}  // namespace

extern const SelectiveScanKernels selectiveScan;
const SelectiveScanKernels selectiveScan = {savedSize, forward, backward, recurrent};

}  // namespace parascan::PARASCAN_ISA
