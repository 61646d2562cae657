// AdamW with decoupled weight decay (Loshchilov & Hutter 2019) over many tensors at once, and the norm of all
// gradients that clips it.
//
//   p   parameter            g   gradient, clipped        m, v   first and second moment
//   c1, c2   bias corrections 1 - beta^step
//   p <- p - lr wd p;  m <- beta1 m + (1 - beta1) g;  v <- beta2 v + (1 - beta2) g^2
//   p <- p - lr (m / c1) / (sqrt(v / c2) + eps)
#include "kernels/optimizer.h"

#include "kernels/simd.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// Elements of one task. The tensors are laid end to end and cut into pieces of this size, so that many small
/// ones share a task and the partition depends on the sizes alone.
constexpr int64_t pieceSize = 16384;

/// Where every tensor begins in the row of all; one more entry for the end.
int64_t* layOut(const Launch& launch, int64_t count, const AdamWTensor* tensors) {
  int64_t* start = scratch<int64_t>(launch, count + 1);
  start[0] = 0;
  for (int64_t i = 0; i < count; ++i) start[i + 1] = start[i] + tensors[i].size;
  return start;
}

/// Calls visit(tensor, begin, end) for the ranges of tensors that lie in a piece.
template <typename F>
void eachRange(const int64_t* start, int64_t count, int64_t piece, const F& visit) {
  int64_t at = piece * pieceSize;
  const int64_t end = at + pieceSize < start[count] ? at + pieceSize : start[count];
  int64_t low = 0, high = count;  // the last tensor that begins at or before `at`
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    (start[middle] <= at ? low : high) = middle;
  }
  for (int64_t tensor = low; at < end; ++tensor) {
    const int64_t stop = start[tensor + 1] < end ? start[tensor + 1] : end;
    if (stop > at) visit(tensor, at - start[tensor], stop - start[tensor]);
    at = stop;
  }
}

int64_t pieces(const int64_t* start, int64_t count) { return (start[count] + pieceSize - 1) / pieceSize; }

/// IEEE square root; the compiler turns the loop into one instruction.
inline Vec squareRoot(Vec x) {
  for (int l = 0; l < lanes; ++l) x[l] = __builtin_sqrtf(x[l]);
  return x;
}

double power(double base, int64_t exponent) {
  double result = 1;
  for (; exponent > 0; exponent /= 2, base *= base)
    if (exponent % 2) result *= base;
  return result;
}

void adamW(const Launch& launch, const AdamWArgs& args) {
  const float clip = args.clip ? args.clip[1] : 1.0f;
  if (clip != clip || args.count == 0) return;
  const double c1 = 1 - power(args.beta1, args.step), c2 = 1 - power(args.beta2, args.step);
  const float inverseRootC2 = static_cast<float>(1 / __builtin_sqrt(c2));
  const float beta1 = args.beta1, beta2 = args.beta2, eps = args.eps;
  const float rest1 = static_cast<float>(1.0 - beta1), rest2 = static_cast<float>(1.0 - beta2);
  const int64_t* start = layOut(launch, args.count, args.tensors);
  parallelFor(launch, pieces(start, args.count), [&](int64_t piece, int) {
    eachRange(start, args.count, piece, [&](int64_t index, int64_t begin, int64_t end) {
      const AdamWTensor& tensor = args.tensors[index];
      const float step = static_cast<float>(tensor.learningRate / c1);
      const float decay = tensor.learningRate * tensor.weightDecay;
      const auto update = [&](Vec& p, Vec g, Vec& m, Vec& v) {
        g = g * clip;
        p = p - decay * p;
        m = beta1 * m + rest1 * g;
        v = beta2 * v + rest2 * (g * g);
        p = p - step * m / (squareRoot(v) * inverseRootC2 + eps);
      };
      float *parameter = tensor.parameter, *first = tensor.firstMoment, *second = tensor.secondMoment;
      const float* gradient = tensor.gradient;
      int64_t i = begin;
      for (; i + lanes <= end; i += lanes) {
        Vec p = load(parameter + i), m = load(first + i), v = load(second + i);
        update(p, load(gradient + i), m, v);
        store(parameter + i, p);
        store(first + i, m);
        store(second + i, v);
      }
      if (i == end) return;
      Vec p = loadPartial(parameter + i, end - i), m = loadPartial(first + i, end - i);
      Vec v = loadPartial(second + i, end - i);
      update(p, loadPartial(gradient + i, end - i), m, v);
      storePartial(parameter + i, p, end - i);
      storePartial(first + i, m, end - i);
      storePartial(second + i, v, end - i);
    });
  });
}

/// The sum of squares in float64, in sixteen interleaved sums that fill whole registers.
double sumOfSquares(const float* x, int64_t count) {
  constexpr int width = lanes / 2 > 4 ? lanes / 2 : 4, vectors = 16 / width;
  typedef double Sums __attribute__((vector_size(width * 8)));
  typedef float Values __attribute__((vector_size(width * 4), aligned(4), may_alias));
  Sums total[vectors] = {};
  int64_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int j = 0; j < vectors; ++j) {
      const Sums v = __builtin_convertvector(*reinterpret_cast<const Values*>(x + i + j * width), Sums);
      total[j] += v * v;
    }
  double result = 0;
  for (; i < count; ++i) result += static_cast<double>(x[i]) * x[i];
  for (int j = 0; j < vectors; ++j)
    for (int l = 0; l < width; ++l) result += total[j][l];
  return result;
}

void gradientNorm(const Launch& launch, const GradientNormArgs& args) {
  const int64_t* start = layOut(launch, args.count, args.tensors);
  const int64_t tasks = pieces(start, args.count);
  double* partial = scratch<double>(launch, tasks);
  parallelFor(launch, tasks, [&](int64_t piece, int) {
    double sum = 0;
    eachRange(start, args.count, piece, [&](int64_t index, int64_t begin, int64_t end) {
      sum += sumOfSquares(args.tensors[index].gradient + begin, end - begin);
    });
    partial[piece] = sum;
  });
  double sum = 0;
  for (int64_t piece = 0; piece < tasks; ++piece) sum += partial[piece];
  const float norm = static_cast<float>(__builtin_sqrt(sum));
  const float factor = args.maxNorm > 0 ? args.maxNorm / (norm + 1e-6f) : 1.0f;
  const bool finite = norm - norm == 0;
  args.clip[0] = norm;
  args.clip[1] = finite ? (factor < 1 ? factor : 1.0f) : __builtin_nanf("");
}

}  // namespace

extern const OptimizerKernels optimizer;
const OptimizerKernels optimizer = {.adamW = adamW, .gradientNorm = gradientNorm};

}  // namespace parascan::PARASCAN_ISA
