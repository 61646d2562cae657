// The norms and their adjoint, one row at a time.
//
//   h = (x - mean) r;  e = d loss / d h;  dX = r (e - mean e - h mean(e h)), where mean e is left out unless
//   the norm subtracts a mean, and l2 takes sums for means
#include "reference/norm.h"

#include <cmath>

namespace parascan::reference {
namespace {

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

double weightOf(const NormInputs& in, int64_t column) { return in.weight.empty() ? 1.0 : in.weight[column]; }

double gateOf(const NormInputs& in, size_t at) {
  return in.gate.empty() ? 1.0 : in.gate[at] * sigmoid(in.gate[at]);
}

struct Statistics {
  double mean, reciprocal;
};

Statistics statisticsOf(const NormInputs& in, int64_t row) {
  const double* x = &in.x[row * in.columns];
  const double columns = static_cast<double>(in.columns);
  double mean = 0.0, square = 0.0;
  if (in.op == NormOp::layer)
    for (int64_t c = 0; c < in.columns; ++c) mean += x[c] / columns;
  for (int64_t c = 0; c < in.columns; ++c) square += (x[c] - mean) * (x[c] - mean);
  if (in.op != NormOp::l2) square /= columns;
  return {mean, 1.0 / std::sqrt(square + in.eps)};
}

}  // namespace

std::vector<double> norm(const NormInputs& in) {
  std::vector<double> y(in.x.size());
  for (int64_t row = 0; row < in.rows; ++row) {
    const auto [mean, reciprocal] = statisticsOf(in, row);
    for (int64_t c = 0; c < in.columns; ++c) {
      const size_t at = row * in.columns + c;
      y[at] = (in.x[at] - mean) * reciprocal * weightOf(in, c) * gateOf(in, at);
      if (!in.bias.empty()) y[at] += in.bias[c];
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
      const double h = (in.x[at] - mean) * reciprocal, error = dY[at] * weightOf(in, c) * gateOf(in, at);
      if (!in.weight.empty()) grad.weight[c] += dY[at] * gateOf(in, at) * h;
      if (!in.bias.empty()) grad.bias[c] += dY[at];
      if (!in.gate.empty()) {
        const double g = in.gate[at], s = sigmoid(g);
        grad.gate[at] = dY[at] * h * weightOf(in, c) * (s + g * s * (1.0 - s));
      }
      if (in.op == NormOp::layer) errorSum += error * share;
      productSum += error * h * share;
    }
    for (int64_t c = 0; c < in.columns; ++c) {
      const size_t at = row * in.columns + c;
      const double h = (in.x[at] - mean) * reciprocal, error = dY[at] * weightOf(in, c) * gateOf(in, at);
      grad.x[at] = reciprocal * (error - errorSum - h * productSum);
    }
  }
  return grad;
}

}  // namespace parascan::reference
