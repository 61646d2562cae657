// How the token axis of a scan is cut into sequences.
#pragma once

#include <stdint.h>

namespace parascan {

/// B sequences of T tokens each, or, packed in a batch of one, those between consecutive `starts`.
struct Sequences {
  int64_t count;          // B, or the number of packed sequences
  int64_t tokens;         // T, the length of the token axis
  const int64_t* starts;  // (count + 1) positions from 0 to T, or null where sequences are not packed
};

struct Sequence {
  int64_t batch, first, tokens;  // batch index, first token, length
};

inline Sequence sequenceAt(const Sequences& sequences, int64_t index) {
  if (!sequences.starts) return {index, 0, sequences.tokens};
  const int64_t first = sequences.starts[index];
  return {0, first, sequences.starts[index + 1] - first};
}

}  // namespace parascan
