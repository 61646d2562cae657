// Log-decays, elementwise over rows (heads, width):
//
//   g and its derivatives in z = x + bias and in logRate, for each form
//   softplus    -scale rate softplus(z)     g' = -scale rate sigmoid(z)          dg/dlogRate = g
//   bounded     -scale s, s = sigmoid(rate z)   g' = -scale rate s (1 - s)       dg/dlogRate = g' z
//   logSigmoid  -scale rate softplus(-z)    g' = scale rate sigmoid(-z)          dg/dlogRate = g
#include "kernels/log-decay.h"

#include "kernels/row-kernels.h"
#include "kernels/row-sums.h"

namespace parascan::PARASCAN_ISA {
namespace {

bool hasNoGaps(const RowView& view, int64_t columns) {
  return !view.data || (view.innerStride == columns && view.outerStride == view.inner * columns);
}

/// How many neighbouring rows are taken as one: a row of a few heads alone would leave vectors mostly empty.
int64_t foldOf(const LogDecayArgs& args, bool noGaps) {
  const int64_t wideEnough = 256;
  int64_t fold = 1;
  while (noGaps && 2 * fold * args.heads * args.width <= wideEnough && args.rows % (2 * fold) == 0) fold *= 2;
  return fold;
}

/// (fold, heads, width): what the columns of a folded row have in common over all rows.
struct Columns {
  int64_t fold, count;
  const float* rate;
  const float* bias;
};

Columns columnsOf(const Launch& launch, const LogDecayArgs& args, int64_t fold) {
  const int64_t once = args.heads * args.width, count = fold * once;
  float* rate = scratch<float>(launch, count);
  float* bias = scratch<float>(launch, count);
  for (int64_t head = 0; head < args.heads; ++head) {
    const float own = args.logRate ? exponential(splat(args.logRate[head]))[0] : 1;
    for (int64_t c = head * args.width; c < (head + 1) * args.width; ++c)
      for (int64_t copy = 0; copy < fold; ++copy) {
        rate[copy * once + c] = own;
        bias[copy * once + c] = args.bias ? args.bias[c] : 0;
      }
  }
  return {fold, count, rate, bias};
}

struct Derivatives {
  Vec g, inZ, inLogRate;
};

template <LogDecayForm form>
Derivatives derivativesOf(Vec z, Vec rate, float scale) {
  if constexpr (form == LogDecayForm::bounded) {
    const Vec s = sigmoid(rate * z), slope = s * (1 - s) * rate * -scale;
    return {s * -scale, slope, slope * z};
  } else {
    const float sign = form == LogDecayForm::softplus ? 1.0f : -1.0f;
    const Vec factor = rate * -scale, g = factor * softplus(z * sign);
    return {g, factor * sign * sigmoid(z * sign), g};
  }
}

/// Calls f with the form, known when compiled.
template <typename F>
void withForm(LogDecayForm form, const F& f) {
  switch (form) {
    case LogDecayForm::softplus:
      return f([](auto... of) { return derivativesOf<LogDecayForm::softplus>(of...); });
    case LogDecayForm::bounded:
      return f([](auto... of) { return derivativesOf<LogDecayForm::bounded>(of...); });
    case LogDecayForm::logSigmoid:
      return f([](auto... of) { return derivativesOf<LogDecayForm::logSigmoid>(of...); });
  }
}

void forward(const Launch& launch, const LogDecayArgs& args) {
  const int64_t width = args.heads * args.width;
  const Columns columns =
      columnsOf(launch, args, foldOf(args, hasNoGaps(args.x, width) && hasNoGaps(args.y, width)));
  withForm(args.form, [&](auto derivatives) {
    overRows(launch, args.rows / columns.fold, columns.count, [&](int64_t row, int) {
      const float* x = rowOf(args.x, row * columns.fold);
      float* y = rowOf(args.y, row * columns.fold);
      overColumns(columns.count, [&](int64_t c, auto span, int) {
        const Vec z = load(x + c, span) + load(columns.bias + c, span);
        const Vec g = derivatives(z, load(columns.rate + c, span), args.scale).g;
        store(y + c, args.signedDecay ? 2 * exponential(g) - 1 : g, span);
      });
    });
  });
}

/// (heads, width), the sums over all rows.
const float* sumsOf(const Launch& launch, const RowBlocks& blocks, const Columns& columns,
                    const float* partial) {
  float* sums = scratch<float>(launch, columns.count);
  __builtin_memset(sums, 0, static_cast<size_t>(columns.count) * sizeof(float));
  addPartials(launch, blocks, columns.count, partial, sums);
  const int64_t once = columns.count / columns.fold;
  for (int64_t copy = 1; copy < columns.fold; ++copy)
    for (int64_t c = 0; c < once; ++c) sums[c] += sums[copy * once + c];
  return sums;
}

void backward(const Launch& launch, const LogDecayGradArgs& args) {
  const LogDecayArgs& in = args.forward;
  const int64_t width = in.heads * in.width;
  const bool noGaps = hasNoGaps(in.x, width) && hasNoGaps(args.dY, width) && hasNoGaps(args.dX, width);
  const Columns columns = columnsOf(launch, in, foldOf(in, noGaps));
  const RowBlocks blocks = rowBlocks(in.rows / columns.fold);
  float* dBias = args.dBias ? zeroedPartials(launch, blocks, columns.count) : nullptr;
  float* dLogRate = args.dLogRate ? zeroedPartials(launch, blocks, columns.count) : nullptr;
  withForm(in.form, [&](auto derivatives) {
    overBlocks(launch, blocks, [&](int64_t block, int64_t row, int) {
      const float* x = rowOf(in.x, row * columns.fold);
      const float* dY = rowOf(args.dY, row * columns.fold);
      float* dX = rowIfWanted(args.dX, row * columns.fold);
      float* bias = dBias ? dBias + block * columns.count : nullptr;
      float* logRate = dLogRate ? dLogRate + block * columns.count : nullptr;
      overColumns(columns.count, [&](int64_t c, auto span, int) {
        const Vec z = load(x + c, span) + load(columns.bias + c, span);
        const Derivatives d = derivatives(z, load(columns.rate + c, span), in.scale);
        Vec dG = load(dY + c, span);
        if (in.signedDecay) dG *= 2 * exponential(d.g);
        if (dX) store(dX + c, load(dX + c, span) + dG * d.inZ, span);
        if (bias) store(bias + c, load(bias + c, span) + dG * d.inZ, span);
        if (logRate) store(logRate + c, load(logRate + c, span) + dG * d.inLogRate, span);
      });
    });
  });
  if (dBias) {
    const float* sums = sumsOf(launch, blocks, columns, dBias);
    for (int64_t c = 0; c < width; ++c) args.dBias[c] += sums[c];
  }
  if (dLogRate) {
    const float* sums = sumsOf(launch, blocks, columns, dLogRate);
    for (int64_t head = 0; head < in.heads; ++head) {
      float sum = 0;
      for (int64_t c = head * in.width; c < (head + 1) * in.width; ++c) sum += sums[c];
      args.dLogRate[head] += sum;
    }
  }
}

}  // namespace

extern const LogDecayKernels logDecay;
const LogDecayKernels logDecay = {.forward = forward, .backward = backward};

}  // namespace parascan::PARASCAN_ISA
