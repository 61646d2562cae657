// How the token axis of a scan is cut into sequences: a batch of them, equally long, or any number of any
// length, packed one behind the other into a batch of one. No state and no tap crosses from one to the next.
#pragma once

#include <stdint.h>

namespace parascan {

struct Sequences {
  int64_t count;          // B, or the number of packed sequences
  int64_t tokens;         // T, the length of the token axis
  const int64_t* starts;  // (count + 1) positions on it, the first 0, the last T, none decreasing; or null
};

/// Where the tokens of one sequence lie in operands of (B, T, ..).
struct Sequence {
  int64_t batch, first, tokens;  // index into B, first token in it, length
};

}  // namespace parascan

#ifdef PARASCAN_ISA
namespace parascan::PARASCAN_ISA {
namespace {

// Below, a position counts the tokens of all sequences, one sequence behind the other.

inline int64_t startOf(const Sequences& sequences, int64_t index) {
  return sequences.starts ? sequences.starts[index] : index * sequences.tokens;
}

inline int64_t allTokens(const Sequences& sequences) { return startOf(sequences, sequences.count); }

inline Sequence sequenceAt(const Sequences& sequences, int64_t index) {
  if (!sequences.starts) return {index, 0, sequences.tokens};
  return {0, sequences.starts[index], sequences.starts[index + 1] - sequences.starts[index]};
}

/// The sequence that holds the token at a position, which is one of allTokens.
inline int64_t sequenceOf(const Sequences& sequences, int64_t position) {
  if (!sequences.starts) return position / sequences.tokens;
  int64_t low = 0, high = sequences.count;  // starts[low] <= position < starts[high]
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (sequences.starts[middle] <= position ? low : high) = middle;
  }
  return low;
}

/// Calls f(index, sequence, begin, end) for the tokens [begin, end) of each sequence that positions [first,
/// last) meet.
template <typename F>
void forEachStretch(const Sequences& sequences, int64_t first, int64_t last, const F& f) {
  while (first < last) {
    const int64_t index = sequenceOf(sequences, first), start = startOf(sequences, index);
    const Sequence sequence = sequenceAt(sequences, index);
    const int64_t end = last - start < sequence.tokens ? last - start : sequence.tokens;
    f(index, sequence, first - start, end);
    first = start + end;
  }
}

// Every sequence is cut into tiles of its own, of which the last may be short. Rounding down where a sequence
// starts and adding its index leaves it as many slots as it has tiles, without a table.

/// The slot of the first tile of a sequence; its others follow.
inline int64_t firstTileSlot(const Sequences& sequences, int64_t index, int64_t tileTokens) {
  return startOf(sequences, index) / tileTokens + index;
}

/// Slots for the tiles of all sequences.
inline int64_t tileSlots(const Sequences& sequences, int64_t tileTokens) {
  return firstTileSlot(sequences, sequences.count, tileTokens);
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
#endif
