// Rotary position embedding (Su et al. 2021): pairs (x_i, x_{i + dim/2}) of the token at position t turn by
// t base^(-2 i / dim). Angles are taken in float64, since at late positions float32 has no digits left
// behind the whole turns.
//
//   frequency (dim/2): turns per token; cosine, sine (tokens, dim/2)
#include "kernels/attention-kernels.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// exp(x) for |x| below some hundreds: the series of exp(x / 1024), squared ten times.
double exponentialOf(double x) {
  const double y = x / 1024;
  double sum = 1;
  for (int n = 12; n > 0; --n) sum = 1 + sum * y / n;
  for (int i = 0; i < 10; ++i) sum *= sum;
  return sum;
}

/// log(x) for x > 0: Newton's method on exp, from float32.
double preciseLogarithmOf(double x) {
  double y = static_cast<double>(logarithmOf(static_cast<float>(x)));
  for (int i = 0; i < 2; ++i) y += x * exponentialOf(-y) - 1;
  return y;
}

void fillFrequencies(float base, int64_t dim, double* frequency) {
  const double ratio =
      exponentialOf(-2 * preciseLogarithmOf(static_cast<double>(base)) / static_cast<double>(dim));
  double value = 0.15915494309189535;  // 1 / (2 pi)
  for (int64_t i = 0; i < dim / 2; ++i, value *= ratio) frequency[i] = value;
}

/// The angle is brought below half a turn, its quarter goes through the series, and is doubled twice.
void fillAngles(double position, float sign, int64_t pairs, const double* frequency, float* cosine,
                float* sine) {
  for (int64_t i = 0; i < pairs; ++i) {
    const double shift = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to a whole number
    const double turns = position * frequency[i];
    const double x = (turns - ((turns + shift) - shift)) * 1.5707963267948966;
    const double z = x * x;
    double s = 1.0 / 362880 - z * (1.0 / 39916800);
    s = z * s - 1.0 / 5040;
    s = z * s + 1.0 / 120;
    s = z * s - 1.0 / 6;
    s = x * (z * s + 1.0);
    double c = 1.0 / 479001600 * z - 1.0 / 3628800;
    c = z * c + 1.0 / 40320;
    c = z * c - 1.0 / 720;
    c = z * c + 1.0 / 24;
    c = z * c - 0.5;
    c = z * c + 1.0;
    const double s2 = 2 * s * c, c2 = 1 - 2 * s * s;
    s = 2 * s2 * c2;
    c = 1 - 2 * s2 * s2;
    cosine[i] = static_cast<float>(c);
    sine[i] = static_cast<float>(s) * sign;
  }
}

void rotate(int64_t pairs, const float* cosine, const float* sine, bool accumulate, const float* x,
            float* y) {
  overColumns(pairs, [&](int64_t i, auto span, int) {
    const Vec a = load(x + i, span), b = load(x + pairs + i, span);
    const Vec c = load(cosine + i, span), s = load(sine + i, span);
    Vec first = a * c - b * s, second = a * s + b * c;
    if (accumulate) {
      first += load(y + i, span);
      second += load(y + pairs + i, span);
    }
    store(y + i, first, span);
    store(y + pairs + i, second, span);
  });
}

}  // namespace

void rotary(const Launch& launch, const RotaryArgs& args) {
  const int64_t pairs = args.dim / 2;
  if (args.batch * args.tokens * args.heads * pairs == 0) return;
  // Sequences that stand at one position share their angles.
  const int64_t groups = args.offsets.stride == 0 ? 1 : args.batch, together = args.batch / groups;
  double* frequency = scratch<double>(launch, pairs);
  float* cosine = scratch<float>(launch, groups * args.tokens * pairs);
  float* sine = scratch<float>(launch, groups * args.tokens * pairs);
  fillFrequencies(args.base, args.dim, frequency);
  const float sign = args.inverse ? -1 : 1;
  const int64_t block = 16, blocks = (args.tokens + block - 1) / block;
  parallelFor(launch, groups * blocks, [&](int64_t task, int) {
    const int64_t group = task / blocks, begin = task % blocks * block;
    for (int64_t t = begin; t < smaller(begin + block, args.tokens); ++t) {
      float* cosines = cosine + (group * args.tokens + t) * pairs;
      float* sines = sine + (group * args.tokens + t) * pairs;
      fillAngles(static_cast<double>(args.offsets.of(group) + t), sign, pairs, frequency, cosines, sines);
      for (int64_t batch = group * together; batch < (group + 1) * together; ++batch)
        for (int64_t head = 0; head < args.heads; ++head)
          rotate(pairs, cosines, sines, args.accumulate, vectorOf(args.x, batch, t, head),
                 vectorOf(args.y, batch, t, head));
    }
  });
}

}  // namespace parascan::PARASCAN_ISA
