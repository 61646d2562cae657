// The advance of the state through a chunk; glossary and equations in matrix-scan-chunk.h.
#include "kernels/matrix-scan-panels.h"
#include "kernels/matrix-scan-prefetch.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// The rows of a panel in the input or output of one chunk.
struct PanelRows {
  float* data;  // at the panel's first column of the first row, or null
  int64_t stride, rows;
  int64_t left;  // columns from there on

  Vec row(int64_t r, int v) const {
    return r < rows ? loadUpTo(data + r * stride + v * lanes, left - v * lanes) : Vec{};
  }
};

/// next = decay(end, start) state + (decay(end, s) write_s)^T written; scales `written`.
template <int vectors>
void writeState(const ScanSizes& sizes, const ChunkOperands& c, float* written, const float* state,
                float* next, ComingRows* coming) {
  constexpr int64_t width = vectors * lanes;
  const int64_t key = sizes.paddedKey, writes = sizes.writeRows;
  for (int64_t s = 0; s < writes; ++s)
    for (int v = 0; v < vectors; ++v) {
      float* p = written + s * width + v * lanes;
      store(p, c.endScale[s] * load(p));
    }
  multiplyTransposed(c.writeEnd, key, key, written, width, width, c.stateDecay, state, next, width, writes,
                     [coming] {
                       if (coming) coming->prefetchSome();
                     });
}

template <int vectors, bool solved, bool given>
void replayPanel(const ScanSizes& sizes, const ChunkOperands& c, const PanelRows& value, const float* state,
                 const float* errors, float* next) {
  constexpr int64_t width = vectors * lanes, firstGiven = solved ? chunkRows : 0;
  alignas(64) float written[(solved && given ? 2 : 1) * chunkRows * width];
  for (int64_t r = 0; r < chunkRows; ++r)
    for (int v = 0; v < vectors; ++v) {
      const int64_t place = r * width + v * lanes;
      if constexpr (solved) store(written + place, c.beta[r] * load(errors + place));
      if constexpr (given) store(written + firstGiven * width + place, c.beta[r] * value.row(r, v));
    }
  writeState<vectors>(sizes, c, written, state, next, nullptr);
}

template <int vectors, bool solved, bool given>
void advancePanel(const ScanSizes& sizes, const ChunkOperands& c, ComingRows& coming, const PanelRows& value,
                  const PanelRows& o, float skip, const float* state, float* next, float* errors) {
  constexpr int64_t width = vectors * lanes, firstQuery = solved ? chunkRows : 0;
  constexpr int64_t firstGiven = solved ? chunkRows : 0;
  alignas(64) float product[mostRows * width];
  alignas(64) float written[(solved && given ? 2 : 1) * chunkRows * width];
  const int64_t key = sizes.paddedKey, writes = sizes.writeRows;
  const bool whole = value.rows == chunkRows && value.left >= width;

  for (int64_t r = 0; r < sizes.readRows; r += rowTile) {
    coming.prefetchSome();
    productTile<vectors, false>(c.readStart + r * key, key, state, width, product + r * width, width, key);
  }
  const auto valueRow = [&](int64_t r, int v) {
    if (whole) return load(value.data + r * value.stride + v * lanes);
    return value.row(r, v);
  };
  if constexpr (given) {
    for (int64_t r = 0; r < chunkRows; ++r)
      for (int v = 0; v < vectors; ++v)
        store(written + (firstGiven + r) * width + v * lanes, c.beta[r] * valueRow(r, v));
  }
  if constexpr (solved) {
    for (int64_t r = 0; r < chunkRows; ++r)
      for (int v = 0; v < vectors; ++v) {
        float* p = product + r * width + v * lanes;
        store(p, c.startScale[r] * load(p));
      }
    if constexpr (given)
      multiply<true>(c.scores + firstGiven, writes, chunkRows, written + firstGiven * width, width, width,
                     product, width, chunkRows);
    for (int v = 0; v < vectors; ++v) {
      Vec error[chunkRows];
#pragma GCC unroll 16
      for (int r = 0; r < chunkRows; ++r)
        error[r] = (given ? Vec{} : valueRow(r, v)) - load(product + r * width + v * lanes);
#pragma GCC unroll 16
      for (int s = 0; s < chunkRows; ++s) {
        const Vec write = given ? error[s] : c.beta[s] * error[s];
        store(written + s * width + v * lanes, write);
#pragma GCC unroll 16
        for (int r = s + 1; r < chunkRows; ++r) error[r] -= c.scores[r * writes + s] * write;
      }
      if (errors)
        for (int64_t r = 0; r < chunkRows; ++r) store(errors + r * width + v * lanes, error[r]);
    }
  }
  float* out = product + firstQuery * width;
  for (int64_t i = 0; i < sizes.readRows - firstQuery; ++i)
    for (int v = 0; v < vectors; ++v) {
      float* p = out + i * width + v * lanes;
      store(p, c.startScale[firstQuery + i] * load(p));
    }
  multiply<true>(c.scores + firstQuery * writes, writes, sizes.readRows - firstQuery, written, width, width,
                 out, width, writes);
  for (int64_t i = 0; i < o.rows; ++i)
    for (int v = 0; v < vectors; ++v) {
      Vec row = load(out + i * width + v * lanes);
      if (skip != 0.0f) row += skip * valueRow(i, v);
      storeUpTo(o.data + i * o.stride + v * lanes, row, o.left - v * lanes);
    }
  writeState<vectors>(sizes, c, written, state, next, &coming);
}

PanelRows valueRows(const MatrixScanArgs& args, const ScanSizes& sizes, const ChunkOperands& c, int64_t head,
                    int64_t column) {
  return {at(args.v, c.firstStep, head) + column, args.v.token, c.rows, sizes.value - column};
}

}  // namespace

void advanceChunk(const MatrixScanArgs& args, const ScanSizes& sizes, const ChunkOperands& c, int64_t head,
                  int64_t first, int64_t last, const float* state, float* next, float* errors) {
  const float skip = args.skip ? args.skip[head] : 0.0f;
  const ChunkRange range(sizes, c.firstStep / chunkRows + 1);
  ComingRows coming(ceilDivide(last - first, panelWidth) * (sizes.readRows + sizes.paddedKey) / rowTile);
  range.addOperands(coming, args, head);
  range.addSteps(coming, args.v, head, sizes.value);
  range.addTokens(coming, args.o, head, sizes.value);
  if (next != state) coming.add(next, panelWidth, sizes.paddedKey * (last - first) / panelWidth, panelWidth);
  withTransition(args.transition, [&]<bool solved, bool given>() {
    for (int64_t column = first; column < last; column += panelWidth) {
      const int64_t offset = (column - first) * sizes.paddedKey;
      // A chunk without queries begins a token behind the last of `o`, perhaps.
      const PanelRows o{c.queries > 0 ? at(args.o, c.firstToken, head) + column : nullptr, args.o.token,
                        c.queries, sizes.value - column};
      const auto advance = panelAt(sizes, column) == panelWidth ? advancePanel<2, solved, given>
                                                                : advancePanel<1, solved, given>;
      advance(sizes, c, coming, valueRows(args, sizes, c, head, column), o, skip, state + offset,
              next + offset, errors ? errors + (column - first) * chunkRows : nullptr);
    }
  });
}

void replayChunk(const MatrixScanArgs& args, const ScanSizes& sizes, const ChunkOperands& c, int64_t head,
                 int64_t first, int64_t last, const float* state, const float* errors, float* next) {
  withTransition(args.transition, [&]<bool solved, bool given>() {
    for (int64_t column = first; column < last; column += panelWidth) {
      const int64_t offset = (column - first) * sizes.paddedKey;
      const auto replay = panelAt(sizes, column) == panelWidth ? replayPanel<2, solved, given>
                                                               : replayPanel<1, solved, given>;
      replay(sizes, c, valueRows(args, sizes, c, head, column), state + offset,
             errors ? errors + (column - first) * chunkRows : nullptr, next + offset);
    }
  });
}

}  // namespace parascan::PARASCAN_ISA
