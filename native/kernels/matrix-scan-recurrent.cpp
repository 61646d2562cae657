// Matrix scans token by token, which at one token is the decode step. A step costs one pass over the state:
// the pass that writes step j already gathers what step j + 1 (or the query) reads.
#include "kernels/matrix-scan-panels.h"
#include "kernels/vector-math.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// With the state's row, what is written and what is read, three vectors of registers per vector of columns.
constexpr int mostVectors = lanes == 16 ? 8 : 4;
/// Elements of states and tokens from which other threads are worth calling: some 4 µs of one core, where two
/// that are awake take three.
constexpr int64_t parallelWork = 1 << 16;

/// Rows of one token that are not used as they come. (K) each, rounded up to whole vectors.
struct TokenWork {
  float* decay;
  float* keys[2];
};

/// q or k as the scan uses it: itself, or in `unit` divided by its norm.
const float* keyRow(const MatrixScanArgs& args, const float* row, float* unit) {
  if (!args.normalizeKeys) return row;
  Vec squares{};
  for (int64_t d = 0; d < args.keyDim; d += lanes) {
    const Vec x = loadUpTo(row + d, args.keyDim - d);
    squares += x * x;
  }
  const float inverse = 1.0f / __builtin_sqrtf(sumLanes(squares) + normEpsilon);
  for (int64_t d = 0; d < args.keyDim; d += lanes)
    store(unit + d, inverse * loadUpTo(row + d, args.keyDim - d));
  return unit;
}

void loadDecay(const MatrixScanArgs& args, int64_t token, int64_t head, float* decay) {
  if (args.gate == DecayGate::none) return;
  const float* gate = at(args.g, token, head);
  for (int64_t d = 0; d < args.keyDim; d += lanes) {
    const Vec given = args.gate == DecayGate::head ? splat(*gate) : loadUpTo(gate + d, args.keyDim - d);
    store(decay + d, args.logDecay ? exponential(given) : given);
  }
}

float betaAt(const MatrixScanArgs& args, int64_t step, int64_t head) {
  if (!args.beta.data) return 1.0f;
  const float beta = *at(args.beta, step, head);
  return args.betaSigmoid == 0.0f ? beta : args.betaSigmoid * sigmoid(splat(beta))[0];
}

/// All tokens on `vectors` whole vectors of columns from `column` on, or on one that may end early.
template <int vectors, bool solved, bool given>
void runColumns(const MatrixScanArgs& args, int64_t head, int64_t column, float* state,
                const TokenWork& work) {
  const int64_t key = args.keyDim, stride = args.valueDim, n = args.householders;
  const int64_t keyHead = head / (args.valueHeads / args.heads);
  const int64_t left = vectors > 1 ? vectors * lanes : args.valueDim - column;
  const auto loadRow = [left](const float* from, Vec(&row)[vectors]) {
    for (int v = 0; v < vectors; ++v) row[v] = vectors > 1 ? load(from + v * lanes) : loadUpTo(from, left);
  };
  const auto storeRow = [left](float* to, const Vec(&row)[vectors]) {
    for (int v = 0; v < vectors; ++v)
      vectors > 1 ? store(to + v * lanes, row[v]) : storeUpTo(to, row[v], left);
  };
  state += column;
  for (int64_t token = 0; token < args.sequences.tokens; ++token) {
    loadDecay(args, token, head, work.decay);
    const float* k = keyRow(args, at(args.k, token * n, keyHead), work.keys[0]);
    Vec seen[vectors] = {};  // what the coming step reads of the state
    if constexpr (solved) {
      const float* a = given ? at(args.a, token, keyHead) : nullptr;
      for (int64_t d = 0; d < key; ++d) {
        Vec row[vectors];
        loadRow(state + d * stride, row);
        const float factor = given ? a[d] : work.decay[d] * k[d];
        for (int v = 0; v < vectors; ++v) seen[v] += factor * row[v];
      }
    }
    const float* b = solved && given ? at(args.b, token, keyHead) : nullptr;
    Vec value[vectors] = {};
    for (int64_t j = 0; j < n; ++j) {
      const int64_t step = token * n + j;
      const bool lastStep = j + 1 == n;
      const float* reader =
          keyRow(args, lastStep ? at(args.q, token, keyHead) : at(args.k, step + 1, keyHead),
                 work.keys[(j + 1) % 2]);
      const float beta = betaAt(args, step, head);
      Vec write[vectors], read[vectors] = {};
      loadRow(at(args.v, step, head) + column, value);
      for (int v = 0; v < vectors; ++v) write[v] = beta * (solved && !given ? value[v] - seen[v] : value[v]);
      for (int64_t d = 0; d < key; ++d) {
        Vec row[vectors];
        loadRow(state + d * stride, row);
        const float factor = j == 0 ? work.decay[d] : 1.0f;
        for (int v = 0; v < vectors; ++v) {
          row[v] = factor * row[v] + k[d] * write[v];
          if constexpr (solved && given) row[v] += b[d] * seen[v];
          read[v] += reader[d] * row[v];
        }
        storeRow(state + d * stride, row);
      }
      for (int v = 0; v < vectors; ++v) seen[v] = lastStep ? args.scale * read[v] : read[v];
      k = reader;
    }
    if (args.skip)
      for (int v = 0; v < vectors; ++v) seen[v] += args.skip[head] * value[v];
    storeRow(at(args.o, token, head) + column, seen);
  }
}

template <bool solved, bool given>
void runHead(const MatrixScanArgs& args, int64_t head, float* state, const TokenWork& work) {
  for (int64_t column = 0; column < args.valueDim;) {
    int64_t vectors = mostVectors;
    while (vectors > 1 && column + vectors * lanes > args.valueDim) vectors /= 2;
    const auto run = vectors == 8   ? runColumns<mostVectors, solved, given>
                     : vectors == 4 ? runColumns<4, solved, given>
                     : vectors == 2 ? runColumns<2, solved, given>
                                    : runColumns<1, solved, given>;
    run(args, head, column, state, work);
    column += vectors * lanes;
  }
}

}  // namespace

void matrixScanRecurrent(const Launch& launch, const MatrixScanArgs& args) {
  const int64_t stateSize = args.keyDim * args.valueDim, rowSize = roundUp(args.keyDim, 16);
  const int64_t tasks = args.sequences.count * args.valueHeads;
  const int64_t workSize = 3 * rowSize + (args.finalState ? 0 : roundUp(stateSize, 16));
  Launch chosen = launch;
  if (tasks * args.sequences.tokens * stateSize < parallelWork) chosen.threads = 1;
  float* memory = scratch<float>(launch, chosen.threads * workSize);
  parallelFor(chosen, tasks, [&](int64_t task, int thread) {
    Carver carver{memory + thread * workSize};
    TokenWork work{carver.take(rowSize), {carver.take(rowSize), carver.take(rowSize)}};
    for (int64_t d = 0; d < rowSize; ++d) work.decay[d] = 1.0f;
    const int64_t head = task % args.valueHeads;
    const MatrixScanArgs one = argsOfSequence(args, task / args.valueHeads);
    float* state = one.finalState ? one.finalState + head * stateSize : carver.take(stateSize);
    const float* initial = one.initialState ? one.initialState + head * stateSize : nullptr;
    if (!initial)
      clear(state, stateSize);
    else if (initial != state)
      __builtin_memcpy(state, initial, static_cast<size_t>(stateSize) * sizeof(float));
    withTransition(args.transition,
                   [&]<bool solved, bool given>() { runHead<solved, given>(one, head, state, work); });
  });
}

}  // namespace parascan::PARASCAN_ISA
