// Chunked backward pass of the matrix scans, in solve form.
//
// Segments of eight chunks in reverse: the states inside a segment are rebuilt from the saved one and the
// saved errors, then its chunks run backwards with dS, the gradient of the state (in panels, like the state).
// Per chunk, with `signals` the gradients of what reads take from the state, -dE of the solved ones above dO
// of the queries,
//
//   dWritten = decay(end, s) write dS + scores_q^T dO            dE from the transposed triangular system,
//                                                                beta dWritten_r - sum_s score_sr dE_s
//   dScores  = signals written^T                                 dRead = signals S^T
//   dEnd     = written dS^T                                      dS <- stateDecay dS + readStart^T signals
//
// The products with S^T run transposed, S times columns, so that no state is ever transposed.
//
// Two ways through the work, with the same functions. Where there are enough heads, and each has keys of its
// own, a task takes one through the whole sequence. Otherwise segments are taken in three stages, over which
// threads spread: the operands of all chunks; blocks of the columns of all heads, which never mix; and the
// last stage of all chunks, where heads that share keys add to the same gradients in order.
#include "kernels/matrix-scan-gradients.h"
#include "kernels/matrix-scan-prefetch.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// One head in one segment.
struct SegmentWork {
  ChunkOperands operands[segmentChunks];
  const float* errors[segmentChunks];  // (16, V)
  const float*
      before[segmentChunks];  // (K, V) the state before each chunk: the first is saved, or rebuilt[0]
  float* rebuilt;             // (8, K, V)
  float* dState;              // (K, V)
};

int64_t segmentSize(const MatrixScanArgs& args, const ScanSizes& sizes) {
  return segmentChunks * roundUp(operandsSize(args, sizes), 16) + (segmentChunks + 1) * sizes.stateSize;
}

void placeSegment(const MatrixScanArgs& args, const ScanSizes& sizes, float* memory, SegmentWork& w) {
  Carver carver{memory};
  for (ChunkOperands& operands : w.operands)
    placeOperands(args, sizes, carver.take(roundUp(operandsSize(args, sizes), 16)), operands);
  w.rebuilt = carver.take(segmentChunks * sizes.stateSize);
  w.dState = carver.take(sizes.stateSize);
}

/// Rows of a panel of the values or outputs and their gradients, at the panel's first column, of which `left`
/// exist.
struct PanelGradients {
  const float* value;
  const float* dOutput;  // or null
  float* dValue;         // or null
  int64_t valueStride, outputStride, gradientStride, left;
  float skip;
};

template <int vectors, bool solved, bool given>
void retreatPanel(const ScanSizes& sizes, const ChunkOperands& c, const ColumnSums& sums, bool gated,
                  ComingRows& coming, const PanelGradients& panel, const float* state, const float* errors,
                  float* dState) {
  constexpr int64_t width = vectors * lanes, firstQuery = solved ? chunkRows : 0, firstGiven = firstQuery;
  constexpr int64_t writes = (solved && given ? 2 : 1) * chunkRows;
  const int64_t key = sizes.paddedKey, reads = sizes.readRows, readColumns = roundUp(reads, lanes);
  alignas(64) float written[writes * width], dWritten[writes * width], signals[mostRows * width];
  alignas(64) float columns[mostRows * width];
  float* dO = signals + firstQuery * width;

  for (int64_t i = 0; i < readColumns - firstQuery; ++i)
    for (int v = 0; v < vectors; ++v)
      store(dO + i * width + v * lanes,
            panel.dOutput && i < c.queries
                ? loadUpTo(panel.dOutput + i * panel.outputStride + v * lanes, panel.left - v * lanes)
                : Vec{});
  const auto valueRow = [&](int64_t r, int v) {
    return r < c.rows ? loadUpTo(panel.value + r * panel.valueStride + v * lanes, panel.left - v * lanes)
                      : Vec{};
  };
  for (int64_t r = 0; r < chunkRows; ++r)
    for (int v = 0; v < vectors; ++v) {
      const int64_t place = r * width + v * lanes;
      if constexpr (solved) store(written + place, c.beta[r] * load(errors + place));
      if constexpr (given) store(written + firstGiven * width + place, c.beta[r] * valueRow(r, v));
    }

  const auto prefetch = [&coming] { coming.prefetchSome(); };
  multiply<false>(c.writeEnd, key, writes, dState, width, width, dWritten, width, key);
  multiplyTransposed(c.scores + firstQuery * writes, writes, writes, dO, width, width, c.endScale, dWritten,
                     dWritten, width, reads - firstQuery);

  const auto addValue = [&](int64_t r, int v, Vec gradient) {
    if (!panel.dValue || r >= c.rows) return;
    float* p = panel.dValue + r * panel.gradientStride + v * lanes;
    const int64_t left = panel.left - v * lanes;
    storeUpTo(p, loadUpTo(p, left) + gradient, left);
  };
  const auto addBeta = [&](int64_t r, Vec product) {
    float* sum = sums.betaSum + r * lanes;
    store(sum, load(sum) + product);
  };
  if constexpr (solved)
    for (int v = 0; v < vectors; ++v) {
      Vec z[chunkRows];
      for (int r = 0; r < chunkRows; ++r) z[r] = load(dWritten + r * width + v * lanes);
#pragma GCC unroll 16
      for (int s = chunkRows - 1; s >= 0; --s) {
        const Vec gradient = given ? z[s] : c.beta[s] * z[s];
        store(signals + s * width + v * lanes, -gradient);
#pragma GCC unroll 16
        for (int r = 0; r < s; ++r) z[r] -= c.scores[s * writes + r] * gradient;
      }
      if constexpr (!given)
        for (int r = 0; r < chunkRows; ++r) {
          addBeta(r, z[r] * load(errors + r * width + v * lanes));
          addValue(r, v, -load(signals + r * width + v * lanes));
        }
    }
  if constexpr (given) {
    float* dGiven = dWritten + firstGiven * width;
    if constexpr (solved) {
      constexpr auto ones = [] {
        struct {
          float one[chunkRows];
        } all{};
        for (float& one : all.one) one = 1.0f;
        return all;
      }();
      multiplyTransposed(c.scores + firstGiven, writes, chunkRows, signals, width, width, ones.one, dGiven,
                         dGiven, width, chunkRows);
    }
    for (int64_t r = 0; r < chunkRows; ++r)
      for (int v = 0; v < vectors; ++v) {
        const Vec gradient = load(dGiven + r * width + v * lanes);
        addBeta(r, gradient * valueRow(r, v));
        Vec dValue = c.beta[r] * gradient;
        if (panel.skip != 0.0f) dValue += panel.skip * load(dO + r * width + v * lanes);
        addValue(r, v, dValue);
      }
  }

  transpose(written, width, writes, width, columns, writes);
  multiply<true>(signals, width, reads, columns, writes, writes, sums.dScores, writes, width);
  multiply<true>(dState, width, key, columns, writes, writes, sums.endSum, writes, width);

  transpose(signals, width, readColumns, width, columns, readColumns);
  multiply<true>(state, width, key, columns, readColumns, readColumns, sums.readSum, readColumns, width,
                 prefetch);
  if (gated)
    for (int64_t d = 0; d < key; ++d) {
      Vec sum = load(sums.decaySum + d * lanes);
      for (int v = 0; v < vectors; ++v)
        sum += load(state + d * width + v * lanes) * load(dState + d * width + v * lanes);
      store(sums.decaySum + d * lanes, sum);
    }

  for (int64_t i = 0; i < reads; ++i)
    for (int v = 0; v < vectors; ++v) {
      float* p = signals + i * width + v * lanes;
      store(p, c.startScale[i] * load(p));
    }
  multiplyTransposed(c.readStart, key, key, signals, width, width, c.stateDecay, dState, dState, width, reads,
                     prefetch);
}

/// What chunk i of the segment before is opened with, and its share of the saved state it begins from.
void addEarlier(const MatrixScanArgs& args, const ScanSizes& sizes, const SavedSequence& saved, int64_t head,
                int64_t chunk, ComingRows& coming) {
  const int64_t segment = chunk / segmentChunks - 1, i = chunk % segmentChunks, width = sizes.paddedValue;
  if (segment < 0) return;
  ChunkRange(sizes, chunk - segmentChunks).addOperands(coming, args, head);
  if (sizes.solvedRows > 0)
    coming.add(savedErrors(args, sizes, saved, head, chunk - segmentChunks), width, chunkRows, width);
  const int64_t rows = sizes.paddedKey / segmentChunks;
  if (segment > 0)
    coming.add(savedState(args, sizes, saved, head, segment) + i * rows * width, width, rows, width);
}

/// The rows of the chunk before, to be brought near while one runs on `columns`.
ComingRows rowsBefore(const MatrixScanGradArgs& args, const ScanSizes& sizes, int64_t head, int64_t chunk,
                      int64_t columns) {
  const MatrixScanArgs& forward = args.forward;
  const int64_t keyHead = head / (forward.valueHeads / forward.heads);
  const ChunkRange range(sizes, chunk - 1);
  ComingRows coming(ceilDivide(columns, panelWidth) * 2 * sizes.paddedKey / rowTile);
  range.addTokens(coming, args.dO, head, sizes.value);
  range.addSteps(coming, args.dV, head, sizes.value);
  range.addSteps(coming, args.dK, keyHead, sizes.key);
  range.addSteps(coming, args.dA, keyHead, sizes.key);
  range.addSteps(coming, args.dB, keyHead, sizes.key);
  range.addTokens(coming, args.dQ, keyHead, sizes.key);
  if (forward.gate == DecayGate::channel) range.addTokens(coming, args.dG, head, sizes.key);
  return coming;
}

/// One chunk on the columns [first, last): adds to `sums`, to dV, and takes dState back.
void retreatChunk(const MatrixScanGradArgs& args, const ScanSizes& sizes, int64_t head, int64_t first,
                  int64_t last, const SegmentWork& w, int64_t i, ComingRows& coming, const ColumnSums& sums) {
  const MatrixScanArgs& forward = args.forward;
  const ChunkOperands& c = w.operands[i];
  const bool gated = forward.gate != DecayGate::none;
  clear(sums.readSum, columnSumsSize(sizes));
  withTransition(forward.transition, [&]<bool solved, bool given>() {
    for (int64_t column = first; column < last; column += panelWidth) {
      const PanelGradients panel{
          .value = at(forward.v, c.firstStep, head) + column,
          .dOutput = args.dO.data && c.queries > 0 ? at(args.dO, c.firstToken, head) + column : nullptr,
          .dValue = args.dV.data ? at(args.dV, c.firstStep, head) + column : nullptr,
          .valueStride = forward.v.token,
          .outputStride = args.dO.token,
          .gradientStride = args.dV.token,
          .left = sizes.value - column,
          .skip = forward.skip ? forward.skip[head] : 0.0f};
      const auto retreat = panelAt(sizes, column) == panelWidth ? retreatPanel<2, solved, given>
                                                                : retreatPanel<1, solved, given>;
      retreat(sizes, c, sums, gated, coming, panel, w.before[i] + column * sizes.paddedKey,
              w.errors[i] ? w.errors[i] + column * chunkRows : nullptr, w.dState + column * sizes.paddedKey);
    }
  });
}

/// The operands of chunk i of a segment, and where its state and errors are.
void openChunk(const MatrixScanArgs& args, const ScanSizes& sizes, const SavedSequence& saved, int64_t head,
               int64_t segment, int64_t i, SegmentWork& w) {
  const int64_t chunk = segment * segmentChunks + i;
  prepareChunk(args, sizes, head, chunk, w.operands[i]);
  w.errors[i] = sizes.solvedRows > 0 ? savedErrors(args, sizes, saved, head, chunk) : nullptr;
  w.before[i] =
      i == 0 && segment > 0 ? savedState(args, sizes, saved, head, segment) : w.rebuilt + i * sizes.stateSize;
}

/// The states between the first `chunks` chunks of a segment, on the columns [first, last).
void rebuildStates(const MatrixScanArgs& args, const ScanSizes& sizes, int64_t head, int64_t chunks,
                   int64_t first, int64_t last, const SegmentWork& w) {
  const int64_t offset = first * sizes.paddedKey;
  if (w.before[0] == w.rebuilt)
    packState(sizes, first, last,
              args.initialState ? args.initialState + head * sizes.key * sizes.value : nullptr,
              w.rebuilt + offset);
  for (int64_t i = 0; i + 1 < chunks; ++i)
    replayChunk(args, sizes, w.operands[i], head, first, last, w.before[i] + offset,
                w.errors[i] ? w.errors[i] + first * chunkRows : nullptr,
                w.rebuilt + (i + 1) * sizes.stateSize + offset);
}

void startState(const MatrixScanGradArgs& args, const ScanSizes& sizes, int64_t head, int64_t first,
                int64_t last, const SegmentWork& w) {
  const float* dFinal = args.dFinalState ? args.dFinalState + head * sizes.key * sizes.value : nullptr;
  packState(sizes, first, last, dFinal, w.dState + first * sizes.paddedKey);
}

void endState(const MatrixScanGradArgs& args, const ScanSizes& sizes, int64_t head, int64_t first,
              int64_t last, const SegmentWork& w) {
  if (!args.dInitialState) return;
  addState(sizes, first, last, w.dState + first * sizes.paddedKey,
           args.dInitialState + head * sizes.key * sizes.value);
}

MatrixScanGradArgs gradArgsOfSequence(const MatrixScanGradArgs& args, int64_t index) {
  const Sequence sequence = sequenceAt(args.forward.sequences, index);
  const int64_t n = args.forward.householders;
  const int64_t states = args.forward.valueHeads * args.forward.keyDim * args.forward.valueDim;
  MatrixScanGradArgs one = args;
  one.forward = argsOfSequence(args.forward, index);
  one.dO = sequenceOf(args.dO, sequence, 1);
  one.dQ = sequenceOf(args.dQ, sequence, 1);
  one.dK = sequenceOf(args.dK, sequence, n);
  one.dV = sequenceOf(args.dV, sequence, n);
  one.dBeta = sequenceOf(args.dBeta, sequence, n);
  one.dG = sequenceOf(args.dG, sequence, 1);
  one.dA = sequenceOf(args.dA, sequence, 1);
  one.dB = sequenceOf(args.dB, sequence, 1);
  if (args.dFinalState) one.dFinalState += index * states;
  if (args.dInitialState) one.dInitialState += index * states;
  return one;
}

/// A task for every head of every sequence.
void backwardByHeads(const Launch& launch, const MatrixScanGradArgs& args) {
  const MatrixScanArgs& forward = args.forward;
  const ScanSizes shape = scanSizes(forward);
  const int64_t segmentFloats = roundUp(segmentSize(forward, shape), 16);
  const int64_t sumsFloats = roundUp(columnSumsSize(shape), 16);
  const int64_t threadFloats = segmentFloats + sumsFloats + roundUp(finishSize(shape), 16);
  float* memory = scratch<float>(launch, launch.threads * threadFloats);
  parallelFor(launch, forward.sequences.count * forward.valueHeads, [&](int64_t task, int thread) {
    const int64_t head = task % forward.valueHeads, index = task / forward.valueHeads;
    const MatrixScanGradArgs one = gradArgsOfSequence(args, index);
    const SavedSequence saved = savedOfSequence(forward, index);
    const ScanSizes sizes = scanSizes(one.forward);
    Carver carver{memory + thread * threadFloats};
    SegmentWork w;
    ColumnSums sums;
    FinishWork finish;
    placeSegment(one.forward, sizes, carver.take(segmentFloats), w);
    placeSums(sizes, carver.take(sumsFloats), sums);
    placeFinish(sizes, carver.memory, finish);
    startState(one, sizes, head, 0, sizes.paddedValue, w);
    const auto open = [&](int64_t chunk) {
      if (chunk >= 0)
        openChunk(one.forward, sizes, saved, head, chunk / segmentChunks, chunk % segmentChunks, w);
    };
    // A chunk is opened in the place of the one eight behind it, once that is done: by then its rows, which
    // lie so that many fall into few sets of a cache, have just been brought near.
    for (int64_t i = 1; i <= segmentChunks; ++i) open(sizes.chunks - i);
    int64_t chunks = sizes.chunks - (sizes.segments - 1) * segmentChunks;
    for (int64_t segment = sizes.segments; segment-- > 0; chunks = segmentChunks) {
      rebuildStates(one.forward, sizes, head, chunks, 0, sizes.paddedValue, w);
      for (int64_t i = chunks; i-- > 0;) {
        const int64_t chunk = segment * segmentChunks + i;
        ComingRows coming = rowsBefore(one, sizes, head, chunk, sizes.paddedValue);
        addEarlier(one.forward, sizes, saved, head, chunk, coming);
        retreatChunk(one, sizes, head, 0, sizes.paddedValue, w, i, coming, sums);
        finishChunk(one, sizes, head, w.operands[i], sums, finish);
        open(chunk - segmentChunks);
      }
    }
    endState(one, sizes, head, 0, sizes.paddedValue, w);
  });
}

/// Segments in three stages, over heads and chunks, over heads and blocks of `columns`, and over chunks
/// again.
void backwardBySegments(const Launch& launch, const MatrixScanGradArgs& args, int64_t columns) {
  const MatrixScanArgs& forward = args.forward;
  const ScanSizes shape = scanSizes(forward);
  const int64_t blocks = ceilDivide(shape.paddedValue, columns), group = forward.valueHeads / forward.heads;
  const int64_t segmentFloats = roundUp(segmentSize(forward, shape), 16);
  const int64_t sumsFloats = roundUp(columnSumsSize(shape), 16);
  const int64_t headFloats = segmentFloats + segmentChunks * blocks * sumsFloats;
  const int64_t finishFloats = roundUp(finishSize(shape), 16);
  float* memory = scratch<float>(launch, forward.valueHeads * headFloats + launch.threads * finishFloats);
  float* finishMemory = memory + forward.valueHeads * headFloats;
  SegmentWork* works = scratch<SegmentWork>(launch, forward.valueHeads);

  for (int64_t index = 0; index < forward.sequences.count; ++index) {
    const MatrixScanGradArgs one = gradArgsOfSequence(args, index);
    const SavedSequence saved = savedOfSequence(forward, index);
    const ScanSizes sizes = scanSizes(one.forward);
    const auto sumsAt = [&](int64_t head, int64_t i, int64_t block) {
      ColumnSums sums;
      placeSums(sizes, memory + head * headFloats + segmentFloats + (i * blocks + block) * sumsFloats, sums);
      return sums;
    };
    const auto forEachBlock = [&](const auto& run) {
      parallelFor(launch, forward.valueHeads * blocks, [&](int64_t task, int) {
        const int64_t first = task % blocks * columns;
        run(task / blocks, task % blocks, first, smaller(first + columns, sizes.paddedValue));
      });
    };
    parallelFor(launch, forward.valueHeads, [&](int64_t head, int) {
      placeSegment(one.forward, sizes, memory + head * headFloats, works[head]);
    });
    forEachBlock([&](int64_t head, int64_t, int64_t first, int64_t last) {
      startState(one, sizes, head, first, last, works[head]);
    });
    for (int64_t segment = sizes.segments; segment-- > 0;) {
      const int64_t chunks = smaller(sizes.chunks - segment * segmentChunks, segmentChunks);
      parallelFor(launch, forward.valueHeads * chunks, [&](int64_t task, int) {
        const int64_t head = task / chunks;
        openChunk(one.forward, sizes, saved, head, segment, task % chunks, works[head]);
      });
      forEachBlock([&](int64_t head, int64_t block, int64_t first, int64_t last) {
        rebuildStates(one.forward, sizes, head, chunks, first, last, works[head]);
        for (int64_t i = chunks; i-- > 0;) {
          ComingRows coming = rowsBefore(one, sizes, head, segment * segmentChunks + i, last - first);
          retreatChunk(one, sizes, head, first, last, works[head], i, coming, sumsAt(head, i, block));
        }
      });
      parallelFor(launch, forward.heads * chunks, [&](int64_t task, int thread) {
        const int64_t i = task % chunks;
        FinishWork finish;
        placeFinish(sizes, finishMemory + thread * finishFloats, finish);
        for (int64_t member = 0; member < group; ++member) {
          const int64_t head = task / chunks * group + member;
          const ColumnSums sums = sumsAt(head, i, 0);
          for (int64_t block = 1; block < blocks; ++block) {
            const float* more = sumsAt(head, i, block).readSum;
            for (int64_t j = 0; j < sumsFloats; j += lanes)
              store(sums.readSum + j, load(sums.readSum + j) + load(more + j));
          }
          finishChunk(one, sizes, head, works[head].operands[i], sums, finish);
        }
      });
    }
    forEachBlock([&](int64_t head, int64_t, int64_t first, int64_t last) {
      endState(one, sizes, head, first, last, works[head]);
    });
  }
}

/// dSkip = sum over tokens of dO . v; its own small pass, so that its order is that of the tokens.
void skipGradient(const Launch& launch, const MatrixScanGradArgs& args) {
  const MatrixScanArgs& forward = args.forward;
  parallelFor(launch, forward.valueHeads, [&](int64_t head, int) {
    float total = 0.0f;
    for (int64_t index = 0; index < forward.sequences.count; ++index) {
      const MatrixScanGradArgs one = gradArgsOfSequence(args, index);
      Vec sum{};
      for (int64_t token = 0; token < one.forward.sequences.tokens; ++token)
        for (int64_t v = 0; v < forward.valueDim; v += lanes)
          sum += loadUpTo(at(one.dO, token, head) + v, forward.valueDim - v) *
                 loadUpTo(at(one.forward.v, token, head) + v, forward.valueDim - v);
      total += sumLanes(sum);
    }
    args.dSkip[head] += total;
  });
}

}  // namespace

void matrixScanBackward(const Launch& launch, const MatrixScanGradArgs& args) {
  const MatrixScanArgs& forward = args.forward;
  if (forward.sequences.count * forward.valueHeads >= enoughTasks && forward.valueHeads == forward.heads)
    backwardByHeads(launch, args);
  else
    backwardBySegments(launch, args, columnsOfTask(forward.valueHeads, roundUp(forward.valueDim, lanes)));
  if (args.dSkip && args.dO.data) skipGradient(launch, args);
}

}  // namespace parascan::PARASCAN_ISA
