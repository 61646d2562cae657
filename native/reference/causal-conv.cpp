// The causal depthwise convolution and its adjoint, one output at a time.
#include "reference/causal-conv.h"

#include <cmath>

namespace parascan::reference {
namespace {

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

/// Where the input of token t of sequence s is: in x, or, t being negative, in the initial state.
int64_t inputIndex(const CausalConvInputs& in, int64_t s, int64_t t, int64_t d) {
  return t >= 0 ? (s * in.tokens + t) * in.channels + d
                : (s * (in.width - 1) + t + in.width - 1) * in.channels + d;
}

double inputAt(const CausalConvInputs& in, int64_t s, int64_t t, int64_t d) {
  if (t >= 0) return in.x[inputIndex(in, s, t, d)];
  return in.initialState.empty() ? 0.0 : in.initialState[inputIndex(in, s, t, d)];
}

double beforeActivation(const CausalConvInputs& in, int64_t s, int64_t t, int64_t d) {
  double sum = in.bias.empty() ? 0.0 : in.bias[d];
  for (int64_t w = 0; w < in.width; ++w)
    sum += in.weight[d * in.width + w] * inputAt(in, s, t - (in.width - 1) + w, d);
  return sum;
}

}  // namespace

CausalConvOutputs causalConv(const CausalConvInputs& in) {
  CausalConvOutputs out;
  out.y.resize(in.x.size());
  out.finalState.resize(in.batch * (in.width - 1) * in.channels);
  for (int64_t s = 0; s < in.batch; ++s) {
    for (int64_t d = 0; d < in.channels; ++d) {
      for (int64_t t = 0; t < in.tokens; ++t) {
        const double sum = beforeActivation(in, s, t, d);
        out.y[(s * in.tokens + t) * in.channels + d] = in.silu ? sum * sigmoid(sum) : sum;
      }
      for (int64_t i = 0; i < in.width - 1; ++i)
        out.finalState[(s * (in.width - 1) + i) * in.channels + d] =
            inputAt(in, s, in.tokens - (in.width - 1) + i, d);
    }
  }
  return out;
}

CausalConvGradients causalConvGradients(const CausalConvInputs& in, const CausalConvOutputs& dOut) {
  CausalConvGradients grad;
  grad.x.assign(in.x.size(), 0.0);
  grad.weight.assign(in.weight.size(), 0.0);
  grad.bias.assign(in.bias.size(), 0.0);
  grad.initialState.assign(in.batch * (in.width - 1) * in.channels, 0.0);
  for (int64_t s = 0; s < in.batch; ++s) {
    for (int64_t d = 0; d < in.channels; ++d) {
      const auto gradientAt = [&](int64_t t) -> double& {
        return (t >= 0 ? grad.x : grad.initialState)[inputIndex(in, s, t, d)];
      };
      for (int64_t t = 0; t < in.tokens; ++t) {
        double dSum = dOut.y[inputIndex(in, s, t, d)];
        if (in.silu) {
          const double sum = beforeActivation(in, s, t, d), gate = sigmoid(sum);
          dSum *= gate * (1.0 + sum * (1.0 - gate));
        }
        if (!in.bias.empty()) grad.bias[d] += dSum;
        for (int64_t w = 0; w < in.width; ++w) {
          const int64_t from = t - (in.width - 1) + w;
          grad.weight[d * in.width + w] += dSum * inputAt(in, s, from, d);
          gradientAt(from) += dSum * in.weight[d * in.width + w];
        }
      }
      for (int64_t i = 0; !dOut.finalState.empty() && i < in.width - 1; ++i)
        gradientAt(in.tokens - (in.width - 1) + i) +=
            dOut.finalState[(s * (in.width - 1) + i) * in.channels + d];
    }
  }
  return grad;
}

}  // namespace parascan::reference
