// Vectors of the instruction set this translation unit is compiled for, on GCC's vector extensions: one
// source serves SSE, AVX2, AVX-512 and NEON. The width must match the instruction set, or the compiler
// spills.
#pragma once

#include <stddef.h>
#include <stdint.h>

#if defined(__AVX__)
#include <immintrin.h>
#endif

#ifndef PARASCAN_ISA
#error "simd.h belongs in kernels, which are compiled once per instruction set"
#endif

namespace parascan::PARASCAN_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int lanes = 16;
#elif defined(__AVX__)
constexpr int lanes = 8;
#else
constexpr int lanes = 4;
#endif

typedef float Vec __attribute__((vector_size(lanes * 4)));
typedef int32_t IntVec __attribute__((vector_size(lanes * 4)));
typedef float UnalignedVec __attribute__((vector_size(lanes * 4), aligned(4), may_alias));

inline Vec load(const float* p) { return *reinterpret_cast<const UnalignedVec*>(p); }
inline void store(float* p, Vec v) { *reinterpret_cast<UnalignedVec*>(p) = v; }
// Subtracting zero changes no float and compiles to one broadcast; adding it would turn -0 into 0.
inline Vec splat(float x) { return x - Vec{}; }

/// The first n < lanes floats at p, zeros behind them; nothing behind is read.
inline Vec loadPartial(const float* p, int64_t n) {
#if defined(__AVX512F__)
  return (Vec)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), p);
#elif defined(__AVX__)
  const IntVec index = {0, 1, 2, 3, 4, 5, 6, 7};
  return (Vec)_mm256_maskload_ps(p, (__m256i)(index < static_cast<int32_t>(n)));
#else
  Vec v{};
  for (int64_t i = 0; i < n; ++i) v[i] = p[i];
  return v;
#endif
}

inline void storePartial(float* p, Vec v, int64_t n) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1), (__m512)v);
#elif defined(__AVX__)
  // Halves, since the masked store of AVX takes some 20 micro-operations on several processors.
  float part[lanes];
  __builtin_memcpy(part, &v, sizeof v);
  int64_t done = 0;
  if (n & 4) __builtin_memcpy(p, part, 16), done = 4;
  if (n & 2) __builtin_memcpy(p + done, part + done, 8), done += 2;
  if (n & 1) p[done] = part[done];
#else
  for (int64_t i = 0; i < n; ++i) p[i] = v[i];
#endif
}

/// Lane i takes the sum of lanes i and i ^ width, and so on down to neighbours. The width is a template
/// parameter because GCC folds the shuffle's indices only then.
template <int width>
inline Vec sumPartners(Vec v) {
  IntVec partner{};
  for (int i = 0; i < lanes; ++i) partner[i] = i ^ width;
  v += __builtin_shuffle(v, partner);
  if constexpr (width > 1) v = sumPartners<width / 2>(v);
  return v;
}

/// Pairwise, so that the order is the same for every caller.
inline float sumLanes(Vec v) { return sumPartners<lanes / 2>(v)[0]; }

}  // namespace
}  // namespace parascan::PARASCAN_ISA
