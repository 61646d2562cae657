// The scans and their adjoints, one token and one head at a time. First the inputs are brought to what the
// recurrence reads: q and k divided by their norms, beta through its sigmoid, g to the decay itself.
// Gradients are taken of those, and brought back through the same maps in the end.
//
// With S* the state a step starts from, dS the gradient of the state it leaves, and what it writes
// beta w, w = v or v - S*^T k:
//
//   dw = dS^T k,  dBeta = dw . w,  dv = beta dw,  dk = beta dS w,  and of delta  dk -= S* dv,  dS -= k dv^T
//
// For b (a^T S')^T:  p = S'^T a,  db = dS p,  dp = dS^T b,  da = S' dp,  dS' += a dp^T. For the decay of row
// i:  dDecay_i = sum_j dS_ij S'_ij,  dS'_i = decay_i dS_i, S' being the state before it.
#include "reference/matrix-scan.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace parascan::reference {
namespace {

using Vector = std::vector<double>;
using Matrix = std::vector<double>;  // (K, V)

constexpr double normEpsilon = 1e-6;

double inverseNorm(const double* x, int64_t size) {
  double sum = normEpsilon;
  for (int64_t i = 0; i < size; ++i) sum += x[i] * x[i];
  return 1.0 / std::sqrt(sum);
}

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

/// The inputs as the recurrence reads them.
MatrixScanInputs prepared(const MatrixScanInputs& inputs) {
  MatrixScanInputs in = inputs;
  if (in.normalizeKeys)
    for (Vector* x : {&in.q, &in.k})
      for (size_t row = 0; row < x->size(); row += in.keyDim) {
        const double inverse = inverseNorm(&(*x)[row], in.keyDim);
        for (int64_t i = 0; i < in.keyDim; ++i) (*x)[row + i] *= inverse;
      }
  if (in.beta.empty()) in.beta.assign(in.batch * in.tokens * in.householders * in.valueHeads, 1.0);
  if (in.betaSigmoid != 0)
    for (double& beta : in.beta) beta = in.betaSigmoid * sigmoid(beta);
  if (in.logDecay)
    for (double& g : in.g) g = std::exp(g);
  if (in.skip.empty()) in.skip.assign(in.valueHeads, 0.0);
  return in;
}

/// From gradients in what the recurrence reads to those in what was given.
void returnGradients(const MatrixScanInputs& given, const MatrixScanInputs& in, MatrixScanGradients& grad) {
  if (given.normalizeKeys)
    for (const auto& [raw, unit, d] :
         {std::tuple{&given.q, &in.q, &grad.q}, std::tuple{&given.k, &in.k, &grad.k}})
      for (size_t row = 0; row < d->size(); row += in.keyDim) {
        double along = 0;
        for (int64_t i = 0; i < in.keyDim; ++i) along += (*d)[row + i] * (*unit)[row + i];
        const double inverse = inverseNorm(&(*raw)[row], in.keyDim);
        for (int64_t i = 0; i < in.keyDim; ++i)
          (*d)[row + i] = inverse * ((*d)[row + i] - along * (*unit)[row + i]);
      }
  if (given.betaSigmoid != 0)
    for (size_t i = 0; i < grad.beta.size(); ++i)
      grad.beta[i] *= in.beta[i] * (1.0 - in.beta[i] / given.betaSigmoid);
  if (given.logDecay)
    for (size_t i = 0; i < grad.g.size(); ++i) grad.g[i] *= in.g[i];
  if (given.beta.empty()) grad.beta.clear();
  if (given.skip.empty()) grad.skip.clear();
}

/// Offsets of one head of one sequence: token t's vectors start at q(t), step j's at k(j), v(j), beta(j).
struct Head {
  const MatrixScanInputs& in;
  Sequence sequence;
  int64_t index, head;

  int64_t keyHead() const { return head / (in.valueHeads / in.heads); }
  int64_t q(int64_t t) const { return ((sequence.batch * in.tokens + t) * in.heads + keyHead()) * in.keyDim; }
  int64_t k(int64_t j) const {
    return ((sequence.batch * in.tokens * in.householders + j) * in.heads + keyHead()) * in.keyDim;
  }
  int64_t beta(int64_t j) const {
    return (sequence.batch * in.tokens * in.householders + j) * in.valueHeads + head;
  }
  int64_t v(int64_t j) const { return beta(j) * in.valueDim; }
  int64_t gate(int64_t t) const { return (sequence.batch * in.tokens + t) * in.valueHeads + head; }
  int64_t o(int64_t t) const { return gate(t) * in.valueDim; }
  /// Where the decay of key channel i is; one for all channels where it is per head.
  int64_t g(int64_t t, int64_t i) const {
    return in.gate == DecayGate::channel ? gate(t) * in.keyDim + i : gate(t);
  }
  int64_t state() const { return (index * in.valueHeads + head) * in.keyDim * in.valueDim; }
};

template <typename F>
void forEachHead(const MatrixScanInputs& in, const F& f) {
  for (int64_t index = 0; index < in.sequences(); ++index)
    for (int64_t head = 0; head < in.valueHeads; ++head) f(Head{in, in.sequence(index), index, head});
}

Matrix initialState(const Head& head) {
  const MatrixScanInputs& in = head.in;
  const int64_t size = in.keyDim * in.valueDim;
  if (in.initialState.empty()) return Matrix(size, 0.0);
  const auto start = in.initialState.begin() + head.state();
  return Matrix(start, start + size);
}

/// S^T x
Vector read(const Matrix& state, const double* x, int64_t keyDim, int64_t valueDim) {
  Vector y(valueDim, 0.0);
  for (int64_t i = 0; i < keyDim; ++i)
    for (int64_t c = 0; c < valueDim; ++c) y[c] += state[i * valueDim + c] * x[i];
  return y;
}

/// y += factor S x
void addTimes(double* y, double factor, const Matrix& state, const double* x, int64_t keyDim,
              int64_t valueDim) {
  for (int64_t i = 0; i < keyDim; ++i)
    for (int64_t c = 0; c < valueDim; ++c) y[i] += factor * state[i * valueDim + c] * x[c];
}

/// S += factor x y^T
void addOuter(Matrix& state, double factor, const double* x, const double* y, int64_t keyDim,
              int64_t valueDim) {
  for (int64_t i = 0; i < keyDim; ++i)
    for (int64_t c = 0; c < valueDim; ++c) state[i * valueDim + c] += factor * x[i] * y[c];
}

/// The decay of token t, and b (a^T S')^T where there is one.
void beginToken(const Head& head, int64_t t, Matrix& state) {
  const MatrixScanInputs& in = head.in;
  const Matrix before = state;
  if (in.gate != DecayGate::none)
    for (int64_t i = 0; i < in.keyDim; ++i)
      for (int64_t c = 0; c < in.valueDim; ++c) state[i * in.valueDim + c] *= in.g[head.g(t, i)];
  if (in.transition != Transition::dplr) return;
  const Vector p = read(before, &in.a[head.q(t)], in.keyDim, in.valueDim);
  addOuter(state, 1.0, &in.b[head.q(t)], p.data(), in.keyDim, in.valueDim);
}

/// What step j writes, before beta: its value, or what the state gets wrong about it.
Vector writtenBy(const Head& head, int64_t step, const Matrix& state) {
  const MatrixScanInputs& in = head.in;
  const double* value = &in.v[head.v(step)];
  Vector written(value, value + in.valueDim);
  if (in.transition != Transition::delta) return written;
  const Vector seen = read(state, &in.k[head.k(step)], in.keyDim, in.valueDim);
  for (int64_t c = 0; c < in.valueDim; ++c) written[c] -= seen[c];
  return written;
}

void applyStep(const Head& head, int64_t step, Matrix& state) {
  const MatrixScanInputs& in = head.in;
  const Vector written = writtenBy(head, step, state);
  addOuter(state, in.beta[head.beta(step)], &in.k[head.k(step)], written.data(), in.keyDim, in.valueDim);
}

/// Takes dS back through one step that started from `state`.
void retreatStep(const Head& head, int64_t step, const Matrix& state, Matrix& dState,
                 MatrixScanGradients& grad) {
  const MatrixScanInputs& in = head.in;
  const double* key = &in.k[head.k(step)];
  const double beta = in.beta[head.beta(step)];
  const Vector written = writtenBy(head, step, state);
  Vector dValue = read(dState, key, in.keyDim, in.valueDim);
  for (int64_t c = 0; c < in.valueDim; ++c) {
    grad.beta[head.beta(step)] += dValue[c] * written[c];
    dValue[c] *= beta;
    grad.v[head.v(step) + c] += dValue[c];
  }
  double* dKey = &grad.k[head.k(step)];
  addTimes(dKey, beta, dState, written.data(), in.keyDim, in.valueDim);
  if (in.transition != Transition::delta) return;
  addTimes(dKey, -1.0, state, dValue.data(), in.keyDim, in.valueDim);
  addOuter(dState, -1.0, key, dValue.data(), in.keyDim, in.valueDim);
}

/// Takes dS back through the beginning of token t, which started from `state`.
void retreatBeginning(const Head& head, int64_t t, const Matrix& state, Matrix& dState,
                      MatrixScanGradients& grad) {
  const MatrixScanInputs& in = head.in;
  const Matrix dAfter = dState;
  if (in.gate != DecayGate::none)
    for (int64_t i = 0; i < in.keyDim; ++i)
      for (int64_t c = 0; c < in.valueDim; ++c) {
        grad.g[head.g(t, i)] += dState[i * in.valueDim + c] * state[i * in.valueDim + c];
        dState[i * in.valueDim + c] *= in.g[head.g(t, i)];
      }
  if (in.transition != Transition::dplr) return;
  const double *a = &in.a[head.q(t)], *b = &in.b[head.q(t)];
  const Vector p = read(state, a, in.keyDim, in.valueDim), dP = read(dAfter, b, in.keyDim, in.valueDim);
  addTimes(&grad.b[head.q(t)], 1.0, dAfter, p.data(), in.keyDim, in.valueDim);
  addTimes(&grad.a[head.q(t)], 1.0, state, dP.data(), in.keyDim, in.valueDim);
  addOuter(dState, 1.0, a, dP.data(), in.keyDim, in.valueDim);
}

}  // namespace

MatrixScanOutputs matrixScan(const MatrixScanInputs& inputs) {
  const MatrixScanInputs in = prepared(inputs);
  MatrixScanOutputs out;
  out.o.resize(in.batch * in.tokens * in.valueHeads * in.valueDim);
  out.finalState.resize(in.sequences() * in.valueHeads * in.keyDim * in.valueDim);
  const int64_t n = in.householders;
  forEachHead(in, [&](const Head& head) {
    Matrix state = initialState(head);
    for (int64_t t = head.sequence.first; t < head.sequence.first + head.sequence.tokens; ++t) {
      beginToken(head, t, state);
      for (int64_t j = t * n; j < (t + 1) * n; ++j) applyStep(head, j, state);
      const Vector o = read(state, &in.q[head.q(t)], in.keyDim, in.valueDim);
      for (int64_t c = 0; c < in.valueDim; ++c)
        out.o[head.o(t) + c] = in.scale * o[c] + in.skip[head.head] * in.v[head.v((t + 1) * n - 1) + c];
    }
    std::copy(state.begin(), state.end(), out.finalState.begin() + head.state());
  });
  return out;
}

MatrixScanGradients matrixScanGradients(const MatrixScanInputs& inputs, const MatrixScanOutputs& dOutputs) {
  const MatrixScanInputs in = prepared(inputs);
  MatrixScanGradients grad;
  for (const auto& [d, x] : {std::pair{&grad.q, &in.q},
                             {&grad.k, &in.k},
                             {&grad.v, &in.v},
                             {&grad.beta, &in.beta},
                             {&grad.g, &in.g},
                             {&grad.a, &in.a},
                             {&grad.b, &in.b},
                             {&grad.skip, &in.skip}})
    d->assign(x->size(), 0.0);
  grad.initialState.resize(in.sequences() * in.valueHeads * in.keyDim * in.valueDim);
  const int64_t n = in.householders;
  forEachHead(in, [&](const Head& head) {
    const int64_t first = head.sequence.first, last = first + head.sequence.tokens;
    // Per token the state before it, then before each of its steps, and after the last token.
    std::vector<Matrix> states;
    Matrix state = initialState(head);
    for (int64_t t = first; t < last; ++t) {
      states.push_back(state);
      beginToken(head, t, state);
      for (int64_t j = 0; j < n; ++j) {
        states.push_back(state);
        applyStep(head, t * n + j, state);
      }
    }
    states.push_back(state);

    const auto dFinal = dOutputs.finalState.begin() + head.state();
    Matrix dState(dFinal, dFinal + in.keyDim * in.valueDim);
    for (int64_t t = last; t-- > first;) {
      const double* dO = &dOutputs.o[head.o(t)];
      const int64_t before = (t - first) * (n + 1), value = head.v((t + 1) * n - 1);
      for (int64_t c = 0; c < in.valueDim; ++c) {
        grad.v[value + c] += in.skip[head.head] * dO[c];
        grad.skip[head.head] += in.v[value + c] * dO[c];
      }
      addTimes(&grad.q[head.q(t)], in.scale, states[before + n + 1], dO, in.keyDim, in.valueDim);
      addOuter(dState, in.scale, &in.q[head.q(t)], dO, in.keyDim, in.valueDim);
      for (int64_t j = n; j-- > 0;) retreatStep(head, t * n + j, states[before + 1 + j], dState, grad);
      retreatBeginning(head, t, states[before], dState, grad);
    }
    std::copy(dState.begin(), dState.end(), grad.initialState.begin() + head.state());
  });
  returnGradients(inputs, in, grad);
  return grad;
}

}  // namespace parascan::reference
