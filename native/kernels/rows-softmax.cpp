// Softmax and log-softmax of rows, shifted by the maximum so that no logit overflows.
//
//   x (rows, columns); y = exp(x - m) / s or (x - m) - log s, with m = max x and s = sum exp(x - m)
#include "kernels/row-kernels.h"

namespace parascan::PARASCAN_ISA {
namespace {

void softmaxOfRow(int64_t columns, const float* x, float* y) {
  const float maximum = maximumOfRow(columns, x);
  const float inverse = 1 / exponentialsOfRow(columns, x, maximum, y);
  overColumns(columns, [&](int64_t c, auto span, int) { store(y + c, load(y + c, span) * inverse, span); });
}

void logSoftmaxOfRow(int64_t columns, const float* x, float* y) {
  const float maximum = maximumOfRow(columns, x);
  // Kept apart from the maximum, beside which it would lose its digits when the logits are large.
  const float logSum = logarithmOf(sumOfExponentials(columns, x, maximum, 1));
  overColumns(columns,
              [&](int64_t c, auto span, int) { store(y + c, (load(x + c, span) - maximum) - logSum, span); });
}

/// dX += y (dY - sum dY y)
void softmaxGradOfRow(int64_t columns, const float* y, const float* dY, float* dX) {
  Vec part[slots] = {};
  overColumns(columns,
              [&](int64_t c, auto span, int slot) { part[slot] += load(dY + c, span) * load(y + c, span); });
  const float sum = sumSlots(part);
  overColumns(columns, [&](int64_t c, auto span, int) {
    store(dX + c, load(dX + c, span) + load(y + c, span) * (load(dY + c, span) - sum), span);
  });
}

/// dX += dY - exp(y) sum dY
void logSoftmaxGradOfRow(int64_t columns, const float* y, const float* dY, float* dX) {
  Vec part[slots] = {};
  overColumns(columns, [&](int64_t c, auto span, int slot) { part[slot] += load(dY + c, span); });
  const float sum = sumSlots(part);
  overColumns(columns, [&](int64_t c, auto span, int) {
    store(dX + c, load(dX + c, span) + (load(dY + c, span) - exponential(load(y + c, span)) * sum), span);
  });
}

}  // namespace

void softmax(const Launch& launch, const SoftmaxArgs& args) {
  const auto ofRow = args.logarithm ? logSoftmaxOfRow : softmaxOfRow;
  overRows(launch, args.rows, args.columns,
           [&](int64_t row, int) { ofRow(args.columns, rowOf(args.x, row), rowOf(args.y, row)); });
}

void softmaxGrad(const Launch& launch, const SoftmaxGradArgs& args) {
  const SoftmaxArgs& forward = args.forward;
  const auto ofRow = forward.logarithm ? logSoftmaxGradOfRow : softmaxGradOfRow;
  overRows(launch, forward.rows, forward.columns, [&](int64_t row, int) {
    ofRow(forward.columns, rowOf(forward.y, row), rowOf(args.dY, row), rowOf(args.dX, row));
  });
}

}  // namespace parascan::PARASCAN_ISA
