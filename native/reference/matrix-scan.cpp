// The delta rule and its adjoint, one token and one head at a time.
//
// With S* the state a delta step starts from, e = v - S*^T k its error and dS the gradient of the state it
// leaves:
//
//   du = dS^T k,  dBeta = du . e,  dv = beta du,  dk = beta dS e - S* dv,  dS <- dS - k dv^T
//
// and for the decay of row i:  dg_i = exp(g_i) sum_j dS_ij S_ij,  dS_i <- exp(g_i) dS_i,  S before the decay.
#include "reference/matrix-scan.h"

#include <algorithm>
#include <cmath>

namespace parascan::reference {
namespace {

using Matrix = std::vector<double>;  // (K, V)

/// Offsets of one head of one sequence: token t's vectors start at q(t), step j's at k(j), v(j), beta(j).
struct Head {
  const DeltaRuleInputs& in;
  int64_t batch, head;

  int64_t keyHead() const { return head / (in.valueHeads / in.heads); }
  int64_t q(int64_t t) const { return ((batch * in.tokens + t) * in.heads + keyHead()) * in.keyDim; }
  int64_t k(int64_t j) const {
    return ((batch * in.tokens * in.householders + j) * in.heads + keyHead()) * in.keyDim;
  }
  int64_t beta(int64_t j) const { return (batch * in.tokens * in.householders + j) * in.valueHeads + head; }
  int64_t v(int64_t j) const { return beta(j) * in.valueDim; }
  int64_t o(int64_t t) const { return gate(t) * in.valueDim; }
  int64_t gate(int64_t t) const { return (batch * in.tokens + t) * in.valueHeads + head; }
  /// Where the gate of key channel i is; one for all channels where it is per head.
  int64_t g(int64_t t, int64_t i) const {
    return in.gate == DecayGate::channel ? gate(t) * in.keyDim + i : gate(t);
  }
  int64_t state() const { return (batch * in.valueHeads + head) * in.keyDim * in.valueDim; }
};

template <typename F>
void forEachHead(const DeltaRuleInputs& in, const F& f) {
  for (int64_t batch = 0; batch < in.batch; ++batch)
    for (int64_t head = 0; head < in.valueHeads; ++head) f(Head{in, batch, head});
}

Matrix initialState(const Head& head) {
  const DeltaRuleInputs& in = head.in;
  const int64_t size = in.keyDim * in.valueDim;
  if (in.initialState.empty()) return Matrix(size, 0.0);
  const auto start = in.initialState.begin() + head.state();
  return Matrix(start, start + size);
}

double decay(const Head& head, int64_t t, int64_t i) {
  return head.in.gate == DecayGate::none ? 1.0 : std::exp(head.in.g[head.g(t, i)]);
}

/// S^T x
std::vector<double> read(const Matrix& state, const double* x, int64_t keyDim, int64_t valueDim) {
  std::vector<double> y(valueDim, 0.0);
  for (int64_t i = 0; i < keyDim; ++i)
    for (int64_t c = 0; c < valueDim; ++c) y[c] += state[i * valueDim + c] * x[i];
  return y;
}

/// S x
std::vector<double> times(const Matrix& state, const double* x, int64_t keyDim, int64_t valueDim) {
  std::vector<double> y(keyDim, 0.0);
  for (int64_t i = 0; i < keyDim; ++i)
    for (int64_t c = 0; c < valueDim; ++c) y[i] += state[i * valueDim + c] * x[c];
  return y;
}

/// S += factor x y^T
void addOuter(Matrix& state, double factor, const double* x, const double* y, int64_t keyDim,
              int64_t valueDim) {
  for (int64_t i = 0; i < keyDim; ++i)
    for (int64_t c = 0; c < valueDim; ++c) state[i * valueDim + c] += factor * x[i] * y[c];
}

void applyDecay(const Head& head, int64_t t, Matrix& state) {
  for (int64_t i = 0; i < head.in.keyDim; ++i)
    for (int64_t c = 0; c < head.in.valueDim; ++c) state[i * head.in.valueDim + c] *= decay(head, t, i);
}

std::vector<double> errorOf(const Head& head, int64_t step, const Matrix& state) {
  const DeltaRuleInputs& in = head.in;
  std::vector<double> error = read(state, &in.k[head.k(step)], in.keyDim, in.valueDim);
  for (int64_t c = 0; c < in.valueDim; ++c) error[c] = in.v[head.v(step) + c] - error[c];
  return error;
}

void applyStep(const Head& head, int64_t step, Matrix& state) {
  const DeltaRuleInputs& in = head.in;
  const std::vector<double> error = errorOf(head, step, state);
  addOuter(state, in.beta[head.beta(step)], &in.k[head.k(step)], error.data(), in.keyDim, in.valueDim);
}

/// Takes dS back through one delta step that started from `state`.
void retreatStep(const Head& head, int64_t step, const Matrix& state, Matrix& dState,
                 DeltaRuleGradients& grad) {
  const DeltaRuleInputs& in = head.in;
  const double* key = &in.k[head.k(step)];
  const double beta = in.beta[head.beta(step)];
  const std::vector<double> error = errorOf(head, step, state);
  std::vector<double> dValue = read(dState, key, in.keyDim, in.valueDim);
  for (int64_t c = 0; c < in.valueDim; ++c) {
    grad.beta[head.beta(step)] += dValue[c] * error[c];
    dValue[c] *= beta;
    grad.v[head.v(step) + c] += dValue[c];
  }
  const std::vector<double> written = times(dState, error.data(), in.keyDim, in.valueDim);
  const std::vector<double> seen = times(state, dValue.data(), in.keyDim, in.valueDim);
  for (int64_t i = 0; i < in.keyDim; ++i) grad.k[head.k(step) + i] += beta * written[i] - seen[i];
  addOuter(dState, -1.0, key, dValue.data(), in.keyDim, in.valueDim);
}

/// Takes dS back through the decay of `state`.
void retreatDecay(const Head& head, int64_t t, const Matrix& state, Matrix& dState,
                  DeltaRuleGradients& grad) {
  const DeltaRuleInputs& in = head.in;
  if (in.gate == DecayGate::none) return;
  for (int64_t i = 0; i < in.keyDim; ++i)
    for (int64_t c = 0; c < in.valueDim; ++c)
      grad.g[head.g(t, i)] += decay(head, t, i) * dState[i * in.valueDim + c] * state[i * in.valueDim + c];
  applyDecay(head, t, dState);
}

}  // namespace

DeltaRuleOutputs deltaRule(const DeltaRuleInputs& in) {
  DeltaRuleOutputs out;
  out.o.resize(in.batch * in.tokens * in.valueHeads * in.valueDim);
  out.finalState.resize(in.batch * in.valueHeads * in.keyDim * in.valueDim);
  forEachHead(in, [&](const Head& head) {
    Matrix state = initialState(head);
    for (int64_t t = 0; t < in.tokens; ++t) {
      applyDecay(head, t, state);
      for (int64_t j = 0; j < in.householders; ++j) applyStep(head, t * in.householders + j, state);
      const std::vector<double> o = read(state, &in.q[head.q(t)], in.keyDim, in.valueDim);
      for (int64_t c = 0; c < in.valueDim; ++c) out.o[head.o(t) + c] = in.scale * o[c];
    }
    std::copy(state.begin(), state.end(), out.finalState.begin() + head.state());
  });
  return out;
}

DeltaRuleGradients deltaRuleGradients(const DeltaRuleInputs& in, const DeltaRuleOutputs& dOutputs) {
  DeltaRuleGradients grad;
  grad.q.assign(in.q.size(), 0.0);
  grad.k.assign(in.k.size(), 0.0);
  grad.v.assign(in.v.size(), 0.0);
  grad.beta.assign(in.beta.size(), 0.0);
  grad.g.assign(in.g.size(), 0.0);
  grad.initialState.resize(in.batch * in.valueHeads * in.keyDim * in.valueDim);
  const int64_t n = in.householders;
  forEachHead(in, [&](const Head& head) {
    // Per token the state before its decay, then before each of its steps, and after the last token.
    std::vector<Matrix> states;
    Matrix state = initialState(head);
    for (int64_t t = 0; t < in.tokens; ++t) {
      states.push_back(state);
      applyDecay(head, t, state);
      for (int64_t j = 0; j < n; ++j) {
        states.push_back(state);
        applyStep(head, t * n + j, state);
      }
    }
    states.push_back(state);

    const auto dFinal = dOutputs.finalState.begin() + head.state();
    Matrix dState(dFinal, dFinal + in.keyDim * in.valueDim);
    for (int64_t t = in.tokens - 1; t >= 0; --t) {
      const double* dO = &dOutputs.o[head.o(t)];
      const std::vector<double> dQuery = times(states[(t + 1) * (n + 1)], dO, in.keyDim, in.valueDim);
      for (int64_t i = 0; i < in.keyDim; ++i) grad.q[head.q(t) + i] += in.scale * dQuery[i];
      addOuter(dState, in.scale, &in.q[head.q(t)], dO, in.keyDim, in.valueDim);
      for (int64_t j = n - 1; j >= 0; --j)
        retreatStep(head, t * n + j, states[t * (n + 1) + 1 + j], dState, grad);
      retreatDecay(head, t, states[t * (n + 1)], dState, grad);
    }
    std::copy(dState.begin(), dState.end(), grad.initialState.begin() + head.state());
  });
  return grad;
}

}  // namespace parascan::reference
