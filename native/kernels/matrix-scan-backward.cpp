// Chunked backward pass of the delta-rule scans, in solve form.
//
// Segments of eight chunks in reverse: the states inside a segment are recomputed from the saved one, then
// its chunks run backwards with dS, the gradient of the state (in panels, like the state). Per chunk, with Z
// from the transposed triangular system,
//
//   dCorrected = scores_q^T dO + keyEnd dS           dV = beta Z,  dBeta = Z . error,
//                                                    Z_r = dCorrected_r - sum_s scores_sr dV_s
//   dScores = [-dV; dO] corrected^T                  dRead = [-dV; dO] S^T
//   dKeyEnd = corrected dS^T                         dS <- stateDecay dS + read^T [-dV; dO]
//
// The products with S^T run transposed, S times columns, so that no state is ever transposed. A gate's
// gradient is gathered from every product x * exp(sum of gates) as x dx, over those sums that hold the gate.
#include "kernels/matrix-scan-chunk.h"
#include "kernels/matrix-scan-products.h"
#include "kernels/vector-math.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// Memory of one thread. K: padded key dim, V: padded value dim.
struct Workspace {
  ChunkOperands operands[segmentChunks];
  float* states;      // (8, K, V) before each chunk of the segment
  float* errors;      // (8, 16, V)
  float* dState;      // (K, V)
  float* readSum;     // (K, 32) dRead, transposed
  float* endSum;      // (K, 16) dKeyEnd, transposed
  float* dRead;       // (32, K)
  float* dKeyEnd;     // (16, K)
  float* dStack;      // (32, K) gradient of rows as seen through scores
  float* dKeyBack;    // (16, K)
  float* decaySum;    // (K, lanes) sum over columns of S * dS, by lane
  float* dDecay;      // (K) the same
  float* dScores;     // (32, 16)
  float* betaSum;     // (16, lanes) dBeta by lane
  float* channelSum;  // (16, K) gradients of gates per channel
  bool gated;
};

int64_t workspaceSize(const MatrixScanArgs& args, const ScanSizes& sizes) {
  const int64_t perChunk = operandsSize(args, sizes) + sizes.stateSize + chunkRows * sizes.paddedValue;
  return roundUp(segmentChunks * roundUp(perChunk, 16) + sizes.stateSize +
                     (3 * stackRows + 4 * chunkRows + 1 + lanes) * sizes.paddedKey + stackRows * chunkRows +
                     chunkRows * lanes,
                 16);
}

void placeWorkspace(const MatrixScanArgs& args, const ScanSizes& sizes, float* memory, Workspace& w) {
  const auto take = [&memory](int64_t count) {
    float* start = memory;
    memory += count;
    return start;
  };
  for (ChunkOperands& operands : w.operands)
    placeOperands(args, sizes, take(operandsSize(args, sizes)), operands);
  const int64_t keys = chunkRows * sizes.paddedKey;
  w.states = take(segmentChunks * sizes.stateSize);
  w.errors = take(segmentChunks * chunkRows * sizes.paddedValue);
  w.dState = take(sizes.stateSize);
  w.readSum = take(2 * keys);
  w.endSum = take(keys);
  w.dRead = take(2 * keys);
  w.dKeyEnd = take(keys);
  w.dStack = take(2 * keys);
  w.dKeyBack = take(keys);
  w.channelSum = take(keys);
  w.dDecay = take(sizes.paddedKey);
  w.decaySum = take(lanes * sizes.paddedKey);
  w.gated = args.gate != DecayGate::none;
  w.dScores = take(stackRows * chunkRows);
  w.betaSum = take(chunkRows * lanes);
}

void clear(float* p, int64_t count) { __builtin_memset(p, 0, static_cast<size_t>(count) * sizeof(float)); }

/// A gradient's rows of one chunk; rows without memory are not wanted.
void addRow(float* to, int64_t count, const float* from, float factor) {
  for (int64_t i = 0; i < count; i += lanes)
    storeUpTo(to + i, loadUpTo(to + i, count - i) + factor * load(from + i), count - i);
}

/// One panel of one chunk; dValue and dOutput start at the panel's first column, of which `left` exist.
template <int vectors>
void retreatPanel(const ScanSizes& sizes, const ChunkOperands& c, const Workspace& w, const float* dOutput,
                  int64_t outputStride, float* dValue, int64_t valueStride, int64_t left, const float* state,
                  const float* errors, float* dState) {
  constexpr int64_t width = vectors * lanes;
  const int64_t key = sizes.paddedKey, rows = chunkRows + sizes.queryRows;
  // signals: -dV above dO; both pull on the state through `read`.
  alignas(64) float corrected[chunkRows * width], dCorrected[chunkRows * width], signals[stackRows * width];
  alignas(64) float columns[stackRows * width];
  float* dO = signals + chunkRows * width;

  for (int64_t r = 0; r < chunkRows; ++r)
    for (int v = 0; v < vectors; ++v) {
      const int64_t position = r * width + v * lanes;
      store(corrected + position, c.beta[r] * load(errors + position));
      const bool exists = dOutput && r < c.queries;
      if (r < sizes.queryRows)
        store(dO + position,
              exists ? loadUpTo(dOutput + r * outputStride + v * lanes, left - v * lanes) : Vec{});
    }

  multiply<false>(c.keyEnd, key, chunkRows, dState, width, width, dCorrected, width, key);
  multiplyTransposed(c.scores + chunkRows * chunkRows, chunkRows, chunkRows, dO, width, width, c.endScale,
                     dCorrected, dCorrected, width, sizes.queryRows);

  for (int v = 0; v < vectors; ++v) {
    Vec z[chunkRows];
    for (int r = 0; r < chunkRows; ++r) z[r] = load(dCorrected + r * width + v * lanes);
#pragma GCC unroll 16
    for (int s = chunkRows - 1; s >= 0; --s) {
      const Vec gradient = c.beta[s] * z[s];
      store(signals + s * width + v * lanes, -gradient);
#pragma GCC unroll 16
      for (int r = 0; r < s; ++r) z[r] -= c.scores[s * chunkRows + r] * gradient;
    }
    for (int r = 0; r < chunkRows; ++r) {
      float* sum = w.betaSum + r * lanes;
      store(sum, load(sum) + z[r] * load(errors + r * width + v * lanes));
    }
  }
  if (dValue)
    for (int64_t r = 0; r < c.rows; ++r)
      for (int v = 0; v < vectors; ++v) {
        float* p = dValue + r * valueStride + v * lanes;
        const int64_t rest = left - v * lanes;
        storeUpTo(p, loadUpTo(p, rest) - load(signals + r * width + v * lanes), rest);
      }

  transpose(corrected, width, chunkRows, width, columns, chunkRows);
  multiply<true>(signals, width, rows, columns, chunkRows, chunkRows, w.dScores, chunkRows, width);
  multiply<true>(dState, width, key, columns, chunkRows, chunkRows, w.endSum, chunkRows, width);

  for (int64_t r = 0; r < rows; ++r)
    for (int v = 0; v < vectors; ++v) {
      float* p = signals + r * width + v * lanes;
      store(p, c.readScale[r] * load(p));
    }
  const int64_t signalRows = roundUp(rows, lanes);
  for (int64_t r = rows; r < signalRows; ++r)
    for (int v = 0; v < vectors; ++v) store(signals + r * width + v * lanes, Vec{});
  transpose(signals, width, signalRows, width, columns, stackRows);
  multiply<true>(state, width, key, columns, stackRows, signalRows, w.readSum, stackRows, width);

  if (w.gated)
    for (int64_t d = 0; d < key; ++d) {
      Vec sum = load(w.decaySum + d * lanes);
      for (int v = 0; v < vectors; ++v)
        sum += load(state + d * width + v * lanes) * load(dState + d * width + v * lanes);
      store(w.decaySum + d * lanes, sum);
    }
  multiplyTransposed(c.read, key, key, signals, width, width, c.stateDecay, dState, dState, width, rows);
}

/// Gradients through scores whose decays belong to pairs of rows, and the pairs' share of the gates'
/// gradients.
void pairwiseGradients(const ScanSizes& sizes, const ChunkOperands& c, const Workspace& w) {
  const int64_t key = sizes.paddedKey;
  clear(w.dStack, stackRows * key);
  for (int64_t s = 0; s < chunkRows; ++s)
    for (int64_t d = 0; d < key; d += lanes) {
      const Vec keyBack = load(c.keyBack + s * key + d);
      Vec log{}, back{}, share[chunkRows];
      for (int64_t r = s; r < chunkRows; ++r) {
        if (r > s) log += load(c.gates + r * key + d);
        const Vec decay = exponential(log);
        share[r] = Vec{};
        const auto pair = [&](int64_t row) {
          const Vec weighted = w.dScores[row * chunkRows + s] * decay;
          float* gradient = w.dStack + row * key + d;
          store(gradient, load(gradient) + weighted * keyBack);
          share[r] += weighted * load(c.stack + row * key + d);
        };
        if (r > s) pair(r);
        if (c.queryOf[r] >= 0) pair(chunkRows + c.queryOf[r]);
        back += share[r];
      }
      store(w.dKeyBack + s * key + d, back);
      Vec crossing{};
      for (int64_t u = chunkRows; --u > s;) {
        crossing += share[u];
        float* sum = w.channelSum + u * key + d;
        store(sum, load(sum) + crossing * keyBack);
      }
    }
}

/// The pairs' share of the gates' gradients where decays are factored. Each pair is added to the gates
/// between its rows; sums of all pairs of a row would be cheaper and cancel badly.
void factoredCrossings(const ScanSizes& sizes, const ChunkOperands& c, const Workspace& w) {
  const int64_t key = sizes.paddedKey;
  for (int64_t s = 0; s < chunkRows; ++s)
    for (int64_t d = 0; d < key; d += lanes) {
      const Vec keyBack = load(c.keyBack + s * key + d);
      Vec crossing{};
      for (int64_t u = chunkRows; --u > s;) {
        crossing += w.dScores[u * chunkRows + s] * load(c.stack + u * key + d);
        if (c.queryOf[u] >= 0) {
          const int64_t row = chunkRows + c.queryOf[u];
          crossing += w.dScores[row * chunkRows + s] * load(c.stack + row * key + d);
        }
        float* sum = w.channelSum + u * key + d;
        store(sum, load(sum) + crossing * keyBack);
      }
    }
}

/// out_r = x_r . y_r for whole blocks of `lanes` rows, at most 32.
void rowProducts(const float* x, const float* y, int64_t rows, int64_t width, float* out) {
  alignas(64) float sums[stackRows * lanes];
  for (int64_t r = 0; r < rows; ++r) {
    Vec sum{};
    for (int64_t i = r * width; i < (r + 1) * width; i += lanes) sum += load(x + i) * load(y + i);
    store(sums + r * lanes, sum);
  }
  sumRows(sums, rows, out);
}

/// A gate at row u lies in the decay of a pair of rows (r, s) with s < u <= r, in what rows from u on read of
/// the incoming state, in what rows before u leave to the outgoing one, and in the state's own decay.
void scalarGateGradient(const MatrixScanGradArgs& args, const ScanSizes& sizes, int64_t batch, int64_t head,
                        const ChunkOperands& c, const Workspace& w) {
  const int64_t key = sizes.paddedKey;
  float pairs[chunkRows][chunkRows], reads[stackRows], ends[chunkRows], crossing[chunkRows] = {},
                                                                        gradient[chunkRows];
  rowProducts(w.dRead, c.stack, chunkRows + roundUp(sizes.queryRows, lanes), key, reads);
  rowProducts(w.dKeyEnd, c.stack, chunkRows, key, ends);
  for (int64_t r = 0; r < chunkRows; ++r) {
    for (int64_t s = 0; s < chunkRows; ++s)
      pairs[r][s] = w.dScores[r * chunkRows + s] * c.scores[r * chunkRows + s];
  }
  for (int64_t i = 0; i < c.queries; ++i) {
    const int64_t r = c.queryRow[i], row = chunkRows + i;
    reads[r] += reads[row];
    for (int64_t s = 0; s < chunkRows; ++s)
      pairs[r][s] += w.dScores[row * chunkRows + s] * c.scores[row * chunkRows + s];
  }
  for (int64_t r = 0; r < chunkRows; ++r) {
    float sum = 0.0f;
    for (int64_t u = 1; u <= r; ++u) crossing[u] += sum += pairs[r][u - 1];
  }
  float sum = 0.0f;
  for (int64_t u = chunkRows; u-- > 0;) gradient[u] = crossing[u] + (sum += reads[u]);
  sum = 0.0f;
  for (int64_t d = 0; d < key; ++d) sum += w.dDecay[d] * c.stateDecay[d];
  for (int64_t u = 0; u < c.rows; ++u) {
    const int64_t step = c.firstStep + u;
    if (step % sizes.householders == 0)
      *at(args.dG, batch, step / sizes.householders, head) += gradient[u] + sum;
    sum += c.endScale[u] * ends[u];
  }
}

/// The same per channel; the pairs' share lies in channelSum.
void channelGateGradient(const MatrixScanGradArgs& args, const ScanSizes& sizes, int64_t batch, int64_t head,
                         const ChunkOperands& c, const Workspace& w) {
  const int64_t key = sizes.paddedKey;
  const auto product = [](const float* x, const float* y, int64_t i) { return load(x + i) * load(y + i); };
  for (int64_t d = 0; d < key; d += lanes) {
    Vec sum{};
    for (int64_t r = chunkRows; r-- > 0;) {
      const int64_t i = r * key + d;
      sum += product(w.dRead, c.read, i);
      if (c.queryOf[r] >= 0) sum += product(w.dRead, c.read, (chunkRows + c.queryOf[r]) * key + d);
      store(w.channelSum + i, load(w.channelSum + i) + sum);
    }
    sum = product(w.dDecay, c.stateDecay, d);
    for (int64_t r = 0; r < chunkRows; ++r) {
      const int64_t i = r * key + d;
      store(w.channelSum + i, load(w.channelSum + i) + sum);
      sum += product(w.dKeyEnd, c.keyEnd, i);
    }
  }
  for (int64_t r = 0; r < c.rows; ++r) {
    const int64_t step = c.firstStep + r;
    if (step % sizes.householders == 0)
      addRow(at(args.dG, batch, step / sizes.householders, head), sizes.key, w.channelSum + r * key, 1.0f);
  }
}

/// From the sums over panels to the gradients of keys, queries, beta and gates.
void finishChunk(const MatrixScanGradArgs& args, const ScanSizes& sizes, int64_t batch, int64_t head,
                 const ChunkOperands& c, const Workspace& w) {
  const MatrixScanArgs& forward = args.forward;
  const bool channel = forward.gate == DecayGate::channel;
  const int64_t key = sizes.paddedKey, rows = chunkRows + sizes.queryRows;
  const int64_t keyHead = head / (forward.valueHeads / forward.heads);
  transpose(w.readSum, stackRows, key, roundUp(rows, lanes), w.dRead, key);
  transpose(w.endSum, chunkRows, key, chunkRows, w.dKeyEnd, key);
  sumRows(w.decaySum, key, w.dDecay);
  for (int64_t r = 0; r < chunkRows; ++r)
    for (int64_t s = r; s < chunkRows; ++s) w.dScores[r * chunkRows + s] = 0.0f;
  for (int64_t i = 0; i < sizes.queryRows; ++i)
    for (int64_t s = c.queryRow[i] + 1; s < chunkRows; ++s) w.dScores[(chunkRows + i) * chunkRows + s] = 0.0f;

  if (args.dG.data && forward.gate == DecayGate::head) scalarGateGradient(args, sizes, batch, head, c, w);
  if (!channel)
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t decayRow = r < chunkRows ? r : c.queryRow[r - chunkRows];
      for (int64_t s = 0; s < chunkRows; s += lanes) {
        float* p = w.dScores + r * chunkRows + s;
        store(p, load(p) * load(c.rowDecay + decayRow * chunkRows + s));
      }
    }
  if (channel) clear(w.channelSum, chunkRows * key);
  if (channel && c.pairwise) {
    pairwiseGradients(sizes, c, w);
  } else {
    if (channel) factoredCrossings(sizes, c, w);
    multiply<false>(w.dScores, chunkRows, rows, c.keyBack, key, key, w.dStack, key, chunkRows);
    multiplyTransposed(w.dScores, chunkRows, chunkRows, c.stack, key, key, nullptr, nullptr, w.dKeyBack, key,
                       rows);
  }
  if (args.dG.data && channel) channelGateGradient(args, sizes, batch, head, c, w);

  // Every gradient of a key or query is gathered in its row of dRead.
  for (int64_t r = 0; r < rows; ++r) {
    const bool isKey = r < chunkRows;
    const int64_t factorRow = isKey ? r : c.queryRow[r - chunkRows];
    for (int64_t d = 0; d < key; d += lanes) {
      const int64_t i = r * key + d, factor = factorRow * key + d;
      Vec sum = load(w.dRead + i), seen = load(w.dStack + i);
      if (channel)
        sum = sum * load(c.readFactor + factor) + seen * load(c.ahead + factor);
      else
        sum += seen;
      if (isKey) {
        const Vec back = load(w.dKeyBack + i), end = load(w.dKeyEnd + i);
        if (channel)
          sum += back * load(c.behind + i) + end * load(c.endFactor + i);
        else
          sum += back + c.endScale[r] * end;
      }
      store(w.dRead + i, sum);
    }
  }
  if (args.dK.data)
    for (int64_t r = 0; r < c.rows; ++r)
      addRow(at(args.dK, batch, c.firstStep + r, keyHead), sizes.key, w.dRead + r * key, 1.0f);
  if (args.dQ.data)
    for (int64_t i = 0; i < c.queries; ++i)
      addRow(at(args.dQ, batch, c.firstToken + i, keyHead), sizes.key, w.dRead + (chunkRows + i) * key,
             forward.scale);
  float dBeta[chunkRows];
  sumRows(w.betaSum, chunkRows, dBeta);
  if (args.dBeta.data)
    for (int64_t r = 0; r < c.rows; ++r) *at(args.dBeta, batch, c.firstStep + r, head) += dBeta[r];
}

void retreatChunk(const MatrixScanGradArgs& args, const ScanSizes& sizes, int64_t batch, int64_t head,
                  const ChunkOperands& c, const float* state, const float* errors, const Workspace& w) {
  const float* dOutput = args.dO.data && c.queries > 0 ? at(args.dO, batch, c.firstToken, head) : nullptr;
  float* dValue = args.dV.data ? at(args.dV, batch, c.firstStep, head) : nullptr;
  clear(w.readSum, stackRows * sizes.paddedKey);
  clear(w.endSum, chunkRows * sizes.paddedKey);
  clear(w.decaySum, lanes * sizes.paddedKey);
  clear(w.dScores, stackRows * chunkRows);
  clear(w.betaSum, chunkRows * lanes);
  for (int64_t column = 0; column < sizes.paddedValue; column += panelWidth) {
    const auto retreat = panelAt(sizes, column) == panelWidth ? retreatPanel<2> : retreatPanel<1>;
    retreat(sizes, c, w, dOutput ? dOutput + column : nullptr, args.dO.token,
            dValue ? dValue + column : nullptr, args.dV.token, sizes.value - column,
            state + column * sizes.paddedKey, errors + column * chunkRows,
            w.dState + column * sizes.paddedKey);
  }
  finishChunk(args, sizes, batch, head, c, w);
}

void retreatHead(const MatrixScanGradArgs& args, const ScanSizes& sizes, int64_t batch, int64_t head,
                 Workspace& w) {
  const MatrixScanArgs& forward = args.forward;
  const int64_t sequence = batch * forward.valueHeads + head;
  const int64_t contiguous = sequence * sizes.key * sizes.value;
  packState(sizes, 0, sizes.paddedValue, args.dFinalState ? args.dFinalState + contiguous : nullptr,
            w.dState);
  for (int64_t segment = sizes.segments; segment-- > 0;) {
    const int64_t first = segment * segmentChunks;
    const int64_t count = sizes.chunks - first < segmentChunks ? sizes.chunks - first : segmentChunks;
    if (segment == 0)
      packState(sizes, 0, sizes.paddedValue,
                forward.initialState ? forward.initialState + contiguous : nullptr, w.states);
    else
      __builtin_memcpy(w.states,
                       forward.saved + (sequence * (sizes.segments - 1) + segment - 1) * sizes.stateSize,
                       static_cast<size_t>(sizes.stateSize) * sizeof(float));
    for (int64_t i = 0; i < count; ++i) {
      float* state = w.states + i * sizes.stateSize;
      prepareChunk(forward, sizes, batch, head, first + i, w.operands[i]);
      advanceChunk(forward, sizes, w.operands[i], batch, head, 0, sizes.paddedValue, state,
                   i + 1 < count ? state + sizes.stateSize : nullptr,
                   w.errors + i * chunkRows * sizes.paddedValue, false);
    }
    for (int64_t i = count; i-- > 0;)
      retreatChunk(args, sizes, batch, head, w.operands[i], w.states + i * sizes.stateSize,
                   w.errors + i * chunkRows * sizes.paddedValue, w);
  }
  if (args.dInitialState) addState(sizes, w.dState, args.dInitialState + contiguous);
}

}  // namespace

void matrixScanBackward(const Launch& launch, const MatrixScanGradArgs& args) {
  const MatrixScanArgs& forward = args.forward;
  const ScanSizes sizes = scanSizes(forward);
  const int64_t group = forward.valueHeads / forward.heads, threadSize = workspaceSize(forward, sizes);
  float* memory = scratch<float>(launch, launch.threads * threadSize);
  // The value heads of a group add to the same dQ and dK, so one task takes them in order.
  parallelFor(launch, forward.sequences.count * forward.heads, [&](int64_t task, int thread) {
    Workspace w;
    placeWorkspace(forward, sizes, memory + thread * threadSize, w);
    for (int64_t member = 0; member < group; ++member)
      retreatHead(args, sizes, task / forward.heads, task % forward.heads * group + member, w);
  });
}

}  // namespace parascan::PARASCAN_ISA
