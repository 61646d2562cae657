// Delta-rule scans token by token, which at one token is the decode step. A delta step costs one pass over
// the state: the pass that writes step j already gathers what step j + 1 (or the query) reads.
#include "kernels/matrix-scan-chunk.h"
#include "kernels/matrix-scan-products.h"
#include "kernels/vector-math.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// With the state's row, what is written and what is read, three vectors of registers per vector of columns.
constexpr int mostVectors = lanes == 16 ? 8 : 4;

/// All tokens on `vectors` whole vectors of columns from `column` on, or on one that may end early. decay:
/// (K) work space.
template <int vectors>
void runColumns(const MatrixScanArgs& args, int64_t batch, int64_t head, int64_t column, float* state,
                float* decay) {
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
  for (int64_t d = 0; d < key; ++d) decay[d] = 1.0f;
  for (int64_t token = 0; token < args.sequences.tokens; ++token) {
    if (args.gate == DecayGate::head) {
      const float factor = exponential(splat(*at(args.g, batch, token, head)))[0];
      for (int64_t d = 0; d < key; ++d) decay[d] = factor;
    } else if (args.gate == DecayGate::channel) {
      const float* gate = at(args.g, batch, token, head);
      for (int64_t d = 0; d < key; d += lanes)
        storeUpTo(decay + d, exponential(loadUpTo(gate + d, key - d)), key - d);
    }
    Vec seen[vectors] = {};  // S^T k of the coming step
    const float* k = at(args.k, batch, token * n, keyHead);
    for (int64_t d = 0; d < key; ++d) {
      Vec row[vectors];
      loadRow(state + d * stride, row);
      const float factor = decay[d] * k[d];
      for (int v = 0; v < vectors; ++v) seen[v] += factor * row[v];
    }
    for (int64_t j = 0; j < n; ++j) {
      const float beta = *at(args.beta, batch, token * n + j, head);
      const bool lastStep = j + 1 == n;
      const float* reader =
          lastStep ? at(args.q, batch, token, keyHead) : at(args.k, batch, token * n + j + 1, keyHead);
      Vec write[vectors], read[vectors] = {};
      loadRow(at(args.v, batch, token * n + j, head) + column, write);
      for (int v = 0; v < vectors; ++v) write[v] = beta * (write[v] - seen[v]);
      for (int64_t d = 0; d < key; ++d) {
        Vec row[vectors];
        loadRow(state + d * stride, row);
        const float factor = j == 0 ? decay[d] : 1.0f;
        for (int v = 0; v < vectors; ++v) {
          row[v] = factor * row[v] + k[d] * write[v];
          read[v] += reader[d] * row[v];
        }
        storeRow(state + d * stride, row);
      }
      for (int v = 0; v < vectors; ++v) seen[v] = lastStep ? args.scale * read[v] : read[v];
      k = reader;
    }
    storeRow(at(args.o, batch, token, head) + column, seen);
  }
}

}  // namespace

void matrixScanRecurrent(const Launch& launch, const MatrixScanArgs& args) {
  const int64_t stateSize = args.keyDim * args.valueDim;
  const int64_t workSize = roundUp(args.keyDim, 16) + (args.finalState ? 0 : roundUp(stateSize, 16));
  float* memory = scratch<float>(launch, launch.threads * workSize);
  parallelFor(launch, args.sequences.count * args.valueHeads, [&](int64_t task, int thread) {
    float* decay = memory + thread * workSize;
    float* state = args.finalState ? args.finalState + task * stateSize : decay + roundUp(args.keyDim, 16);
    if (!args.initialState)
      __builtin_memset(state, 0, static_cast<size_t>(stateSize) * sizeof(float));
    else if (args.initialState + task * stateSize != state)
      __builtin_memcpy(state, args.initialState + task * stateSize,
                       static_cast<size_t>(stateSize) * sizeof(float));
    const int64_t batch = task / args.valueHeads, head = task % args.valueHeads;
    for (int64_t column = 0; column < args.valueDim;) {
      const int64_t whole = (args.valueDim - column) / lanes;
      const int64_t vectors = whole >= mostVectors ? mostVectors : whole >= 4 ? 4 : whole >= 2 ? 2 : 1;
      const auto run = vectors == mostVectors ? runColumns<mostVectors>
                       : vectors == 4         ? runColumns<4>
                       : vectors == 2         ? runColumns<2>
                                              : runColumns<1>;
      run(args, batch, head, column, state, decay);
      column += vectors * lanes;
    }
  });
}

}  // namespace parascan::PARASCAN_ISA
