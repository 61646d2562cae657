// Vectors of bfloat16, widened to float32 as they are read and rounded as they are stored. All in integer
// arithmetic: vcvtneps2bf16 flushes subnormal numbers, and vdpbf16ps would round the other factor as well.
#pragma once

#include "kernels/bfloat16.h"
#include "kernels/simd.h"

namespace parascan::PARASCAN_ISA {
namespace {

typedef uint16_t Halves __attribute__((vector_size(lanes * 2)));
typedef uint16_t UnalignedHalves __attribute__((vector_size(lanes * 2), aligned(2), may_alias));
typedef uint32_t Words __attribute__((vector_size(lanes * 4)));

inline Vec widened(Halves halves) {
  // GCC converts in halves of a vector, and puts them together again, unless told the instruction. The masked
  // form, since the plain one makes GCC warn of its own uninitialised operand.
#if defined(__AVX512F__)
  return (Vec)((Words)_mm512_maskz_cvtepu16_epi32(0xffff, (__m256i)halves) << 16);
#elif defined(__AVX2__)
  return (Vec)((Words)_mm256_cvtepu16_epi32((__m128i)halves) << 16);
#else
  return (Vec)(__builtin_convertvector(halves, Words) << 16);
#endif
}

/// To the nearest, ties to even. A NaN stays one: it is made quiet, for rounding could carry it to infinity.
inline Halves rounded(Vec v) {
  const Words bits = (Words)v;
  const Words nearest = bits + (0x7fff + (bits >> 16 & 1));
  return __builtin_convertvector((v == v ? nearest : bits | 0x400000) >> 16, Halves);
}

inline Vec load(const Bfloat16* p) { return widened(*reinterpret_cast<const UnalignedHalves*>(p)); }
inline void store(Bfloat16* p, Vec v) { *reinterpret_cast<UnalignedHalves*>(p) = rounded(v); }

/// The first n < lanes numbers at p, zeros behind them; nothing behind is read.
inline Vec loadPartial(const Bfloat16* p, int64_t n) {
#if defined(__AVX512BW__)
  return widened((Halves)_mm256_maskz_loadu_epi16(static_cast<__mmask16>((1u << n) - 1), p));
#else
  Halves halves{};
  for (int64_t i = 0; i < n; ++i) halves[i] = p[i].bits;
  return widened(halves);
#endif
}

inline void storePartial(Bfloat16* p, Vec v, int64_t n) {
  const Halves halves = rounded(v);
  for (int64_t i = 0; i < n; ++i) p[i].bits = halves[i];
}

/// The first n numbers at p, 0 < n <= lanes.
inline Vec loadFirst(const Bfloat16* p, int n) { return n == lanes ? load(p) : loadPartial(p, n); }

}  // namespace
}  // namespace parascan::PARASCAN_ISA
