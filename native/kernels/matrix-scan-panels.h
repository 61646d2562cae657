// The state in panels, and rows that may end short of a whole vector.
#pragma once

#include "kernels/matrix-scan-chunk.h"
#include "kernels/matrix-scan-products.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// Between (K, V) contiguous and panels, for the columns [first, last); the panels start at column `first`. A
/// null `from` is all zeros.
inline void packState(const ScanSizes& sizes, int64_t first, int64_t last, const float* from, float* panels) {
  for (int64_t column = first; column < last; column += panelWidth) {
    const int64_t width = panelAt(sizes, column);
    for (int64_t d = 0; d < sizes.paddedKey; ++d, panels += width)
      for (int64_t v = 0; v < width; v += lanes)
        store(panels + v, from && d < sizes.key
                              ? loadUpTo(from + d * sizes.value + column + v, sizes.value - column - v)
                              : Vec{});
  }
}

/// Calls write(place in (K, V), vector of a panel, columns left from there) over the columns [first, last).
template <typename F>
inline void forEachPanelVector(const ScanSizes& sizes, int64_t first, int64_t last, const float* panels,
                               const F& write) {
  for (int64_t column = first; column < last; column += panelWidth) {
    const int64_t width = panelAt(sizes, column);
    for (int64_t d = 0; d < sizes.key; ++d)
      for (int64_t v = 0; v < width; v += lanes)
        write(d * sizes.value + column + v, load(panels + d * width + v), sizes.value - column - v);
    panels += sizes.paddedKey * width;
  }
}

inline void unpackState(const ScanSizes& sizes, int64_t first, int64_t last, const float* panels, float* to) {
  forEachPanelVector(sizes, first, last, panels,
                     [to](int64_t place, Vec x, int64_t left) { storeUpTo(to + place, x, left); });
}

inline void addState(const ScanSizes& sizes, int64_t first, int64_t last, const float* panels, float* to) {
  forEachPanelVector(sizes, first, last, panels, [to](int64_t place, Vec x, int64_t left) {
    storeUpTo(to + place, loadUpTo(to + place, left) + x, left);
  });
}

/// Over the reads i that see write w, in the order they stand in: read(i, decay(p_i, s), write), on one
/// vector of channels from d on.
template <typename F>
inline void forEachReader(const ScanSizes& sizes, const ChunkOperands& c, int64_t w, int64_t d,
                          const F& read) {
  const int64_t width = sizes.paddedKey, s = w % chunkRows;
  const Vec write = load(c.writes + w * width + d);
  Vec decay = splat(1.0f);
  for (int64_t p = s + 1; p <= chunkRows; ++p) {
    if (p > s + 1) decay = decay * load(c.decays + (p - 1) * width + d);
    const int64_t solved = p - c.readAt[0];
    if (solved < sizes.solvedRows && s < c.sees[solved]) read(solved, decay, write);
    if (c.queryOf[p - 1] >= 0) read(sizes.solvedRows + c.queryOf[p - 1], decay, write);
  }
}

/// The state before a segment that is not the first.
inline float* savedState(const MatrixScanArgs& args, const ScanSizes& sizes, const SavedSequence& saved,
                         int64_t head, int64_t segment) {
  return saved.states + ((segment - 1) * args.valueHeads + head) * sizes.stateSize;
}
inline float* savedErrors(const MatrixScanArgs& args, const ScanSizes& sizes, const SavedSequence& saved,
                          int64_t head, int64_t chunk) {
  return saved.errors + (chunk * args.valueHeads + head) * chunkRows * sizes.paddedValue;
}

inline void clear(float* p, int64_t count) {
  __builtin_memset(p, 0, static_cast<size_t>(count) * sizeof(float));
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
