// The last stage of a chunk's backward pass: gradients of its rows, and of the decays in all that they enter.
//
// A decay is a factor of the products decay(p, s) between a read and a write, decay(p, start) before a read,
// decay(end, s) behind a write and decay(end, start) of the state. With D_p = decay(p, s), which is
// decay_{p-1} D_{p-1}, the adjoint of one column of products runs backwards,
//
//   Z_p = dD_p + decay_p Z_{p+1},   dDecay_{p-1} += Z_p D_{p-1}
//
// which divides by nothing and so holds for decays of 0 and below. The gradient of a logarithm is that of
// the decay, times the decay.
#include "kernels/matrix-scan-gradients.h"
#include "kernels/vector-math.h"

namespace parascan::PARASCAN_ISA {
namespace {

void addRow(float* to, int64_t count, const float* from) {
  for (int64_t i = 0; i < count; i += lanes)
    storeUpTo(to + i, loadUpTo(to + i, count - i) + load(from + i), count - i);
}

/// Zero where a read does not see a write.
void maskGradients(const ScanSizes& sizes, const ChunkOperands& c, float* dScores) {
  for (int64_t i = 0; i < sizes.readRows; ++i)
    for (int64_t w = 0; w < sizes.writeRows; w += chunkRows)
      clear(dScores + i * sizes.writeRows + w + c.sees[i], chunkRows - c.sees[i]);
}

/// out_r = x_r . y_r for whole blocks of `lanes` rows, at most 32.
void rowProducts(const float* x, const float* y, int64_t rows, int64_t width, float* out) {
  alignas(64) float sums[mostRows * lanes];
  for (int64_t r = 0; r < rows; ++r) {
    Vec sum{};
    for (int64_t i = r * width; i < (r + 1) * width; i += lanes) sum += load(x + i) * load(y + i);
    store(sums + r * lanes, sum);
  }
  for (int64_t r = rows; r < roundUp(rows, lanes); ++r) store(sums + r * lanes, Vec{});
  sumRows(sums, roundUp(rows, lanes), out);
}

void headDecayGradient(const MatrixScanGradArgs& args, const ScanSizes& sizes, int64_t head,
                       const ChunkOperands& c, const float* dScores, const FinishWork& w) {
  alignas(64) float dDecayOf[(chunkRows + 1) * chunkRows] = {};  // of rowDecay
  float dPrefix[chunkRows + 1] = {}, prefix[chunkRows + 1];
  float reads[mostRows], ends[mostRows];
  rowProducts(w.dRead, c.reads, sizes.readRows, sizes.paddedKey, reads);
  rowProducts(w.dEnd, c.writes, sizes.writeRows, sizes.paddedKey, ends);
  for (int64_t i = 0; i < sizes.readRows; ++i) {
    dPrefix[c.readAt[i]] += reads[i];
    for (int64_t at = 0; at < sizes.writeRows; at += lanes) {
      float* sum = dDecayOf + c.readAt[i] * chunkRows + at % chunkRows;
      const int64_t pair = i * sizes.writeRows + at;
      store(sum, load(sum) + load(dScores + pair) * load(c.rawScores + pair));
    }
  }
  for (int64_t at = 0; at < sizes.writeRows; ++at)
    dDecayOf[chunkRows * chunkRows + at % chunkRows] += ends[at];
  for (int64_t d = 0; d < sizes.key; ++d) dPrefix[chunkRows] += w.dState[d];

  prefix[0] = 1.0f;
  for (int64_t p = 1; p <= chunkRows; ++p) prefix[p] = prefix[p - 1] * c.decay[p - 1];
  float gradient[chunkRows] = {};
  float adjoint = 0.0f;
  for (int64_t p = chunkRows; p >= 1; --p) {
    adjoint = dPrefix[p] + (p < chunkRows ? c.decay[p] : 0.0f) * adjoint;
    gradient[p - 1] = adjoint * prefix[p - 1];
  }
  for (int64_t s = 0; s < chunkRows; s += lanes) {
    Vec column{};
    for (int64_t p = chunkRows; p >= 1; --p) {
      column = load(dDecayOf + p * chunkRows + s) + (p < chunkRows ? c.decay[p] : 0.0f) * column;
      gradient[p - 1] += sumLanes(column * load(c.rowDecay + (p - 1) * chunkRows + s));
    }
  }
  for (int64_t r = 0; r < c.rows; ++r) {
    const int64_t token = c.decayOf[r];
    if (token >= 0) *at(args.dG, token, head) += (args.forward.logDecay ? c.decay[r] : 1.0f) * gradient[r];
  }
}

void channelDecayGradient(const MatrixScanGradArgs& args, const ScanSizes& sizes, int64_t head,
                          const ChunkOperands& c, const float* dScores, const FinishWork& w) {
  const int64_t width = sizes.paddedKey;
  for (int64_t d = 0; d < width; d += lanes) {
    Vec gradient[chunkRows] = {}, dProduct[chunkRows + 1] = {}, decays[chunkRows];
    for (int64_t r = 0; r < chunkRows; ++r) decays[r] = load(c.decays + r * width + d);
    for (int64_t i = 0; i < sizes.readRows; ++i)
      dProduct[c.readAt[i]] += load(w.dRead + i * width + d) * load(c.reads + i * width + d);
    dProduct[chunkRows] += load(w.dState + d);
    Vec adjoint{};
    for (int64_t p = chunkRows; p >= 1; --p) {
      adjoint = dProduct[p] + (p < chunkRows ? decays[p] * adjoint : Vec{});
      gradient[p - 1] = adjoint * load(c.prefix + (p - 1) * width + d);
    }
    for (int64_t row = 0; row < sizes.writeRows; ++row) {
      const int64_t s = row % chunkRows;
      Vec products[chunkRows + 1];  // decay(p, s)
      for (int64_t p = s + 1; p <= chunkRows; ++p) {
        products[p] = p == s + 1 ? splat(1.0f) : products[p - 1] * decays[p - 1];
        dProduct[p] = Vec{};
      }
      const Vec write = load(c.writes + row * width + d);
      forEachReader(sizes, c, row, d, [&](int64_t i, Vec, Vec) {
        dProduct[c.readAt[i]] += dScores[i * sizes.writeRows + row] * load(c.reads + i * width + d);
      });
      dProduct[chunkRows] += load(w.dEnd + row * width + d);
      adjoint = Vec{};
      for (int64_t p = chunkRows; p > s + 1; --p) {
        adjoint = dProduct[p] * write + (p < chunkRows ? decays[p] * adjoint : Vec{});
        gradient[p - 1] += adjoint * products[p - 1];
      }
    }
    for (int64_t r = 0; r < chunkRows; ++r)
      store(w.dDecays + r * width + d, args.forward.logDecay ? gradient[r] * decays[r] : gradient[r]);
  }
  for (int64_t r = 0; r < c.rows; ++r) {
    const int64_t token = c.decayOf[r];
    if (token >= 0) addRow(at(args.dG, token, head), sizes.key, w.dDecays + r * width);
  }
}

/// Gradients through scores whose decays belong to pairs of rows.
void pairwiseGradients(const ScanSizes& sizes, const ChunkOperands& c, const float* dScores,
                       const FinishWork& w) {
  const int64_t width = sizes.paddedKey;
  clear(w.dAhead, sizes.readRows * width);
  for (int64_t row = 0; row < sizes.writeRows; ++row)
    for (int64_t d = 0; d < width; d += lanes) {
      Vec back{};
      forEachReader(sizes, c, row, d, [&](int64_t i, Vec decay, Vec write) {
        const Vec weighted = dScores[i * sizes.writeRows + row] * decay;
        float* gradient = w.dAhead + i * width + d;
        store(gradient, load(gradient) + weighted * write);
        back += weighted * load(c.reads + i * width + d);
      });
      store(w.dBack + row * width + d, back);
    }
}

/// The scores' part of the gradients, in dAhead and dBack.
void scoreGradients(const ScanSizes& sizes, const ChunkOperands& c, float* dScores, const FinishWork& w) {
  const int64_t width = sizes.paddedKey, writes = sizes.writeRows;
  if (c.pairwise) return pairwiseGradients(sizes, c, dScores, w);
  multiply<false>(dScores, writes, sizes.readRows, c.writeBack, width, width, w.dAhead, width, writes);
  multiplyTransposed(dScores, writes, writes, c.readAhead, width, width, nullptr, nullptr, w.dBack, width,
                     sizes.readRows);
}

/// The gradient of an undecayed row from those of its two decayed forms: x by its factors or its scale, y by
/// its factors or as it is.
Vec combined(const float* x, const float* xFactors, float xScale, const float* y, const float* yFactors) {
  return xFactors ? load(x) * load(xFactors) + load(y) * load(yFactors) : xScale * load(x) + load(y);
}

/// From gradients of what reads and writes hold to those of the undecayed rows: in dRead and dEnd.
void undoDecays(const MatrixScanArgs& args, const ScanSizes& sizes, const ChunkOperands& c,
                const FinishWork& w) {
  const int64_t width = sizes.paddedKey;
  const bool channel = args.gate == DecayGate::channel;
  for (int64_t i = 0; i < sizes.readRows; ++i)
    for (int64_t d = 0; d < width; d += lanes) {
      const int64_t place = i * width + d, factor = c.readAt[i] * width + d;
      store(w.dRead + place, combined(w.dRead + place, channel ? c.prefix + factor : nullptr, c.startScale[i],
                                      w.dAhead + place, channel ? c.ahead + factor : nullptr));
    }
  for (int64_t row = 0; row < sizes.writeRows; ++row)
    for (int64_t d = 0; d < width; d += lanes) {
      const int64_t place = row * width + d, factor = row % chunkRows * width + d;
      store(w.dEnd + place, combined(w.dEnd + place, channel ? c.suffix + factor : nullptr, c.endScale[row],
                                     w.dBack + place, channel ? c.behind + factor : nullptr));
    }
}

/// Takes the gradient of a row divided by its norm to that of `row`, in place; `inverse` is one by the norm.
void undoNorm(const ScanSizes& sizes, const float* row, float inverse, float* gradient) {
  Vec product{};
  for (int64_t d = 0; d < sizes.key; d += lanes)
    product += loadUpTo(row + d, sizes.key - d) * load(gradient + d);
  const float along = sumLanes(product) * inverse * inverse;
  for (int64_t d = 0; d < sizes.paddedKey; d += lanes)
    store(gradient + d, inverse * (load(gradient + d) - along * loadUpTo(row + d, sizes.key - d)));
}

void addKeyGradients(const MatrixScanGradArgs& args, const ScanSizes& sizes, int64_t head,
                     const ChunkOperands& c, const FinishWork& w) {
  const MatrixScanArgs& forward = args.forward;
  const int64_t width = sizes.paddedKey, keyHead = head / (forward.valueHeads / forward.heads);
  const bool dplr = forward.transition == Transition::dplr;
  float* keys = w.dEnd + (dplr ? chunkRows * width : 0);
  if (forward.transition == Transition::delta)
    for (int64_t i = 0; i < chunkRows * width; i += lanes)
      store(keys + i, load(keys + i) + load(w.dRead + i));
  for (int64_t r = 0; r < c.rows; ++r) {
    const int64_t step = c.firstStep + r;
    if (forward.normalizeKeys)
      undoNorm(sizes, at(forward.k, step, keyHead), c.keyInverse[r], keys + r * width);
    if (args.dK.data) addRow(at(args.dK, step, keyHead), sizes.key, keys + r * width);
    if (dplr && args.dB.data) addRow(at(args.dB, step, keyHead), sizes.key, w.dEnd + r * width);
    if (!dplr || !args.dA.data) continue;
    float* dA = w.dRead + r * width;
    for (int64_t d = 0; d < width; d += lanes) store(dA + d, -load(dA + d));
    addRow(at(args.dA, step, keyHead), sizes.key, dA);
  }
  if (!args.dQ.data) return;
  for (int64_t i = 0; i < c.queries; ++i) {
    float* query = w.dRead + (sizes.solvedRows + i) * width;
    for (int64_t d = 0; d < width; d += lanes) store(query + d, forward.scale * load(query + d));
    if (forward.normalizeKeys)
      undoNorm(sizes, at(forward.q, c.firstToken + i, keyHead), c.queryInverse[i], query);
    addRow(at(args.dQ, c.firstToken + i, keyHead), sizes.key, query);
  }
}

void addBetaGradients(const MatrixScanGradArgs& args, int64_t head, const ChunkOperands& c,
                      const float* betaSum) {
  float dBeta[chunkRows];
  sumRows(betaSum, chunkRows, dBeta);
  const float most = args.forward.betaSigmoid;
  for (int64_t r = 0; r < c.rows; ++r) {
    if (most != 0.0f) dBeta[r] *= c.beta[r] * (1.0f - c.beta[r] / most);
    *at(args.dBeta, c.firstStep + r, head) += dBeta[r];
  }
}

}  // namespace

void finishChunk(const MatrixScanGradArgs& args, const ScanSizes& sizes, int64_t head, const ChunkOperands& c,
                 const ColumnSums& sums, const FinishWork& w) {
  const MatrixScanArgs& forward = args.forward;
  const int64_t width = sizes.paddedKey, readColumns = roundUp(sizes.readRows, lanes);
  transpose(sums.readSum, readColumns, width, readColumns, w.dRead, width);
  transpose(sums.endSum, sizes.writeRows, width, sizes.writeRows, w.dEnd, width);
  maskGradients(sizes, c, sums.dScores);
  if (forward.gate != DecayGate::none && args.dG.data) {
    sumRows(sums.decaySum, width, w.dState);
    if (forward.gate == DecayGate::head)
      headDecayGradient(args, sizes, head, c, sums.dScores, w);
    else
      channelDecayGradient(args, sizes, head, c, sums.dScores, w);
  }
  if (forward.gate == DecayGate::head)
    for (int64_t i = 0; i < sizes.readRows; ++i)
      for (int64_t row = 0; row < sizes.writeRows; row += lanes) {
        float* p = sums.dScores + i * sizes.writeRows + row;
        store(p, load(p) * load(c.rowDecay + c.readAt[i] * chunkRows + row % chunkRows));
      }
  scoreGradients(sizes, c, sums.dScores, w);
  undoDecays(forward, sizes, c, w);
  addKeyGradients(args, sizes, head, c, w);
  if (args.dBeta.data) addBetaGradients(args, head, c, sums.betaSum);
}

}  // namespace parascan::PARASCAN_ISA
