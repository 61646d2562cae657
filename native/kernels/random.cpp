// Seeded random numbers from Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2,
// 3"): uniform, normal by Box-Muller, dropout. Element i is word i % 4 of block i / 4, so any part of an
// array can be drawn alone.
//
//   counter   (4 words) block index, low and high; offset, low and high
//   key       (2 words) seed, low and high
#include "kernels/random.h"

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "kernels/quad.h"
#include "kernels/simd.h"
#include "kernels/vector-math.h"

namespace parascan::PARASCAN_ISA {
namespace {

typedef uint32_t Words __attribute__((vector_size(lanes * 4)));
typedef uint64_t WideWords __attribute__((vector_size(lanes * 4)));

/// One word of `lanes` blocks each; the four words of a block lie across.
struct Blocks {
  Words word[4];
};

constexpr int64_t blockElements = 4 * lanes;

/// Elements of one task, a multiple of blockElements.
constexpr int64_t taskElements = 16384;

/// 64-bit products of the even lanes.
inline WideWords multiplyEven(Words a, Words b) {
#if defined(__AVX512F__)
  return (WideWords)_mm512_maskz_mul_epu32(0xff, (__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
  return (WideWords)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
  return (WideWords)_mm_mul_epu32((__m128i)a, (__m128i)b);
#elif defined(__aarch64__)
  return (WideWords)vmull_u32(vmovn_u64((uint64x2_t)a), vmovn_u64((uint64x2_t)b));
#else
  return ((WideWords)a & 0xffffffff) * ((WideWords)b & 0xffffffff);
#endif
}

/// High and low words of the 64-bit products with a constant.
inline void multiply(Words a, uint32_t factor, Words& high, Words& low) {
  const Words b = Words{} + factor;
  const WideWords even = multiplyEven(a, b);
  const WideWords odd = multiplyEven((Words)((WideWords)a >> 32), b);
  low = a * b;
  high = (Words)((even >> 32) | (odd & 0xffffffff00000000));
}

/// `lanes` blocks from `first` on.
inline Blocks philox(RandomKey key, uint64_t first) {
  Words c0, c1;
  for (int l = 0; l < lanes; ++l) {
    c0[l] = static_cast<uint32_t>(first + static_cast<uint64_t>(l));
    c1[l] = static_cast<uint32_t>((first + static_cast<uint64_t>(l)) >> 32);
  }
  Words c2 = Words{} + static_cast<uint32_t>(key.offset);
  Words c3 = Words{} + static_cast<uint32_t>(key.offset >> 32);
  uint32_t k0 = static_cast<uint32_t>(key.seed), k1 = static_cast<uint32_t>(key.seed >> 32);
  for (int round = 0; round < 10; ++round) {
    Words high0, low0, high1, low1;
    multiply(c0, 0xd2511f53, high0, low0);
    multiply(c2, 0xcd9e8d57, high1, low1);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  return {{c0, c1, c2, c3}};
}

/// The upper 24 bits as a number in [0, 1), exactly.
inline Vec unitInterval(Words word) { return __builtin_convertvector((IntVec)(word >> 8), Vec) * 0x1p-24f; }

/// IEEE square root; the compiler turns the loop into one instruction.
inline Vec squareRoot(Vec x) {
  for (int l = 0; l < lanes; ++l) x[l] = __builtin_sqrtf(x[l]);
  return x;
}

/// Two words of every block into two standard normal numbers (Box & Muller 1958).
inline void boxMuller(Words first, Words second, Vec& a, Vec& b) {
  // 31 bits and a half, never 0: 24 bits would cut the tail at 5.8 deviations.
  const Vec u = (__builtin_convertvector((IntVec)(first >> 1), Vec) + 0.5f) * 0x1p-31f;
  const Vec radius = squareRoot(-2.0f * logarithm(u));
  // The angle as a quarter turn, which picks signs and swaps sine and cosine, and a rest within an eighth.
  const Vec turn = unitInterval(second) * 4.0f;
  const IntVec quarter = __builtin_convertvector(turn + 0.5f, IntVec);
  const Vec angle = (turn - __builtin_convertvector(quarter, Vec)) * 1.57079633f;
  const Vec square = angle * angle;
  // Cephes sinf and cosf on [-pi/4, pi/4].
  Vec p = square * -1.9515295891e-4f + 8.3321608736e-3f;
  p = p * square - 1.6666654611e-1f;
  const Vec sine = p * square * angle + angle;
  p = square * 2.443315711809948e-5f - 1.388731625493765e-3f;
  p = p * square + 4.166664568298827e-2f;
  const Vec cosine = p * square * square - 0.5f * square + 1.0f;
  const IntVec swapped = (quarter & 1) != 0;
  const IntVec cosineSign = (quarter + 1) << 30 & ~0x7fffffff, sineSign = quarter << 30 & ~0x7fffffff;
  a = radius * floatBits(intBits(swapped ? sine : cosine) ^ cosineSign);
  b = radius * floatBits(intBits(swapped ? cosine : sine) ^ sineSign);
}

/// Puts word w of block l at 4 l + w.
inline void interleave(const Vec (&word)[4], float* y) {
  float across[4][lanes];
  for (int w = 0; w < 4; ++w) store(across[w], word[w]);
  for (int l = 0; l < lanes; l += 4) {
    Quad quad[4];
    for (int w = 0; w < 4; ++w) quad[w] = loadQuad(across[w] + l);
    transpose(quad);
    for (int i = 0; i < 4; ++i) storeQuad(y + 4 * (l + i), quad[i]);
  }
}

/// y[i] = what value(blocks, words) makes of the random words.
template <typename Value>
void draw(const Launch& launch, RandomKey key, int64_t count, float* y, const Value& value) {
  parallelFor(launch, (count + taskElements - 1) / taskElements, [&](int64_t task, int) {
    const int64_t stop = (task + 1) * taskElements < count ? (task + 1) * taskElements : count;
    for (int64_t i = task * taskElements; i < stop; i += blockElements) {
      Vec word[4];
      value(philox(key, static_cast<uint64_t>(i / 4)), word);
      if (stop - i >= blockElements) {
        interleave(word, y + i);
      } else {
        float rest[blockElements];
        interleave(word, rest);
        for (int64_t j = 0; j < stop - i; ++j) y[i + j] = rest[j];
      }
    }
  });
}

void uniform(const Launch& launch, RandomKey key, float low, float high, int64_t count, float* y) {
  // Rounding could reach `high`, which the interval leaves out: the last number is the one before it.
  float before = high;
  int32_t bits;
  __builtin_memcpy(&bits, &high, 4);
  bits = high == 0 ? INT32_MIN + 1 : (high > 0 ? bits - 1 : bits + 1);
  __builtin_memcpy(&before, &bits, 4);
  const float width = high - low;
  draw(launch, key, count, y, [&](const Blocks& blocks, Vec(&word)[4]) {
    for (int w = 0; w < 4; ++w) {
      const Vec v = unitInterval(blocks.word[w]) * width + low;
      word[w] = atLeast(atMost(v, splat(before)), splat(low));
    }
  });
}

void normal(const Launch& launch, RandomKey key, float mean, float deviation, int64_t count, float* y) {
  draw(launch, key, count, y, [&](const Blocks& blocks, Vec(&word)[4]) {
    boxMuller(blocks.word[0], blocks.word[1], word[0], word[1]);
    boxMuller(blocks.word[2], blocks.word[3], word[2], word[3]);
    for (int w = 0; w < 4; ++w) word[w] = word[w] * deviation + mean;
  });
}

void dropout(const Launch& launch, RandomKey key, float p, int64_t count, const float* x, float* y,
             bool accumulate) {
  const float scale = 1 / (1 - p);
  parallelFor(launch, (count + taskElements - 1) / taskElements, [&](int64_t task, int) {
    const int64_t stop = (task + 1) * taskElements < count ? (task + 1) * taskElements : count;
    for (int64_t i = task * taskElements; i < stop; i += blockElements) {
      const Blocks blocks = philox(key, static_cast<uint64_t>(i / 4));
      Vec word[4];
      for (int w = 0; w < 4; ++w) word[w] = unitInterval(blocks.word[w]);
      float drawn[blockElements];
      interleave(word, drawn);
      for (int64_t j = 0; j < blockElements && i + j < stop; j += lanes) {
        // Selected, not multiplied by zero: a dropped NaN is gone.
        const IntVec keep = load(drawn + j) >= splat(p);
        const int64_t left = stop - i - j;
        if (left >= lanes) {
          const Vec kept = keep ? load(x + i + j) * scale : Vec{};
          store(y + i + j, accumulate ? load(y + i + j) + kept : kept);
        } else {
          const Vec kept = keep ? loadPartial(x + i + j, left) * scale : Vec{};
          storePartial(y + i + j, accumulate ? loadPartial(y + i + j, left) + kept : kept, left);
        }
      }
    }
  });
}

}  // namespace

extern const RandomKernels random;
const RandomKernels random = {.uniform = uniform, .normal = normal, .dropout = dropout};

}  // namespace parascan::PARASCAN_ISA
