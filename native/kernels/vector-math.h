// Exponential, logarithm and their kin on vectors, one source for every instruction set. Errors are about 2
// ulp; infinities, NaN, zeros and subnormal numbers give what the scalar functions of C give.
//
//   The polynomials for exp, log and tanh are those of Cephes (Moshier, single precision).
#pragma once

#include "kernels/simd.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace parascan::PARASCAN_ISA {
namespace {

inline Vec floatBits(IntVec bits) { return (Vec)bits; }
inline IntVec intBits(Vec x) { return (IntVec)x; }
inline Vec absolute(Vec x) { return floatBits(intBits(x) & 0x7fffffff); }
inline Vec copySign(Vec magnitude, Vec sign) {
  return floatBits((intBits(magnitude) & 0x7fffffff) | (intBits(sign) & ~0x7fffffff));
}
/// A NaN in `x` stays; a NaN in `bound` is ignored.
inline Vec atLeast(Vec x, Vec bound) { return x < bound ? bound : x; }
inline Vec atMost(Vec x, Vec bound) { return x > bound ? bound : x; }

/// exp(x): 0 at -inf, inf above 88.73, subnormal results below -87.34.
inline Vec exponential(Vec x) {
  // Outside these bounds the result is 0 or inf in float32; inside, n fits the scaling below.
  x = atMost(atLeast(x, splat(-104.0f)), splat(89.0f));
  const Vec shift = splat(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer held in the low bits
  const Vec shifted = x * 1.44269504f + shift;
  const Vec n = shifted - shift;
  // ln 2 in two parts, the first short enough that n times it is exact.
  const Vec r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Vec p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
#if defined(__AVX512F__)
  // The masked form, since the plain one makes GCC warn of its own uninitialised operand.
  return (Vec)_mm512_maskz_scalef_ps(0xffff, (__m512)p, (__m512)n);
#else
  // 2^n as a product of two powers, since n reaches -150 and 128 where a single one would leave the format.
  const IntVec whole = intBits(shifted) - intBits(shift);
  const IntVec half = whole >> 1;
  const Vec first = floatBits((half + 127) << 23);
  const Vec second = floatBits((whole - half + 127) << 23);
  return p * first * second;
#endif
}

/// log(x): -inf at 0, NaN below.
inline Vec logarithm(Vec x) {
  const IntVec tiny = x < splat(1.17549435e-38f);
  const Vec scaled = tiny ? x * 8388608.0f : x;
  IntVec exponent = ((intBits(scaled) >> 23) & 0xff) - 126;
  exponent = tiny ? exponent - 23 : exponent;
  Vec m = floatBits((intBits(scaled) & 0x007fffff) | 0x3f000000);  // [0.5, 1)
  const IntVec low = m < splat(0.707106781f);
  exponent = low ? exponent - 1 : exponent;
  m = (low ? m + m : m) - 1.0f;  // [sqrt(1/2) - 1, sqrt(2) - 1)
  const Vec e = __builtin_convertvector(exponent, Vec);
  const Vec square = m * m;
  Vec p = m * 7.0376836292e-2f - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  Vec y = p * m * square + e * -2.12194440e-4f - 0.5f * square;
  y = m + y + e * 0.693359375f;
  const Vec infinity = splat(__builtin_inff());
  y = x == infinity ? infinity : y;
  y = x == Vec{} ? -infinity : y;
  return x < Vec{} ? splat(__builtin_nanf("")) : (x != x ? x : y);
}

inline Vec sigmoid(Vec x) {
  const Vec e = exponential(-absolute(x));  // never above 1, so neither branch overflows
  const Vec inverse = 1.0f / (1.0f + e);
  return x < Vec{} ? e * inverse : inverse;
}

inline Vec tanh(Vec x) {
  const Vec magnitude = absolute(x);
  const Vec square = x * x;
  Vec p = square * -5.70498872745e-3f + 2.06390887954e-2f;
  p = p * square - 5.37397155531e-2f;
  p = p * square + 1.33314422036e-1f;
  p = p * square - 3.33332819422e-1f;
  const Vec nearZero = p * square * magnitude + magnitude;
  const Vec far = 1.0f - 2.0f / (exponential(magnitude + magnitude) + 1.0f);
  return copySign(magnitude < splat(0.625f) ? nearZero : far, x);
}

/// log(1 + exp(x)) = max(x, 0) + log(1 + e), e = exp(-|x|); the latter as 2 atanh(e / (2 + e)), whose
/// argument is never above 1/3, so that a few terms of its series do.
inline Vec softplus(Vec x) {
  const Vec e = exponential(-absolute(x));
  const Vec s = e / (2.0f + e), square = s * s;
  Vec p = square * 1.34337753e-1f + 1.41169786e-1f;
  p = p * square + 2.00038359e-1f;
  p = p * square + 3.33333194e-1f;
  const Vec twice = s + s;
  return (x > Vec{} ? x : Vec{}) + (twice * square * p + twice);
}

/// Phi(x) = (1 + erf(x / sqrt 2)) / 2, the distribution function of the standard normal. Taken from its tail,
/// exp(-x^2 / 2) times a slow function of |x|, because 1 + erf cancels where x is far below zero.
inline Vec normalDistribution(Vec x) {
  const Vec t = 1.0f / (1.0f + 0.35f * absolute(x));
  Vec p = t * -2.914601006e-2f + 1.439720839e-1f;
  p = p * t - 2.557150424e-1f;
  p = p * t + 1.591750234e-1f;
  p = p * t - 2.311041392e-2f;
  p = p * t + 1.055082455e-1f;
  p = p * t + 1.198328063e-1f;
  p = p * t + 1.398618817e-1f;
  p = p * t + 1.396214068e-1f;
  const Vec tail = p * t * exponential(-0.5f * x * x);
  return x > Vec{} ? 1.0f - tail : tail;
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
