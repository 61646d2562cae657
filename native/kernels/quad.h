// Four floats at a time, whatever the instruction set, and the transpose of four by four of them: what turns
// rows into columns and lanes into neighbours.
#pragma once

#include <stdint.h>

namespace parascan::PARASCAN_ISA {
namespace {

typedef float Quad __attribute__((vector_size(16)));
typedef float UnalignedQuad __attribute__((vector_size(16), aligned(4), may_alias));

inline Quad loadQuad(const float* p) { return *reinterpret_cast<const UnalignedQuad*>(p); }
inline void storeQuad(float* p, Quad q) { *reinterpret_cast<UnalignedQuad*>(p) = q; }

inline void transpose(Quad (&q)[4]) {
  const Quad low01 = __builtin_shufflevector(q[0], q[1], 0, 4, 1, 5);
  const Quad low23 = __builtin_shufflevector(q[2], q[3], 0, 4, 1, 5);
  const Quad high01 = __builtin_shufflevector(q[0], q[1], 2, 6, 3, 7);
  const Quad high23 = __builtin_shufflevector(q[2], q[3], 2, 6, 3, 7);
  q[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
  q[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
  q[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
  q[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
