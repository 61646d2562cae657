// The norms and their adjoint, one row at a time.
//
//   u = x, times act(gate) where it comes first;  h = (u - mean) r;  e = d loss / d h
//   dU = r (e - mean e - h mean(e h)), where mean e is left out unless the norm subtracts a mean, and l2
//   takes sums for means
#include "reference/norm.h"

#include <cmath>

namespace parascan::reference {
namespace {

/// What the gate does at one element: factors before and after the norm, and the slope of the one that acts.
struct Gate {
  double before = 1.0, after = 1.0, slope = 0.0;
};

Gate gateOf(const NormInputs& in, size_t at) {
  if (in.gate.empty()) return {};
  const double g = in.gate[at], s = 1.0 / (1.0 + std::exp(-g));
  const bool silu = in.activation == GateActivation::silu;
  const double value = silu ? g * s : s;
  const double slope = silu ? s + g * s * (1.0 - s) : s * (1.0 - s);
  return in.gateFirst ? Gate{value, 1.0, slope} : Gate{1.0, value, slope};
}

struct Statistics {
  double mean, reciprocal;
};

Statistics statisticsOf(const NormInputs& in, int64_t row) {
  const double columns = static_cast<double>(in.columns);
  double mean = 0.0, square = 0.0;
  if (in.op == NormOp::layer)
    for (int64_t c = 0; c < in.columns; ++c) mean += in.x[row * in.columns + c] / columns;
  for (int64_t c = 0; c < in.columns; ++c) {
    const size_t at = row * in.columns + c;
    const double centred = in.x[at] * gateOf(in, at).before - mean;
    square += centred * centred;
  }
  if (in.op != NormOp::l2) square /= columns;
  return {mean, 1.0 / std::sqrt(square + in.eps)};
}

/// Where weight and bias of an element are.
size_t affineAt(const NormInputs& in, int64_t row, int64_t column) {
  return row % in.groups * in.columns + column;
}

double weightOf(const NormInputs& in, int64_t row, int64_t column) {
  return in.weight.empty() ? 1.0 : in.weight[affineAt(in, row, column)];
}

}  // namespace

std::vector<double> norm(const NormInputs& in) {
  std::vector<double> y(in.x.size());
  for (int64_t row = 0; row < in.rows; ++row) {
    const auto [mean, reciprocal] = statisticsOf(in, row);
    for (int64_t c = 0; c < in.columns; ++c) {
      const size_t at = row * in.columns + c;
      const Gate gate = gateOf(in, at);
      y[at] = (in.x[at] * gate.before - mean) * reciprocal * weightOf(in, row, c) * gate.after;
      if (!in.bias.empty()) y[at] += in.bias[affineAt(in, row, c)];
    }
  }
  return y;
}

NormGradients normGradients(const NormInputs& in, const std::vector<double>& dY) {
  NormGradients grad;
  grad.x.assign(in.x.size(), 0.0);
  grad.gate.assign(in.gate.size(), 0.0);
  grad.weight.assign(in.weight.size(), 0.0);
  grad.bias.assign(in.bias.size(), 0.0);
  const double share = in.op == NormOp::l2 ? 1.0 : 1.0 / static_cast<double>(in.columns);
  for (int64_t row = 0; row < in.rows; ++row) {
    const auto [mean, reciprocal] = statisticsOf(in, row);
    double errorSum = 0.0, productSum = 0.0;
    for (int64_t c = 0; c < in.columns; ++c) {
      const size_t at = row * in.columns + c;
      const Gate gate = gateOf(in, at);
      const double h = (in.x[at] * gate.before - mean) * reciprocal, weight = weightOf(in, row, c);
      if (!in.weight.empty()) grad.weight[affineAt(in, row, c)] += dY[at] * gate.after * h;
      if (!in.bias.empty()) grad.bias[affineAt(in, row, c)] += dY[at];
      if (!in.gate.empty() && !in.gateFirst) grad.gate[at] = dY[at] * h * weight * gate.slope;
      const double error = dY[at] * weight * gate.after;
      if (in.op == NormOp::layer) errorSum += error * share;
      productSum += error * h * share;
    }
    for (int64_t c = 0; c < in.columns; ++c) {
      const size_t at = row * in.columns + c;
      const Gate gate = gateOf(in, at);
      const double h = (in.x[at] * gate.before - mean) * reciprocal;
      const double error = dY[at] * weightOf(in, row, c) * gate.after;
      const double dU = reciprocal * (error - errorSum - h * productSum);
      grad.x[at] = dU * gate.before;
      if (!in.gate.empty() && in.gateFirst) grad.gate[at] = dU * in.x[at] * gate.slope;
    }
  }
  return grad;
}

}  // namespace parascan::reference
