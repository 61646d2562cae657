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

// Sums over lanes of `lanes` vectors at once, by halving: a step with segments of `segment` lanes adds the
// two halves of each segment and puts the sums of the two inputs side by side.
template <int... i>
struct Indices {};
template <int n, int... i>
struct Count : Count<n - 1, n - 1, i...> {};
template <int... i>
struct Count<0, i...> {
  using type = Indices<i...>;
};

constexpr int halfIndex(int segment, int lane, int upper) {
  const int within = lane % segment, half = segment / 2;
  const int from = lane - within + upper * half;
  return within < half ? from + within : from + within - half + lanes;
}

template <int segment, int... i>
inline Vec addHalves(Vec a, Vec b, Indices<i...>) {
  return __builtin_shuffle(a, b, IntVec{halfIndex(segment, i, 0)...}) +
         __builtin_shuffle(a, b, IntVec{halfIndex(segment, i, 1)...});
}

template <int segment>
inline Vec sumRows(Vec* rows) {
  if constexpr (segment > 1) {
    for (int i = 0; i < segment / 2; ++i)
      rows[i] = addHalves<segment>(rows[i], rows[i + segment / 2], typename Count<lanes>::type{});
    return sumRows<segment / 2>(rows);
  } else {
    return rows[0];
  }
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

template <bool negative>
void forwardBlock(const SelectiveScanArgs& args, int64_t batch, int64_t index, Vec* work) {
  const int64_t n = args.states;
  const Block block = blockAt(args, batch, index);
  Vec* rate = work;
  Vec* h = work + n;
  loadRates(rate, args, block);
  loadStates(h, statesAt(args.initialState, args, block), block, n);
  float* saved =
      args.saved ? args.saved + (batch * blocksOf(args) + index) * tilesOf(args) * n * lanes : nullptr;

  Vec u[tileTokens], dt[tileTokens], dtu[tileTokens], y[tileTokens];
  for (int64_t start = 0; start < args.tokens; start += tileTokens) {
    const int64_t tokens = smaller(tileTokens, args.tokens - start);
    if (saved)
      for (int64_t i = 0; i < n; ++i, saved += lanes) store(saved, h[i]);
    for (int64_t t = 0; t < tokens; ++t) {
      u[t] = loadSome(rowOf(args.u, batch, start + t) + block.first, block.count);
      dt[t] = stepSize(args, block, start + t);
      dtu[t] = dt[t] * u[t];
      y[t] = block.skip * u[t];
    }
    const float* b = rowOf(args.b, batch, start);
    const float* c = rowOf(args.c, batch, start);
    int64_t i = 0;
    for (; i + 4 <= n; i += 4)
      scanStates<negative, 4>(tokens, b + i, args.b.token, c + i, args.c.token, rate + i, h + i, dt, dtu, y);
    for (; i < n; ++i)
      scanStates<negative, 1>(tokens, b + i, args.b.token, c + i, args.c.token, rate + i, h + i, dt, dtu, y);
    for (int64_t t = 0; t < tokens; ++t) {
      if (args.z.data) {
        const Vec z = loadSome(rowOf(args.z, batch, start + t) + block.first, block.count);
        y[t] = y[t] * (z * sigmoid(z));
      }
      storeSome(rowOf(args.y, batch, start + t) + block.first, y[t], block.count);
    }
  }
  if (!args.finalState) return;
  float* final = args.finalState + (batch * args.channels + block.first) * n;
  for (int64_t lane = 0; lane < block.count; ++lane)
    for (int64_t i = 0; i < n; ++i) final[lane * n + i] = reinterpret_cast<const float*>(h + i)[lane];
}

int64_t savedSize(const SelectiveScanArgs& args) {
  return args.batch * blocksOf(args) * tilesOf(args) * args.states * lanes;
}

void forward(const Launch& launch, const SelectiveScanArgs& args) {
  const int64_t blocks = blocksOf(args);
  const int64_t perThread = 2 * args.states;
  Vec* work = scratch<Vec>(launch, perThread * launch.threads);
  parallelFor(launch, args.batch * blocks, [&](int64_t task, int thread) {
    const auto run = args.negativeEigenvalues ? forwardBlock<true> : forwardBlock<false>;
    run(args, task / blocks, task % blocks, work + thread * perThread);
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
    Vec y = sumRows<lanes>(sums) + block.skip * u;
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

/// How backward is cut: a task is the blocks of one group of one sequence, and writes the group's share of dB
/// and dC.
struct Partition {
  int64_t blocks, tiles, perGroup, groups;
  int64_t share;  // floats of one group's share of dB, or of dC: (tiles, N, tileTokens)
};

Partition partitionOf(const SelectiveScanArgs& args) {
  const int64_t blocks = blocksOf(args), tiles = tilesOf(args);
  // Shares cost memory, so there are no more groups than keep some 32 threads at work.
  const int64_t perGroup = larger(64 / lanes, ceilDiv(blocks * args.batch, 32));
  return {blocks, tiles, perGroup, ceilDiv(blocks, perGroup), tiles * args.states * tileTokens};
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
    store(dB + start, load(dB + start) + sumRows<lanes>(inputs));
    store(dC + start, load(dC + start) + sumRows<lanes>(outputs));
  }
  dA += sum;
}

/// Fills a tile's operands; the gradient that reaches the readout has passed the gate already.
void loadTile(const SelectiveScanGradArgs& grad, const Block& block, int64_t start, int64_t tokens,
              TileOperands& tile) {
  const SelectiveScanArgs& args = grad.forward;
  for (int64_t t = 0; t < tokens; ++t) {
    const auto row = [&](const ChannelView& view) {
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

/// Backward of one block of one sequence. sums: (N + 2), over its tokens: dA, dDtBias, dSkip. dB, dC: group's
/// shares.
template <bool negative>
void backwardBlock(const SelectiveScanGradArgs& grad, const Partition& partition, int64_t batch,
                   int64_t index, Vec* work, Vec* sums, float* dB, float* dC) {
  const SelectiveScanArgs& args = grad.forward;
  const int64_t n = args.states;
  const Block block = blockAt(args, batch, index);
  Vec* rate = work;
  Vec* lambda = work + n;
  loadRates(rate, args, block);
  loadStates(lambda, statesAt(grad.dFinalState, args, block), block, n);
  for (int64_t i = 0; i < n + 2; ++i) sums[i] = Vec{};
  constexpr float slope = negative ? 2.0f : 1.0f;  // d decay / d exp(dt A)
  const bool wantReadout = args.z.data && grad.dZ.data;

  TileOperands tile;
  for (int64_t k = partition.tiles - 1; k >= 0; --k) {
    const int64_t start = k * tileTokens, tokens = smaller(tileTokens, args.tokens - start);
    const float* saved = args.saved + ((batch * partition.blocks + index) * partition.tiles + k) * n * lanes;
    loadTile(grad, block, start, tokens, tile);
    const float* b = rowOf(args.b, batch, start);
    const float* c = rowOf(args.c, batch, start);
    for (int64_t i = 0; i < n; ++i) {
      const int64_t row = (k * n + i) * tileTokens;
      adjointState<negative>(tokens, b + i, args.b.token, c + i, args.c.token, rate[i],
                             load(saved + i * lanes), lambda[i], sums[i], tile, wantReadout, dB + row,
                             dC + row);
    }
    storeTile(grad, block, start, tokens, tile, slope, sums[n], sums[n + 1]);
  }
  for (int64_t i = 0; i < n; ++i) sums[i] = sums[i] * slope;
  if (!grad.dInitialState) return;
  float* dInitial = grad.dInitialState + (batch * args.channels + block.first) * n;
  for (int64_t lane = 0; lane < block.count; ++lane)
    for (int64_t i = 0; i < n; ++i)
      dInitial[lane * n + i] += reinterpret_cast<const float*>(lambda + i)[lane];
}

/// dA, dDtBias and dSkip of one block: the sequences' sums in their order. sums: (B, blocks, N + 2)
void addSums(const SelectiveScanGradArgs& grad, const Partition& partition, int64_t index, const Vec* sums) {
  const SelectiveScanArgs& args = grad.forward;
  const int64_t n = args.states, first = index * lanes, count = smaller(lanes, args.channels - first);
  for (int64_t i = 0; i < n + 2; ++i) {
    Vec total{};
    for (int64_t batch = 0; batch < args.batch; ++batch)
      total += sums[(batch * partition.blocks + index) * (n + 2) + i];
    float* to = i == n ? grad.dDtBias : i == n + 1 ? grad.dSkip : grad.dA;
    if (!to) continue;
    if (i >= n)
      addSome(to + first, total, count);
    else
      for (int64_t lane = 0; lane < count; ++lane) to[(first + lane) * n + i] += total[lane];
  }
}

/// One tile of dB or of dC: the groups' shares in their order.
void addShares(const ChannelView& to, const SelectiveScanArgs& args, const Partition& partition,
               int64_t batch, int64_t k, const float* shares) {
  const int64_t start = k * tileTokens, tokens = smaller(tileTokens, args.tokens - start);
  for (int64_t i = 0; i < args.states; ++i) {
    float total[tileTokens] = {};
    for (int64_t group = 0; group < partition.groups; ++group) {
      const float* share =
          shares + (batch * partition.groups + group) * partition.share + (k * args.states + i) * tileTokens;
      for (int64_t t = 0; t < tileTokens; ++t) total[t] += share[t];
    }
    for (int64_t t = 0; t < tokens; ++t) rowOf(to, batch, start + t)[i] += total[t];
  }
}

void backward(const Launch& launch, const SelectiveScanGradArgs& grad) {
  const SelectiveScanArgs& args = grad.forward;
  const Partition partition = partitionOf(args);
  const int64_t n = args.states, perThread = 2 * n, tasks = args.batch * partition.groups;
  Vec* work = scratch<Vec>(launch, perThread * launch.threads);
  Vec* sums = scratch<Vec>(launch, args.batch * partition.blocks * (n + 2));
  float* dB = scratch<float>(launch, tasks * partition.share);
  float* dC = scratch<float>(launch, tasks * partition.share);

  parallelFor(launch, tasks, [&](int64_t task, int thread) {
    const auto run = args.negativeEigenvalues ? backwardBlock<true> : backwardBlock<false>;
    const int64_t batch = task / partition.groups, first = task % partition.groups * partition.perGroup;
    float* taskB = dB + task * partition.share;
    float* taskC = dC + task * partition.share;
    __builtin_memset(taskB, 0, static_cast<size_t>(partition.share) * sizeof(float));
    __builtin_memset(taskC, 0, static_cast<size_t>(partition.share) * sizeof(float));
    for (int64_t index = first; index < smaller(partition.blocks, first + partition.perGroup); ++index)
      run(grad, partition, batch, index, work + thread * perThread,
          sums + (batch * partition.blocks + index) * (n + 2), taskB, taskC);
  });
  parallelFor(launch, args.batch * partition.tiles, [&](int64_t task, int) {
    const int64_t batch = task / partition.tiles, k = task % partition.tiles;
    if (grad.dB.data) addShares(grad.dB, args, partition, batch, k, dB);
    if (grad.dC.data) addShares(grad.dC, args, partition, batch, k, dC);
  });
  parallelFor(launch, partition.blocks, [&](int64_t index, int) { addSums(grad, partition, index, sums); });
}

}  // namespace

extern const SelectiveScanKernels selectiveScan;
const SelectiveScanKernels selectiveScan = {savedSize, forward, backward, recurrent};

}  // namespace parascan::PARASCAN_ISA
