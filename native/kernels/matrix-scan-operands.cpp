// Operands of a chunk from strided inputs: rows, decays per head or per channel, and scores; glossary and
// equations in matrix-scan-chunk.h.
#include "kernels/matrix-scan-panels.h"
#include "kernels/vector-math.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// A product of decays below this, or above its inverse, is no safe factor in float32.
constexpr float factorLimit = 4e-18f;
constexpr int64_t middle = chunkRows / 2;

/// to = factor from, zeros behind `count`.
void copyRow(const float* from, int64_t count, int64_t padded, float factor, float* to) {
  for (int64_t i = 0; i < padded; i += lanes) store(to + i, factor * loadUpTo(from + i, count - i));
}

/// Copies a row of q or k, divided by its norm where the scan normalises; returns what it was divided by.
float copyKey(const MatrixScanArgs& args, const ScanSizes& sizes, const float* from, float factor,
              float* to) {
  float inverse = 1.0f;
  if (args.normalizeKeys) {
    Vec squares{};
    for (int64_t i = 0; i < sizes.key; i += lanes) {
      const Vec x = loadUpTo(from + i, sizes.key - i);
      squares += x * x;
    }
    inverse = 1.0f / __builtin_sqrtf(sumLanes(squares) + normEpsilon);
  }
  copyRow(from, sizes.key, sizes.paddedKey, factor * inverse, to);
  return inverse;
}

/// Which rows the chunk has, and where its reads stand.
void placeRows(const MatrixScanArgs& args, const ScanSizes& sizes, int64_t chunk, ChunkOperands& c) {
  c.firstStep = chunk * chunkRows;
  c.rows = smaller(sizes.steps - c.firstStep, chunkRows);
  c.firstToken = c.firstStep / sizes.householders;
  c.queries = 0;
  // Rows of padding see everything, and are zero.
  for (int64_t i = 0; i < mostRows; ++i) c.readAt[i] = c.sees[i] = chunkRows;
  const bool beforeDecay = args.transition == Transition::dplr;
  for (int64_t r = 0; r < sizes.solvedRows; ++r) {
    c.readAt[r] = beforeDecay ? r : r + 1;
    c.sees[r] = r;
  }
  int64_t token = c.firstToken, place = c.firstStep % sizes.householders;  // of a row in its token
  for (int64_t r = 0; r < chunkRows; ++r) {
    const bool exists = r < c.rows;
    c.decayOf[r] = exists && place == 0 ? token : -1;
    const bool read = ++place == sizes.householders;
    c.queryOf[r] = exists && read ? c.queries : -1;
    if (!read) continue;
    place = 0;
    ++token;
    if (!exists) continue;
    const int64_t i = sizes.solvedRows + c.queries++;
    c.readAt[i] = c.sees[i] = r + 1;
  }
}

void loadRows(const MatrixScanArgs& args, const ScanSizes& sizes, int64_t head, ChunkOperands& c) {
  const int64_t keyHead = head / (args.valueHeads / args.heads), width = sizes.paddedKey;
  const bool dplr = args.transition == Transition::dplr;
  float* keys = c.writes + (dplr ? chunkRows * width : 0);
  for (int64_t r = 0; r < c.rows; ++r) {
    const int64_t step = c.firstStep + r;
    c.keyInverse[r] = copyKey(args, sizes, at(args.k, step, keyHead), 1.0f, keys + r * width);
    if (dplr) {
      copyRow(at(args.a, step, keyHead), sizes.key, width, -1.0f, c.reads + r * width);
      copyRow(at(args.b, step, keyHead), sizes.key, width, 1.0f, c.writes + r * width);
    }
    float beta = args.beta.data ? *at(args.beta, step, head) : 1.0f;
    if (args.betaSigmoid != 0.0f) beta = args.betaSigmoid * sigmoid(splat(beta))[0];
    c.beta[r] = beta;
  }
  for (int64_t r = c.rows; r < chunkRows; ++r) c.beta[r] = 0.0f;
  const int64_t padding = (chunkRows - c.rows) * width;
  if (padding > 0) {
    clear(keys + c.rows * width, padding);
    if (dplr) clear(c.reads + c.rows * width, padding), clear(c.writes + c.rows * width, padding);
  }
  float* queries = c.reads + sizes.solvedRows * width;
  for (int64_t i = 0; i < c.queries; ++i)
    c.queryInverse[i] =
        copyKey(args, sizes, at(args.q, c.firstToken + i, keyHead), args.scale, queries + i * width);
  const int64_t padded = sizes.readRows - sizes.solvedRows - c.queries;
  if (padded > 0) clear(queries + c.queries * width, padded * width);
}

/// rowDecay, and the decays from the start, to the end, and of the state.
void headDecays(const MatrixScanArgs& args, const ScanSizes& sizes, int64_t head, ChunkOperands& c) {
  for (int64_t r = 0; r < chunkRows; ++r) {
    const int64_t token = c.decayOf[r];
    c.decay[r] = token < 0 ? (args.logDecay ? 0.0f : 1.0f) : *at(args.g, token, head);
  }
  if (args.logDecay)
    for (int64_t r = 0; r < chunkRows; r += lanes) store(c.decay + r, exponential(load(c.decay + r)));
  for (int64_t s = 0; s < chunkRows; s += lanes) {
    Vec row{};
    store(c.rowDecay + s, row);
    for (int64_t p = 1; p <= chunkRows; ++p) {
      row = row * c.decay[p - 1];
      if (p - 1 >= s && p - 1 < s + lanes) row[p - 1 - s] = 1.0f;
      store(c.rowDecay + p * chunkRows + s, row);
    }
  }
  float prefix[chunkRows + 1];
  prefix[0] = 1.0f;
  for (int64_t p = 1; p <= chunkRows; ++p) prefix[p] = prefix[p - 1] * c.decay[p - 1];
  for (int64_t i = 0; i < sizes.readRows; ++i) c.startScale[i] = prefix[c.readAt[i]];
  for (int64_t w = 0; w < sizes.writeRows; ++w)
    c.endScale[w] = c.rowDecay[chunkRows * chunkRows + w % chunkRows];
  for (int64_t d = 0; d < sizes.paddedKey; d += lanes) store(c.stateDecay + d, splat(prefix[chunkRows]));
}

/// The decays of every channel, their products, and whether those can be factored.
void channelDecays(const MatrixScanArgs& args, const ScanSizes& sizes, int64_t head, ChunkOperands& c) {
  const int64_t width = sizes.paddedKey;
  const Vec one = splat(1.0f);
  for (int64_t r = 0; r < chunkRows; ++r) {
    const int64_t token = c.decayOf[r];
    const float* from = token < 0 ? nullptr : at(args.g, token, head);
    for (int64_t d = 0; d < width; d += lanes) {
      Vec decay = one;
      if (from) {
        decay = loadUpTo(from + d, sizes.key - d);
        if (args.logDecay) decay = exponential(decay);
        if (sizes.key - d < lanes)
          for (int64_t i = sizes.key - d; i < lanes; ++i) decay[i] = 1.0f;
      }
      store(c.decays + r * width + d, decay);
    }
  }
  IntVec strong{};
  for (int64_t d = 0; d < width; d += lanes) {
    Vec product = one, smallest = one, largest = one;
    store(c.prefix + d, product);
    for (int64_t p = 1; p <= chunkRows; ++p) {
      product = product * load(c.decays + (p - 1) * width + d);
      store(c.prefix + p * width + d, product);
    }
    const auto watch = [&](Vec x) {
      const Vec magnitude = absolute(x);
      smallest = magnitude < smallest ? magnitude : smallest;
      largest = magnitude > largest ? magnitude : largest;
    };
    // decay(middle, s) for s before the middle, and decay(p, middle) for p behind it.
    product = one;
    store(c.ahead + middle * width + d, product);
    store(c.behind + (middle - 1) * width + d, product);
    for (int64_t s = middle - 2; s >= 0; --s) {
      product = product * load(c.decays + (s + 1) * width + d);
      store(c.behind + s * width + d, product);
    }
    watch(product = product * load(c.decays + d));
    store(c.ahead + d, one / product);
    product = one;
    for (int64_t p = middle + 1; p <= chunkRows; ++p) {
      product = product * load(c.decays + (p - 1) * width + d);
      store(c.ahead + p * width + d, product);
    }
    watch(product);
    strong |= (smallest < splat(factorLimit)) | (largest > splat(1.0f / factorLimit));
    product = one;
    for (int64_t s = chunkRows - 1; s >= 0; --s) {
      store(c.suffix + s * width + d, product);
      product = product * load(c.decays + s * width + d);
    }
  }
  c.pairwise = false;
  for (int i = 0; i < lanes; ++i) c.pairwise |= strong[i] != 0;
  // The other halves are the inverses.
  for (int64_t i = 0; i < chunkRows * width; i += lanes) {
    const int64_t next = i + width;
    if (c.pairwise) {
      store(c.ahead + next, one);
      store(c.behind + i, one);
    } else if (i < (middle - 1) * width) {
      store(c.ahead + next, one / load(c.behind + i));
    } else {
      store(c.behind + i, one / load(c.ahead + next));
    }
  }
  if (c.pairwise)
    for (int64_t d = 0; d < width; d += lanes) store(c.ahead + d, one);
}

/// Spreads the products over reads and writes.
void applyChannelDecays(const ScanSizes& sizes, ChunkOperands& c) {
  const int64_t width = sizes.paddedKey;
  for (int64_t i = 0; i < sizes.readRows; ++i)
    for (int64_t d = 0; d < width; d += lanes) {
      const int64_t place = i * width + d, factor = c.readAt[i] * width + d;
      const Vec read = load(c.reads + place);
      store(c.readStart + place, read * load(c.prefix + factor));
      store(c.readAhead + place, read * load(c.ahead + factor));
    }
  for (int64_t first = 0; first < sizes.writeRows; first += chunkRows)
    for (int64_t factor = 0; factor < chunkRows * width; factor += lanes) {
      const int64_t place = first * width + factor;
      const Vec write = load(c.writes + place);
      store(c.writeBack + place, write * load(c.behind + factor));
      store(c.writeEnd + place, write * load(c.suffix + factor));
    }
  for (int64_t i = 0; i < mostRows; ++i) c.startScale[i] = c.endScale[i] = 1.0f;
}

/// Scores with the decay of every pair of rows on its own: exact for any decays.
void pairwiseScores(const ScanSizes& sizes, ChunkOperands& c) {
  const int64_t width = sizes.paddedKey;
  clear(c.scores, sizes.readRows * sizes.writeRows);
  for (int64_t w = 0; w < sizes.writeRows; ++w) {
    Vec sum[mostRows] = {};
    for (int64_t d = 0; d < width; d += lanes)
      forEachReader(sizes, c, w, d, [&](int64_t i, Vec decay, Vec write) {
        sum[i] += decay * write * load(c.reads + i * width + d);
      });
    for (int64_t i = 0; i < sizes.readRows; ++i) c.scores[i * sizes.writeRows + w] = sumLanes(sum[i]);
  }
}

/// scores = raw, times rowDecay where there is one, zero where a read does not see a write. In place if the
/// same.
void maskScores(const ScanSizes& sizes, const ChunkOperands& c, const float* raw, const float* rowDecay) {
  for (int64_t i = 0; i < sizes.readRows; ++i) {
    const IntVec sees = IntVec{} + static_cast<int32_t>(c.sees[i]);
    for (int64_t w = 0; w < sizes.writeRows; w += lanes) {
      const int64_t s = w % chunkRows;
      IntVec column{};
      for (int j = 0; j < lanes; ++j) column[j] = static_cast<int32_t>(s) + j;
      Vec score = load(raw + i * sizes.writeRows + w);
      if (rowDecay) score = score * load(rowDecay + c.readAt[i] * chunkRows + s);
      store(c.scores + i * sizes.writeRows + w, column < sees ? score : Vec{});
    }
  }
}

}  // namespace

MatrixScanArgs argsOfSequence(const MatrixScanArgs& args, int64_t index) {
  const Sequence sequence = sequenceAt(args.sequences, index);
  const int64_t n = args.householders, states = args.valueHeads * args.keyDim * args.valueDim;
  MatrixScanArgs one = args;
  one.sequences = {1, sequence.tokens, nullptr};
  one.q = sequenceOf(args.q, sequence, 1);
  one.k = sequenceOf(args.k, sequence, n);
  one.v = sequenceOf(args.v, sequence, n);
  one.beta = sequenceOf(args.beta, sequence, n);
  one.g = sequenceOf(args.g, sequence, 1);
  one.a = sequenceOf(args.a, sequence, 1);
  one.b = sequenceOf(args.b, sequence, 1);
  one.o = sequenceOf(args.o, sequence, 1);
  if (args.initialState) one.initialState += index * states;
  if (args.finalState) one.finalState += index * states;
  return one;
}

ScanSizes scanSizes(const MatrixScanArgs& args) {
  ScanSizes sizes;
  sizes.key = args.keyDim;
  sizes.value = args.valueDim;
  sizes.paddedKey = roundUp(args.keyDim, lanes);
  sizes.paddedValue = roundUp(args.valueDim, lanes);
  sizes.householders = args.householders;
  sizes.steps = args.sequences.tokens * args.householders;
  sizes.chunks = ceilDivide(sizes.steps, chunkRows);
  sizes.segments = ceilDivide(sizes.chunks, segmentChunks);
  sizes.solvedRows = args.transition == Transition::additive ? 0 : chunkRows;
  sizes.givenRows = args.transition == Transition::delta ? 0 : chunkRows;
  sizes.readRows = sizes.solvedRows + roundUp(ceilDivide(chunkRows, args.householders), rowTile);
  sizes.writeRows = sizes.solvedRows + sizes.givenRows;
  sizes.stateSize = sizes.paddedKey * sizes.paddedValue;
  return sizes;
}

int64_t operandsSize(const MatrixScanArgs& args, const ScanSizes& sizes) {
  const bool channel = args.gate == DecayGate::channel, delta = args.transition == Transition::delta;
  const int64_t reads = sizes.readRows, writes = sizes.writeRows;
  const int64_t rows = (channel ? 3 : 1) * reads + (channel ? 3 : 1) * writes - (delta ? writes : 0) +
                       (channel ? 2 * (chunkRows + 1) + 3 * chunkRows : 0) + writes + 1;
  return rows * sizes.paddedKey + 2 * reads * writes + (chunkRows + 1) * chunkRows + 2 * mostRows;
}

void placeOperands(const MatrixScanArgs& args, const ScanSizes& sizes, float* memory, ChunkOperands& c) {
  Carver carver{memory};
  const int64_t width = sizes.paddedKey;
  const int64_t reads = sizes.readRows * width, writes = sizes.writeRows * width;
  c = {};
  c.reads = c.readStart = c.readAhead = carver.take(reads);
  c.writes = args.transition == Transition::delta ? c.reads : carver.take(writes);
  c.writeBack = c.writeEnd = c.writes;
  c.columns = carver.take(writes);
  c.scores = carver.take(sizes.readRows * sizes.writeRows);
  c.rawScores = carver.take(sizes.readRows * sizes.writeRows);
  c.rowDecay = carver.take((chunkRows + 1) * chunkRows);
  c.startScale = carver.take(mostRows);
  c.endScale = carver.take(mostRows);
  c.stateDecay = carver.take(width);
  if (args.gate == DecayGate::channel) {
    c.readStart = carver.take(reads);
    c.readAhead = carver.take(reads);
    c.writeBack = carver.take(writes);
    c.writeEnd = carver.take(writes);
    c.prefix = carver.take((chunkRows + 1) * width);
    c.ahead = carver.take((chunkRows + 1) * width);
    c.decays = carver.take(chunkRows * width);
    c.behind = carver.take(chunkRows * width);
    c.suffix = carver.take(chunkRows * width);
    c.stateDecay = c.prefix + chunkRows * width;
  } else {
    for (int64_t i = 0; i < mostRows; ++i) c.startScale[i] = c.endScale[i] = 1.0f;
    for (int64_t d = 0; d < width; ++d) c.stateDecay[d] = 1.0f;
  }
}

void prepareChunk(const MatrixScanArgs& args, const ScanSizes& sizes, int64_t head, int64_t chunk,
                  ChunkOperands& c) {
  const int64_t width = sizes.paddedKey;
  placeRows(args, sizes, chunk, c);
  loadRows(args, sizes, head, c);
  if (args.gate == DecayGate::channel) {
    channelDecays(args, sizes, head, c);
    applyChannelDecays(sizes, c);
  } else if (args.gate == DecayGate::head) {
    headDecays(args, sizes, head, c);
  }
  if (args.gate == DecayGate::channel && c.pairwise) {
    pairwiseScores(sizes, c);
    return;
  }
  const bool perHead = args.gate == DecayGate::head;
  float* raw = perHead ? c.rawScores : c.scores;
  transpose(c.writeBack, width, sizes.writeRows, width, c.columns, sizes.writeRows);
  multiply<false>(c.readAhead, width, sizes.readRows, c.columns, sizes.writeRows, sizes.writeRows, raw,
                  sizes.writeRows, width);
  maskScores(sizes, c, raw, perHead ? c.rowDecay : nullptr);
}

}  // namespace parascan::PARASCAN_ISA
