// The chunk of sixteen delta steps that forward and backward share: its operands, and one advance of the
// state.
//
// A chunk covers consecutive delta steps (n of them to a token), wherever tokens begin and end in it; a query
// is read after the last step of its token. With G the running sum of log decays and rows r, s in the chunk
//
//   scores_rs = k_r . (e^(G_r - G_s) k_s), s < r        for a key row r
//   scores_is = scale q_i . (e^(G_i - G_s) k_s), s <= i  for a query row i
//   error_r   = v_r - e^(G_r) k_r S - sum_s scores_rs corrected_s,   corrected_r = beta_r error_r
//   o_i       = scale e^(G_i) q_i S + sum_s scores_is corrected_s
//   S        <- e^(G_end) S + sum_r (e^(G_end - G_r) k_r) corrected_r^T
//
// which is the solve form: the unit lower triangular system is solved a row at a time, in registers.
// Sums of log decays run from s to r directly and never as differences of long sums, so a decay of e^-10000
// leaves those after it exact.
//
// State and other operands along the value axis are cut in panels of two vectors, (key, panel) contiguous, so
// that a panel's part of the state passes through the first cache once per chunk.
#pragma once

#include "kernels/matrix-scan.h"
#include "kernels/simd.h"

namespace parascan::PARASCAN_ISA {

constexpr int64_t chunkRows = 16;
constexpr int64_t stackRows = 2 * chunkRows;
/// The forward pass keeps the state before every eighth chunk; backward rebuilds those between.
constexpr int64_t segmentChunks = 8;
constexpr int64_t panelWidth = 2 * lanes;

struct ScanSizes {
  int64_t key, value, paddedKey, paddedValue;  // padded to whole vectors
  int64_t householders, steps, chunks, segments;
  int64_t queryRows;  // query rows of a full chunk, padded to whole tiles
  int64_t stateSize;  // paddedKey * paddedValue
};

/// What a chunk needs of keys, queries and gates; rows past the end are zero. K is the padded key dim.
struct ChunkOperands {
  float* stack;       // (32, K) keys, then scaled queries; gated per channel: times e^(G - G_middle)
  float* read;        // (32, K) what meets the incoming state; the stack itself unless gated per channel
  float* keyBack;     // (16, K) keys as seen from later rows; the stack's unless gated per channel
  float* keyEnd;      // (16, K) keys as they enter the outgoing state; the stack's unless gated per channel
  float* scores;      // (32, 16) with decays, zero above the diagonal
  float* rowDecay;    // (16, 16) e^(G_r - G_s) of scalar gates, s <= r
  float* readScale;   // (32) e^G of scalar gates, else 1
  float* endScale;    // (16) e^(G_end - G_r) of scalar gates, else 1
  float* stateDecay;  // (K) e^(G_end)
  float* beta;        // (16)
  float* readFactor;  // (16, K) gated per channel: e^(G_r)
  float* ahead;       // (16, K) gated per channel: e^(G_r - G_middle), or 1 where `pairwise`
  float* behind;      // (16, K) gated per channel: its inverse
  float* endFactor;   // (16, K) gated per channel: e^(G_end - G_r)
  float* gates;       // (16, K) gated per channel: g at the first step of a token, else 0
  float* keyColumns;  // (K, 16) work space
  int64_t firstStep, rows, firstToken, queries;
  int64_t queryRow[chunkRows];  // the row after which a query is read
  int64_t queryOf[chunkRows];   // the query read after a row, or -1
  bool pairwise;                // decays too strong to be factored: each pair of rows has its own
};

ScanSizes scanSizes(const MatrixScanArgs& args);
/// Floats behind the pointers of one ChunkOperands.
int64_t operandsSize(const MatrixScanArgs& args, const ScanSizes& sizes);
void placeOperands(const MatrixScanArgs& args, const ScanSizes& sizes, float* memory,
                   ChunkOperands& operands);
/// Reads chunk `chunk` of value head `head` of sequence `batch`.
void prepareChunk(const MatrixScanArgs& args, const ScanSizes& sizes, int64_t batch, int64_t head,
                  int64_t chunk, ChunkOperands& operands);

/// Runs the chunk on the value columns [first, last), `first` at a panel's start. The state in panels goes
/// from `state` to `next`, which may be the same, or null when it is not wanted. `errors` (panels of 16 rows)
/// is written unless null, and `args.o` if `outputs`. State and errors start at column `first`.
void advanceChunk(const MatrixScanArgs& args, const ScanSizes& sizes, const ChunkOperands& operands,
                  int64_t batch, int64_t head, int64_t first, int64_t last, const float* state, float* next,
                  float* errors, bool outputs);

/// Between (K, V) contiguous and panels, for the columns [first, last); the panels start at column `first`. A
/// null `from` is all zeros.
void packState(const ScanSizes& sizes, int64_t first, int64_t last, const float* from, float* panels);
void unpackState(const ScanSizes& sizes, int64_t first, int64_t last, const float* panels, float* to);
void addState(const ScanSizes& sizes, const float* panels, float* to);

void matrixScanForward(const Launch& launch, const MatrixScanArgs& args);
void matrixScanBackward(const Launch& launch, const MatrixScanGradArgs& args);
void matrixScanRecurrent(const Launch& launch, const MatrixScanArgs& args);

namespace {

inline float* at(const TokenView& view, int64_t batch, int64_t token, int64_t head) {
  return view.data + batch * view.batch + token * view.token + head * view.head;
}

/// Width of the panel that starts at `column`: one vector if no more is left.
inline int64_t panelAt(const ScanSizes& sizes, int64_t column) {
  const int64_t left = sizes.paddedValue - column;
  return left < panelWidth ? left : panelWidth;
}

inline int64_t roundUp(int64_t x, int64_t multiple) { return (x + multiple - 1) / multiple * multiple; }

}  // namespace
}  // namespace parascan::PARASCAN_ISA
