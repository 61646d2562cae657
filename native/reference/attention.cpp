// Attention and its adjoint, one query at a time.
//
//   p_ts = softmax_s(scale q_t . k_s),  dp_ts = dO_t . v_s,  ds_ts = p_ts (dp_ts - sum_s p_ts dp_ts)
#include "reference/attention.h"

#include <algorithm>
#include <cmath>

namespace parascan::reference {
namespace {

/// Where the vectors of one query are: offsets of its own, of the first key it sees, and between keys.
struct Query {
  size_t q, o, k, v, kStride, vStride;
  size_t keys;
};

/// Calls f(query) for every batch, token and head.
template <typename F>
void forEachQuery(const AttentionInputs& in, const F& f) {
  const size_t group = in.heads / in.keyHeads;
  for (int64_t batch = 0; batch < in.batch; ++batch) {
    for (int64_t t = 0; t < in.tokens; ++t) {
      const int64_t first = in.window > 0 ? std::max<int64_t>(0, t - in.window + 1) : 0;
      for (int64_t head = 0; head < in.heads; ++head) {
        const size_t own = (batch * in.tokens + t) * in.heads + head;
        const size_t key = (batch * in.tokens + first) * in.keyHeads + head / group;
        f(Query{.q = own * in.keyDim,
                .o = own * in.valueDim,
                .k = key * in.keyDim,
                .v = key * in.valueDim,
                .kStride = static_cast<size_t>(in.keyHeads * in.keyDim),
                .vStride = static_cast<size_t>(in.keyHeads * in.valueDim),
                .keys = static_cast<size_t>(t - first + 1)});
      }
    }
  }
}

std::vector<double> probabilities(const AttentionInputs& in, const Query& query) {
  std::vector<double> p(query.keys, 0.0);
  for (size_t s = 0; s < query.keys; ++s)
    for (int64_t d = 0; d < in.keyDim; ++d)
      p[s] += in.scale * in.q[query.q + d] * in.k[query.k + s * query.kStride + d];
  const double maximum = *std::max_element(p.begin(), p.end());
  double sum = 0.0;
  for (double& x : p) sum += x = std::exp(x - maximum);
  for (double& x : p) x /= sum;
  return p;
}

}  // namespace

std::vector<double> attention(const AttentionInputs& in) {
  std::vector<double> o(in.batch * in.tokens * in.heads * in.valueDim, 0.0);
  forEachQuery(in, [&](const Query& query) {
    const std::vector<double> p = probabilities(in, query);
    for (size_t s = 0; s < query.keys; ++s)
      for (int64_t c = 0; c < in.valueDim; ++c)
        o[query.o + c] += p[s] * in.v[query.v + s * query.vStride + c];
  });
  return o;
}

AttentionGradients attentionGradients(const AttentionInputs& in, const std::vector<double>& dO) {
  AttentionGradients grad;
  grad.q.assign(in.q.size(), 0.0);
  grad.k.assign(in.k.size(), 0.0);
  grad.v.assign(in.v.size(), 0.0);
  forEachQuery(in, [&](const Query& query) {
    const std::vector<double> p = probabilities(in, query);
    std::vector<double> dP(query.keys, 0.0);
    double mean = 0.0;
    for (size_t s = 0; s < query.keys; ++s) {
      for (int64_t c = 0; c < in.valueDim; ++c) {
        const size_t at = query.v + s * query.vStride + c;
        dP[s] += dO[query.o + c] * in.v[at];
        grad.v[at] += p[s] * dO[query.o + c];
      }
      mean += p[s] * dP[s];
    }
    for (size_t s = 0; s < query.keys; ++s) {
      const double dS = in.scale * p[s] * (dP[s] - mean);
      for (int64_t d = 0; d < in.keyDim; ++d) {
        const size_t at = query.k + s * query.kStride + d;
        grad.q[query.q + d] += dS * in.k[at];
        grad.k[at] += dS * in.q[query.q + d];
      }
    }
  });
  return grad;
}

std::vector<double> rotary(const std::vector<double>& x, int64_t tokens, int64_t heads, int64_t keyDim,
                           double base, int64_t offset) {
  std::vector<double> y = x;
  const int64_t pairs = keyDim / 2, vectors = static_cast<int64_t>(x.size()) / keyDim;
  for (int64_t row = 0; row < vectors; ++row) {
    const int64_t t = row / heads % tokens;
    for (int64_t i = 0; i < pairs; ++i) {
      const double frequency = std::pow(base, -2.0 * static_cast<double>(i) / static_cast<double>(keyDim));
      const double angle = static_cast<double>(offset + t) * frequency;
      const size_t at = row * keyDim + i;
      y[at] = x[at] * std::cos(angle) - x[at + pairs] * std::sin(angle);
      y[at + pairs] = x[at] * std::sin(angle) + x[at + pairs] * std::cos(angle);
    }
  }
  return y;
}

}  // namespace parascan::reference
