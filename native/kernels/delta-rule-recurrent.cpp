// Delta-rule scans token by token, which at one token is the decode step. A delta step costs one pass over
// the state: the pass that writes step j already gathers what step j + 1 (or the query) reads.
#include "kernels/delta-rule-chunk.h"
#include "kernels/delta-rule-products.h"
#include "kernels/vector-math.h"

namespace parascan::PARASCAN_ISA {
namespace {

constexpr int blockVectors = 4;
constexpr int64_t blockColumns = blockVectors * lanes;

/// Row d of the state, `vectors` vectors of which the last may be partial (`left` floats in all).
template <int vectors>
inline void loadRow(const float* row, int64_t left, Vec (&to)[vectors]) {
  for (int v = 0; v + 1 < vectors; ++v) to[v] = load(row + v * lanes);
  to[vectors - 1] = loadUpTo(row + (vectors - 1) * lanes, left - (vectors - 1) * lanes);
}

template <int vectors>
inline void storeRow(float* row, int64_t left, const Vec (&from)[vectors]) {
  for (int v = 0; v + 1 < vectors; ++v) store(row + v * lanes, from[v]);
  storeUpTo(row + (vectors - 1) * lanes, from[vectors - 1], left - (vectors - 1) * lanes);
}

/// All tokens on `vectors` vectors of columns from `column` on. decay: (K) work space.
template <int vectors>
void runColumns(const DeltaRuleArgs& args, int64_t batch, int64_t head, int64_t column, float* state,
                float* decay) {
  const int64_t key = args.keyDim, stride = args.valueDim, n = args.householders;
  const int64_t keyHead = head / (args.valueHeads / args.heads);
  const int64_t left = args.valueDim - column;
  state += column;
  for (int64_t d = 0; d < key; ++d) decay[d] = 1.0f;
  for (int64_t token = 0; token < args.tokens; ++token) {
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
      loadRow(state + d * stride, left, row);
      const float factor = decay[d] * k[d];
      for (int v = 0; v < vectors; ++v) seen[v] += factor * row[v];
    }
    for (int64_t j = 0; j < n; ++j) {
      const float* value = at(args.v, batch, token * n + j, head) + column;
      const float beta = *at(args.beta, batch, token * n + j, head);
      const bool lastStep = j + 1 == n;
      const float* reader =
          lastStep ? at(args.q, batch, token, keyHead) : at(args.k, batch, token * n + j + 1, keyHead);
      Vec write[vectors], read[vectors] = {};
      loadRow(value, left, write);
      for (int v = 0; v < vectors; ++v) write[v] = beta * (write[v] - seen[v]);
      for (int64_t d = 0; d < key; ++d) {
        Vec row[vectors];
        loadRow(state + d * stride, left, row);
        const float factor = j == 0 ? decay[d] : 1.0f;
        for (int v = 0; v < vectors; ++v) {
          row[v] = factor * row[v] + k[d] * write[v];
          read[v] += reader[d] * row[v];
        }
        storeRow(state + d * stride, left, row);
      }
      if (lastStep)
        for (int v = 0; v < vectors; ++v) read[v] *= args.scale;
      for (int v = 0; v < vectors; ++v) seen[v] = read[v];
      k = reader;
    }
    storeRow(at(args.o, batch, token, head) + column, left, seen);
  }
}

}  // namespace

void deltaRecurrent(const Launch& launch, const DeltaRuleArgs& args) {
  const int64_t stateSize = args.keyDim * args.valueDim;
  const int64_t workSize = roundUp(args.keyDim, 16) + (args.finalState ? 0 : roundUp(stateSize, 16));
  float* memory = scratch<float>(launch, launch.threads * workSize);
  parallelFor(launch, args.batch * args.valueHeads, [&](int64_t task, int thread) {
    float* decay = memory + thread * workSize;
    float* state = args.finalState ? args.finalState + task * stateSize : decay + roundUp(args.keyDim, 16);
    if (!args.initialState)
      __builtin_memset(state, 0, static_cast<size_t>(stateSize) * sizeof(float));
    else if (args.initialState + task * stateSize != state)
      __builtin_memcpy(state, args.initialState + task * stateSize,
                       static_cast<size_t>(stateSize) * sizeof(float));
    const int64_t batch = task / args.valueHeads, head = task % args.valueHeads;
    for (int64_t column = 0; column < args.valueDim; column += blockColumns) {
      const int64_t left = args.valueDim - column;
      const auto run = left > 3 * lanes   ? runColumns<4>
                       : left > 2 * lanes ? runColumns<3>
                       : left > lanes     ? runColumns<2>
                                          : runColumns<1>;
      run(args, batch, head, column, state, decay);
    }
  });
}

}  // namespace parascan::PARASCAN_ISA
