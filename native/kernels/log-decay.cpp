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

/// (heads, width): what the columns of a row have in common over all rows.
struct Columns {
  int64_t count;
  const float* rate;
  const float* bias;
};

Columns columnsOf(const Launch& launch, const LogDecayArgs& args) {
  const int64_t count = args.heads * args.width;
  float* rate = scratch<float>(launch, count);
  float* bias = scratch<float>(launch, count);
  for (int64_t head = 0; head < args.heads; ++head) {
    const float own = args.logRate ? exponential(splat(args.logRate[head]))[0] : 1;
    for (int64_t c = head * args.width; c < (head + 1) * args.width; ++c) {
      rate[c] = own;
      bias[c] = args.bias ? args.bias[c] : 0;
    }
  }
  return {count, rate, bias};
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
  const Columns columns = columnsOf(launch, args);
  withForm(args.form, [&](auto derivatives) {
    overRows(launch, args.rows, columns.count, [&](int64_t row, int) {
      const float* x = rowOf(args.x, row);
      float* y = rowOf(args.y, row);
      overColumns(columns.count, [&](int64_t c, auto span, int) {
        const Vec z = load(x + c, span) + load(columns.bias + c, span);
        const Vec g = derivatives(z, load(columns.rate + c, span), args.scale).g;
        store(y + c, args.signedDecay ? 2 * exponential(g) - 1 : g, span);
      });
    });
  });
}

/// y (heads) += the sums over `width` columns of a head.
void addHeads(int64_t heads, int64_t width, const float* columns, float* y) {
  for (int64_t head = 0; head < heads; ++head) {
    Vec part[slots] = {};
    overColumns(
        width, [&](int64_t c, auto span, int slot) { part[slot] += load(columns + head * width + c, span); });
    y[head] += sumSlots(part);
  }
}

void backward(const Launch& launch, const LogDecayGradArgs& args) {
  const LogDecayArgs& in = args.forward;
  const Columns columns = columnsOf(launch, in);
  const RowBlocks blocks = rowBlocks(in.rows);
  float* dBias = args.dBias ? zeroedPartials(launch, blocks, columns.count) : nullptr;
  float* dLogRate = args.dLogRate ? zeroedPartials(launch, blocks, columns.count) : nullptr;
  withForm(in.form, [&](auto derivatives) {
    overBlocks(launch, blocks, [&](int64_t block, int64_t row, int) {
      const float* x = rowOf(in.x, row);
      const float* dY = rowOf(args.dY, row);
      float* dX = rowIfWanted(args.dX, row);
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
  if (dBias) addPartials(launch, blocks, columns.count, dBias, args.dBias);
  if (dLogRate) {
    float* sums = scratch<float>(launch, columns.count);
    __builtin_memset(sums, 0, static_cast<size_t>(columns.count) * sizeof(float));
    addPartials(launch, blocks, columns.count, dLogRate, sums);
    addHeads(in.heads, in.width, sums, args.dLogRate);
  }
}

}  // namespace

extern const LogDecayKernels logDecay;
const LogDecayKernels logDecay = {.forward = forward, .backward = backward};

}  // namespace parascan::PARASCAN_ISA
