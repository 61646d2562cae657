// Operands of a chunk of delta steps from strided inputs, with scalar gates or gates per channel, and the
// advance of the state through it; glossary and equations in matrix-scan-chunk.h.
#include "kernels/matrix-scan-chunk.h"

#include "kernels/matrix-scan-products.h"
#include "kernels/vector-math.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// Half a chunk's log decays may sum to this before e^(+-sum) is no safe factor in float32.
constexpr float factorLimit = 40.0f;

IntVec laneIndex(int64_t first) {
  IntVec index{};
  for (int i = 0; i < lanes; ++i) index[i] = static_cast<int32_t>(first) + i;
  return index;
}

void copyRow(const float* from, int64_t count, int64_t padded, float factor, float* to) {
  for (int64_t i = 0; i < padded; i += lanes) store(to + i, factor * loadUpTo(from + i, count - i));
}

void clearRow(float* to, int64_t padded) {
  for (int64_t i = 0; i < padded; i += lanes) store(to + i, Vec{});
}

void prefetchRow(const float* row, int64_t count) {
  for (int64_t i = 0; i < count; i += 16) __builtin_prefetch(row + i);
  __builtin_prefetch(row + count - 1);
}

/// Brings the next chunk near while this one is computed, a few rows between products: rows lie a token
/// apart, where no hardware prefetcher follows, and all at once they would queue for the few buffers of
/// outstanding misses.
struct NextChunk {
  const MatrixScanArgs& args;
  const ScanSizes& sizes;
  int64_t batch, head, step, end, pace;

  void prefetchSome() {
    const int64_t keyHead = head / (args.valueHeads / args.heads);
    const int64_t stop = step + pace < end ? step + pace : end;
    for (; step < stop; ++step) {
      prefetchRow(at(args.k, batch, step, keyHead), sizes.key);
      prefetchRow(at(args.v, batch, step, head), sizes.value);
      if (step % sizes.householders != 0) continue;
      const int64_t token = step / sizes.householders;
      prefetchRow(at(args.q, batch, token, keyHead), sizes.key);
      if (args.o.data) prefetchRow(at(args.o, batch, token, head), sizes.value);
    }
  }
};

/// Log decay that acts before a row: the token's gate at its first step.
float scalarGate(const MatrixScanArgs& args, int64_t batch, int64_t head, int64_t step) {
  if (args.gate != DecayGate::head || step % args.householders != 0) return 0.0f;
  return *at(args.g, batch, step / args.householders, head);
}

/// scores *= e^(G_r - G_s) below the diagonal, and the decays of reads, of the end and of the state.
void applyScalarGate(const MatrixScanArgs& args, const ScanSizes& sizes, int64_t batch, int64_t head,
                     ChunkOperands& c) {
  float gate[chunkRows] = {}, read[chunkRows], end[chunkRows];
  for (int64_t r = 0; r < c.rows; ++r) gate[r] = scalarGate(args, batch, head, c.firstStep + r);
  float sum = 0.0f;
  for (int64_t r = 0; r < chunkRows; ++r) read[r] = sum += gate[r];
  const float total = sum;
  sum = 0.0f;
  for (int64_t r = chunkRows; r-- > 0; sum += gate[r]) end[r] = sum;
  for (int64_t s = 0; s < chunkRows; s += lanes) {
    store(c.readScale + s, exponential(load(read + s)));
    store(c.endScale + s, exponential(load(end + s)));
    const IntVec column = laneIndex(s);
    Vec log{};
    for (int64_t r = 0; r < chunkRows; ++r) {
      const IntVec row = IntVec{} + static_cast<int32_t>(r);
      log = column < row ? log + gate[r] : Vec{};
      const Vec decay = column > row ? Vec{} : exponential(log);
      store(c.rowDecay + r * chunkRows + s, decay);
      float* score = c.scores + r * chunkRows + s;
      store(score, column < row ? load(score) * decay : Vec{});
    }
    for (int64_t i = 0; i < sizes.queryRows; ++i) {
      float* score = c.scores + (chunkRows + i) * chunkRows + s;
      const IntVec row = IntVec{} + static_cast<int32_t>(c.queryRow[i]);
      const Vec decay = load(c.rowDecay + c.queryRow[i] * chunkRows + s);
      store(score, column > row ? Vec{} : load(score) * decay);
    }
  }
  for (int64_t i = 0; i < sizes.queryRows; ++i) c.readScale[chunkRows + i] = c.readScale[c.queryRow[i]];
  const Vec decay = exponential(splat(total));
  for (int64_t d = 0; d < sizes.paddedKey; d += lanes) store(c.stateDecay + d, decay);
}

/// Factors e^(G_r), e^(G_r - G_middle), its inverse and e^(G_end - G_r) of every channel.
void channelFactors(const MatrixScanArgs& args, const ScanSizes& sizes, int64_t batch, int64_t head,
                    ChunkOperands& c) {
  constexpr int64_t middle = chunkRows / 2 - 1;
  const int64_t width = sizes.paddedKey;
  for (int64_t r = 0; r < chunkRows; ++r) {
    const int64_t step = c.firstStep + r;
    if (r < c.rows && step % args.householders == 0)
      copyRow(at(args.g, batch, step / args.householders, head), sizes.key, width, 1.0f, c.gates + r * width);
    else
      clearRow(c.gates + r * width, width);
  }
  IntVec strong{};
  for (int64_t d = 0; d < width; d += lanes) {
    Vec before{}, after{};
    for (int64_t r = 0; r <= middle; ++r) before += absolute(load(c.gates + r * width + d));
    for (int64_t r = middle + 1; r < chunkRows; ++r) after += absolute(load(c.gates + r * width + d));
    strong |= (before > splat(factorLimit)) | (after > splat(factorLimit));
  }
  c.pairwise = false;
  for (int i = 0; i < lanes; ++i) c.pairwise |= strong[i] != 0;

  for (int64_t d = 0; d < width; d += lanes) {
    const auto gate = [&](int64_t r) { return load(c.gates + r * width + d); };
    const Vec one = splat(1.0f);
    if (c.pairwise) {
      Vec sum{};
      for (int64_t r = 0; r < chunkRows; ++r) {
        sum += gate(r);
        store(c.readFactor + r * width + d, exponential(sum));
        store(c.ahead + r * width + d, one);
        store(c.behind + r * width + d, one);
      }
      store(c.stateDecay + d, exponential(sum));
      sum = Vec{};
      for (int64_t r = chunkRows; r-- > 0; sum += gate(r))
        store(c.endFactor + r * width + d, exponential(sum));
      continue;
    }
    Vec before{}, after{};
    for (int64_t r = middle; r >= 0; before += gate(r), --r)
      store(c.ahead + r * width + d, exponential(-before));
    for (int64_t r = middle + 1; r < chunkRows; ++r) {
      after += gate(r);
      store(c.ahead + r * width + d, exponential(after));
    }
    const Vec toMiddle = exponential(before), fromMiddle = exponential(after);
    store(c.stateDecay + d, toMiddle * fromMiddle);
    for (int64_t i = d; i < chunkRows * width; i += width) {
      const Vec ahead = load(c.ahead + i), behind = one / ahead;
      store(c.behind + i, behind);
      store(c.readFactor + i, ahead * toMiddle);
      store(c.endFactor + i, behind * fromMiddle);
    }
  }
}

/// Spreads the factors over keys and queries; the stack holds them bare on entry.
void applyChannelFactors(const ScanSizes& sizes, ChunkOperands& c) {
  const int64_t width = sizes.paddedKey;
  for (int64_t r = 0; r < chunkRows; ++r)
    for (int64_t d = r * width; d < (r + 1) * width; d += lanes) {
      const Vec key = load(c.stack + d);
      store(c.read + d, key * load(c.readFactor + d));
      store(c.keyBack + d, key * load(c.behind + d));
      store(c.keyEnd + d, key * load(c.endFactor + d));
      store(c.stack + d, key * load(c.ahead + d));
    }
  for (int64_t i = 0; i < sizes.queryRows; ++i)
    for (int64_t d = 0; d < width; d += lanes) {
      const int64_t position = (chunkRows + i) * width + d, factor = c.queryRow[i] * width + d;
      const Vec query = load(c.stack + position);
      store(c.read + position, query * load(c.readFactor + factor));
      store(c.stack + position, query * load(c.ahead + factor));
    }
  for (int64_t r = 0; r < stackRows; ++r) c.readScale[r] = 1.0f;
  for (int64_t r = 0; r < chunkRows; ++r) c.endScale[r] = 1.0f;
}

void maskScores(const ScanSizes& sizes, ChunkOperands& c) {
  for (int64_t s = 0; s < chunkRows; ++s) {
    for (int64_t r = 0; r <= s; ++r) c.scores[r * chunkRows + s] = 0.0f;
    for (int64_t i = 0; i < sizes.queryRows; ++i)
      if (s > c.queryRow[i]) c.scores[(chunkRows + i) * chunkRows + s] = 0.0f;
  }
}

/// Scores with the decay of every pair of rows on its own: exact for any gate, at 120 exponentials a channel.
void pairwiseScores(const ScanSizes& sizes, ChunkOperands& c) {
  const int64_t width = sizes.paddedKey;
  __builtin_memset(c.scores, 0, stackRows * chunkRows * sizeof(float));
  for (int64_t s = 0; s < chunkRows; ++s) {
    Vec keySum[chunkRows] = {}, querySum[chunkRows] = {};
    for (int64_t d = 0; d < width; d += lanes) {
      const Vec key = load(c.keyBack + s * width + d);
      Vec log{};
      for (int64_t r = s; r < chunkRows; ++r) {
        if (r > s) log += load(c.gates + r * width + d);
        const Vec decayed = key * exponential(log);
        if (r > s) keySum[r] += decayed * load(c.stack + r * width + d);
        if (c.queryOf[r] >= 0)
          querySum[r] += decayed * load(c.stack + (chunkRows + c.queryOf[r]) * width + d);
      }
    }
    for (int64_t r = s; r < chunkRows; ++r) {
      if (r > s) c.scores[r * chunkRows + s] = sumLanes(keySum[r]);
      if (c.queryOf[r] >= 0) c.scores[(chunkRows + c.queryOf[r]) * chunkRows + s] = sumLanes(querySum[r]);
    }
  }
}

/// One panel of `vectors` vectors; `value` and `o` start at its first column, of which `left` exist.
template <int vectors>
void advancePanel(const ScanSizes& sizes, const ChunkOperands& c, NextChunk& coming, const float* value,
                  int64_t valueStride, float* o, int64_t outputStride, int64_t left, const float* state,
                  float* next, float* errors) {
  constexpr int64_t width = vectors * lanes;
  alignas(64) float product[stackRows * width], corrected[chunkRows * width];
  const int64_t key = sizes.paddedKey;
  for (int64_t r = 0; r < chunkRows + (o ? sizes.queryRows : 0); r += rowTile) {
    coming.prefetchSome();
    productTile<vectors, false>(c.read + r * key, key, state, width, product + r * width, width, key);
  }
  for (int v = 0; v < vectors; ++v) {
    Vec error[chunkRows];
    const int64_t rest = left - v * lanes;
    if (c.rows == chunkRows && rest >= lanes) {
#pragma GCC unroll 16
      for (int r = 0; r < chunkRows; ++r) error[r] = load(value + r * valueStride + v * lanes);
    } else {
      for (int64_t r = 0; r < chunkRows; ++r)
        error[r] = r < c.rows ? loadUpTo(value + r * valueStride + v * lanes, rest) : Vec{};
    }
#pragma GCC unroll 16
    for (int r = 0; r < chunkRows; ++r) error[r] -= c.readScale[r] * load(product + r * width + v * lanes);
#pragma GCC unroll 16
    for (int s = 0; s < chunkRows; ++s) {
      const Vec write = c.beta[s] * error[s];
      store(corrected + s * width + v * lanes, write);
#pragma GCC unroll 16
      for (int r = s + 1; r < chunkRows; ++r) error[r] -= c.scores[r * chunkRows + s] * write;
    }
    if (errors)
      for (int64_t r = 0; r < chunkRows; ++r) store(errors + r * width + v * lanes, error[r]);
  }
  if (o) {
    float* out = product + chunkRows * width;
    for (int64_t i = 0; i < sizes.queryRows; ++i)
      for (int v = 0; v < vectors; ++v) {
        float* p = out + i * width + v * lanes;
        store(p, c.readScale[chunkRows + i] * load(p));
      }
    multiply<true>(c.scores + chunkRows * chunkRows, chunkRows, sizes.queryRows, corrected, width, width, out,
                   width, chunkRows);
    for (int64_t i = 0; i < c.queries; ++i)
      for (int v = 0; v < vectors; ++v)
        storeUpTo(o + i * outputStride + v * lanes, load(out + i * width + v * lanes), left - v * lanes);
  }
  if (!next) return;
  for (int64_t r = 0; r < chunkRows; ++r)
    for (int v = 0; v < vectors; ++v) {
      float* p = corrected + r * width + v * lanes;
      store(p, c.endScale[r] * load(p));
    }
  multiplyTransposed(c.keyEnd, key, key, corrected, width, width, c.stateDecay, state, next, width,
                     chunkRows);
}

}  // namespace

ScanSizes scanSizes(const MatrixScanArgs& args) {
  ScanSizes sizes;
  sizes.key = args.keyDim;
  sizes.value = args.valueDim;
  sizes.paddedKey = roundUp(args.keyDim, lanes);
  sizes.paddedValue = roundUp(args.valueDim, lanes);
  sizes.householders = args.householders;
  sizes.steps = args.sequences.tokens * args.householders;
  sizes.chunks = (sizes.steps + chunkRows - 1) / chunkRows;
  sizes.segments = (sizes.chunks + segmentChunks - 1) / segmentChunks;
  sizes.queryRows = roundUp((chunkRows + args.householders - 1) / args.householders, rowTile);
  sizes.stateSize = sizes.paddedKey * sizes.paddedValue;
  return sizes;
}

int64_t operandsSize(const MatrixScanArgs& args, const ScanSizes& sizes) {
  const int64_t rowsOfKey = args.gate == DecayGate::channel ? 2 * stackRows + 7 * chunkRows : stackRows;
  return (rowsOfKey + chunkRows + 1) * sizes.paddedKey + (stackRows + chunkRows) * chunkRows + stackRows +
         2 * chunkRows;
}

void placeOperands(const MatrixScanArgs& args, const ScanSizes& sizes, float* memory, ChunkOperands& c) {
  const auto take = [&memory](int64_t count) {
    float* start = memory;
    memory += count;
    return start;
  };
  const int64_t keys = chunkRows * sizes.paddedKey;
  c = {};
  c.stack = take(2 * keys);
  c.read = c.keyBack = c.keyEnd = c.stack;
  c.keyColumns = take(keys);
  c.scores = take(stackRows * chunkRows);
  c.rowDecay = take(chunkRows * chunkRows);
  c.readScale = take(stackRows);
  c.endScale = take(chunkRows);
  c.beta = take(chunkRows);
  c.stateDecay = take(sizes.paddedKey);
  if (args.gate != DecayGate::channel) return;
  c.read = take(2 * keys);
  c.keyBack = take(keys);
  c.keyEnd = take(keys);
  c.readFactor = take(keys);
  c.ahead = take(keys);
  c.behind = take(keys);
  c.endFactor = take(keys);
  c.gates = take(keys);
}

void prepareChunk(const MatrixScanArgs& args, const ScanSizes& sizes, int64_t batch, int64_t head,
                  int64_t chunk, ChunkOperands& c) {
  const int64_t keyHead = head / (args.valueHeads / args.heads);
  const int64_t width = sizes.paddedKey;
  c.firstStep = chunk * chunkRows;
  c.rows = sizes.steps - c.firstStep < chunkRows ? sizes.steps - c.firstStep : chunkRows;
  c.firstToken = c.firstStep / args.householders;
  c.queries = 0;
  for (int64_t r = 0; r < chunkRows; ++r) {
    const bool read = r < c.rows && (c.firstStep + r + 1) % args.householders == 0;
    c.queryOf[r] = read ? c.queries : -1;
    if (read) c.queryRow[c.queries++] = r;
  }
  // Rows of padding see everything, and are zero.
  for (int64_t i = c.queries; i < chunkRows; ++i) c.queryRow[i] = chunkRows - 1;

  for (int64_t r = 0; r < chunkRows; ++r) {
    if (r < c.rows)
      copyRow(at(args.k, batch, c.firstStep + r, keyHead), sizes.key, width, 1.0f, c.stack + r * width);
    else
      clearRow(c.stack + r * width, width);
    c.beta[r] = r < c.rows ? *at(args.beta, batch, c.firstStep + r, head) : 0.0f;
  }
  for (int64_t i = 0; i < sizes.queryRows; ++i) {
    float* row = c.stack + (chunkRows + i) * width;
    if (i < c.queries)
      copyRow(at(args.q, batch, c.firstToken + i, keyHead), sizes.key, width, args.scale, row);
    else
      clearRow(row, width);
  }

  const bool channel = args.gate == DecayGate::channel;
  if (channel) {
    channelFactors(args, sizes, batch, head, c);
    applyChannelFactors(sizes, c);
  }
  if (channel && c.pairwise) {
    pairwiseScores(sizes, c);
  } else {
    transpose(c.keyBack, width, chunkRows, width, c.keyColumns, chunkRows);
    multiply<false>(c.stack, width, chunkRows + sizes.queryRows, c.keyColumns, chunkRows, chunkRows, c.scores,
                    chunkRows, width);
  }
  if (channel)
    maskScores(sizes, c);
  else
    applyScalarGate(args, sizes, batch, head, c);
}

void advanceChunk(const MatrixScanArgs& args, const ScanSizes& sizes, const ChunkOperands& operands,
                  int64_t batch, int64_t head, int64_t first, int64_t last, const float* state, float* next,
                  float* errors, bool outputs) {
  const float* value = at(args.v, batch, operands.firstStep, head);
  float* o = outputs ? at(args.o, batch, operands.firstToken, head) : nullptr;
  const int64_t nextStep = operands.firstStep + chunkRows;
  const int64_t products = (last - first + panelWidth - 1) / panelWidth * (chunkRows / rowTile);
  NextChunk coming{args,
                   sizes,
                   batch,
                   head,
                   nextStep,
                   nextStep + chunkRows < sizes.steps ? nextStep + chunkRows : sizes.steps,
                   (chunkRows + products - 1) / products};
  for (int64_t column = first; column < last; column += panelWidth) {
    const int64_t offset = (column - first) * sizes.paddedKey;
    const auto advance = panelAt(sizes, column) == panelWidth ? advancePanel<2> : advancePanel<1>;
    advance(sizes, operands, coming, value + column, args.v.token, o ? o + column : nullptr, args.o.token,
            sizes.value - column, state + offset, next ? next + offset : nullptr,
            errors ? errors + (column - first) * chunkRows : nullptr);
  }
}

void packState(const ScanSizes& sizes, int64_t first, int64_t last, const float* from, float* panels) {
  for (int64_t column = first; column < last; column += panelWidth) {
    const int64_t width = panelAt(sizes, column);
    for (int64_t d = 0; d < sizes.paddedKey; ++d, panels += width)
      for (int64_t v = 0; v < width; v += lanes)
        store(panels + v, from && d < sizes.key
                              ? loadUpTo(from + d * sizes.value + column + v, sizes.value - column - v)
                              : Vec{});
  }
}

void unpackState(const ScanSizes& sizes, int64_t first, int64_t last, const float* panels, float* to) {
  for (int64_t column = first; column < last; column += panelWidth) {
    const int64_t width = panelAt(sizes, column);
    for (int64_t d = 0; d < sizes.key; ++d)
      for (int64_t v = 0; v < width; v += lanes)
        storeUpTo(to + d * sizes.value + column + v, load(panels + d * width + v), sizes.value - column - v);
    panels += sizes.paddedKey * width;
  }
}

void addState(const ScanSizes& sizes, const float* panels, float* to) {
  for (int64_t column = 0; column < sizes.paddedValue; column += panelWidth) {
    const int64_t width = panelAt(sizes, column);
    for (int64_t d = 0; d < sizes.key; ++d)
      for (int64_t v = 0; v < width; v += lanes) {
        float* p = to + d * sizes.value + column + v;
        const int64_t left = sizes.value - column - v;
        storeUpTo(p, loadUpTo(p, left) + load(panels + d * width + v), left);
      }
    panels += sizes.paddedKey * width;
  }
}

}  // namespace parascan::PARASCAN_ISA
