// The chunk of sixteen steps that forward and backward of the matrix scans share: its operands, and one
// advance of the state.
//
// A chunk covers consecutive steps (n of them to a token), wherever tokens begin and end in it. Every
// transition is a set of rows that read the state and a set of rows that write to it:
//
//               solved reads       queries    solved writes     given writes
//   additive    -                  q          -                 k, with beta v
//   delta       k                  q          k, with beta e    -
//   dplr        -a                 q          b, with e         k, with v
//
// With decay(p, s) the product of the decays of the steps after s and before p, read i standing at p_i and
// seeing the writes before m_i, and everything a row of the chunk
//
//   score_is  = read_i . (decay(p_i, s) write_s)               for s < m_i, else 0
//   product_i = decay(p_i, start) read_i S
//   e_r       = base_r - product_r - sum_s score_rs written_s  for the solved reads
//   o_i       = product_i + sum_s score_is written_s           for the queries
//   S        <- decay(end, start) S + sum_s (decay(end, s) write_s) written_s^T
//
// where base is v, or 0 for dplr: the solve form, whose unit lower triangular system in e is solved a row at
// a time, in registers.
// Decays are multiplied from s to p directly and never divided or taken as differences of long sums of
// logarithms, so a decay of 0 or of e^-10000 leaves those after it exact, and a negative one needs no care.
// Only where decays are per channel and mild are they factored, around the middle of the chunk.
//
// State and other operands along the value axis are cut in panels of two vectors, (key, panel) contiguous, so
// that a panel's part of the state passes through the first cache once per chunk.
#pragma once

#include "kernels/matrix-scan.h"
#include "kernels/simd.h"

namespace parascan::PARASCAN_ISA {

constexpr int64_t chunkRows = 16;
constexpr int64_t mostRows = 2 * chunkRows;  // of reads, and of writes
/// The forward pass keeps the state before every eighth chunk, and every error; from these backward rebuilds
/// the states between.
constexpr int64_t segmentChunks = 8;
constexpr int64_t segmentSteps = segmentChunks * chunkRows;
constexpr int64_t panelWidth = 2 * lanes;

/// Sizes of one sequence.
struct ScanSizes {
  int64_t key, value, paddedKey, paddedValue;  // padded to whole vectors
  int64_t householders, steps, chunks, segments;
  int64_t solvedRows, givenRows;  // 16 or 0: of reads and writes that are solved for, of given writes
  int64_t readRows, writeRows;    // solved reads then queries, padded to tiles; solved writes then given
  int64_t stateSize;              // paddedKey * paddedValue
};

/// What a chunk needs of keys, queries and decays; rows past the end are zero. R: read rows, W: write rows,
/// K: padded key dim.
struct ChunkOperands {
  float* reads;       // (R, K) undecayed: keys or -a, then scaled queries
  float* readStart;   // (R, K) what meets the incoming state; `reads` itself unless gated per channel
  float* readAhead;   // (R, K) as scores take them; likewise
  float* writes;      // (W, K) undecayed
  float* writeBack;   // (W, K) as scores take them; `writes` itself unless gated per channel
  float* writeEnd;    // (W, K) as they enter the outgoing state; likewise
  float* scores;      // (R, W) with decays, zero where a read does not see a write
  float* rawScores;   // (R, W) without; gated per head
  float* rowDecay;    // (17, 16) gated per head: decay(p, s), zero for s >= p
  float* startScale;  // (R) gated per head: decay(p_i, start), else 1
  float* endScale;    // (W) gated per head: decay(end, s), else 1
  float* stateDecay;  // (K) decay(end, start)
  float* decays;      // (16, K) gated per channel: of each row
  float* prefix;      // (17, K) gated per channel: decay(p, start)
  float* ahead;       // (17, K) gated per channel: decay(p, middle) or its inverse, or 1 where `pairwise`
  float* behind;      // (16, K) gated per channel: decay(middle, s) or its inverse, likewise
  float* suffix;      // (16, K) gated per channel: decay(end, s)
  float* columns;     // (K, W) work space
  float beta[chunkRows], decay[chunkRows];               // decay: gated per head, else 1
  float keyInverse[chunkRows], queryInverse[chunkRows];  // 1 / norm where keys are normalised
  int64_t readAt[mostRows], sees[mostRows];              // p_i and m_i
  int64_t decayOf[chunkRows];                            // the token whose decay acts before a row, or -1
  int64_t queryOf[chunkRows];                            // the query read after a row, or -1
  int64_t firstStep, rows, firstToken, queries;
  bool pairwise;  // decays too strong to be factored: each pair of rows has its own
};

/// What the forward pass keeps of one sequence, in panels.
struct SavedSequence {
  float* states;  // (segments - 1, HV, K, V) before every segment but the first
  float* errors;  // (chunks, HV, 16, V) of the solved reads
};

/// The inputs of one sequence and its states, as a batch of one that is not packed.
MatrixScanArgs argsOfSequence(const MatrixScanArgs& args, int64_t index);
/// The part of `saved`, which is not null, of one sequence of the whole batch.
SavedSequence savedOfSequence(const MatrixScanArgs& args, int64_t index);
/// Floats in `saved`.
int64_t savedSize(const MatrixScanArgs& args);
/// Sizes of a batch of one.
ScanSizes scanSizes(const MatrixScanArgs& args);
/// Floats behind the pointers of one ChunkOperands.
int64_t operandsSize(const MatrixScanArgs& args, const ScanSizes& sizes);
void placeOperands(const MatrixScanArgs& args, const ScanSizes& sizes, float* memory,
                   ChunkOperands& operands);
/// Reads chunk `chunk` of value head `head`.
void prepareChunk(const MatrixScanArgs& args, const ScanSizes& sizes, int64_t head, int64_t chunk,
                  ChunkOperands& operands);

/// Runs the chunk on the value columns [first, last), `first` at a panel's start, and writes `args.o`. The
/// state in panels goes from `state` to `next`, which may be the same. `errors` (panels of 16 rows, of the
/// solved reads) is written unless null. State and errors start at column `first`.
void advanceChunk(const MatrixScanArgs& args, const ScanSizes& sizes, const ChunkOperands& operands,
                  int64_t head, int64_t first, int64_t last, const float* state, float* next, float* errors);
/// The state after the chunk once more, from errors that advanceChunk wrote.
void replayChunk(const MatrixScanArgs& args, const ScanSizes& sizes, const ChunkOperands& operands,
                 int64_t head, int64_t first, int64_t last, const float* state, const float* errors,
                 float* next);

void matrixScanForward(const Launch& launch, const MatrixScanArgs& args);
void matrixScanBackward(const Launch& launch, const MatrixScanGradArgs& args);
void matrixScanRecurrent(const Launch& launch, const MatrixScanArgs& args);

namespace {

constexpr float normEpsilon = 1e-6f;

inline float* at(const TokenView& view, int64_t token, int64_t head) {
  return view.data + token * view.token + head * view.head;
}

/// The view of one sequence, `perToken` rows to a token.
inline TokenView sequenceOf(TokenView view, const Sequence& sequence, int64_t perToken) {
  if (view.data) view.data += sequence.batch * view.batch + sequence.first * perToken * view.token;
  return view;
}

/// Width of the panel that starts at `column`: one vector if no more is left.
inline int64_t panelAt(const ScanSizes& sizes, int64_t column) {
  const int64_t left = sizes.paddedValue - column;
  return left < panelWidth ? left : panelWidth;
}

inline int64_t roundUp(int64_t x, int64_t multiple) { return (x + multiple - 1) / multiple * multiple; }
inline int64_t ceilDivide(int64_t x, int64_t y) { return (x + y - 1) / y; }
inline int64_t smaller(int64_t x, int64_t y) { return x < y ? x : y; }

/// Tasks that keep the threads of a processor busy.
constexpr int64_t enoughTasks = 8;

/// Columns of the state a task takes. Columns never mix, so few heads are cut into more tasks, each of which
/// repeats the work on keys; the cut depends on the shape alone.
inline int64_t columnsOfTask(int64_t heads, int64_t paddedValue) {
  constexpr int64_t fewestColumns = 64;
  int64_t columns = paddedValue;
  while (heads * ceilDivide(paddedValue, columns) < enoughTasks && columns >= 2 * fewestColumns)
    columns = roundUp((columns + 1) / 2, panelWidth);
  return columns;
}

/// Hands out parts of a block of floats.
struct Carver {
  float* memory;
  float* take(int64_t count) {
    float* start = memory;
    memory += count;
    return start;
  }
};

/// Calls run(transition's solved, given) with both as constants, so that each kernel is compiled once for
/// each.
template <typename F>
inline void withTransition(Transition transition, const F& run) {
  switch (transition) {
    case Transition::additive:
      return run.template operator()<false, true>();
    case Transition::delta:
      return run.template operator()<true, false>();
    case Transition::dplr:
      return run.template operator()<true, true>();
  }
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
