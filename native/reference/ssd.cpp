// q = C, k = B, v = x, beta = dt, and the state is (N, P): h transposed. With e = exp(dt A) the decay is e or
// 2 e - 1, so its derivative in dt A is e or 2 e, which is the decay or the decay plus one.
#include "reference/ssd.h"

#include <cmath>

#include "reference/matrix-scan.h"

namespace parascan::reference {
namespace {

using Vector = std::vector<double>;

double biased(const SsdInputs& in, int64_t i) {
  return in.dt[i] + (in.dtBias.empty() ? 0.0 : in.dtBias[i % in.heads]);
}

/// Matrices of `rows` x `columns`, one behind the other, each transposed.
Vector transposed(const Vector& x, int64_t rows, int64_t columns) {
  Vector y(x.size());
  for (int64_t i = 0; i < static_cast<int64_t>(x.size()); ++i) {
    const int64_t matrix = i / (rows * columns), row = i / columns % rows, column = i % columns;
    y[(matrix * columns + column) * rows + row] = x[i];
  }
  return y;
}

MatrixScanInputs additiveScan(const SsdInputs& in) {
  MatrixScanInputs scan{.transition = Transition::additive,
                        .batch = in.batch,
                        .tokens = in.tokens,
                        .heads = in.groups,
                        .valueHeads = in.heads,
                        .keyDim = in.states,
                        .valueDim = in.headDim,
                        .householders = 1,
                        .starts = in.starts,
                        .gate = DecayGate::head,
                        .logDecay = false,
                        .normalizeKeys = false,
                        .betaSigmoid = 0,
                        .scale = 1,
                        .q = in.c,
                        .k = in.b,
                        .v = in.x,
                        .skip = in.skip,
                        .initialState = transposed(in.initialState, in.headDim, in.states)};
  for (int64_t i = 0; i < static_cast<int64_t>(in.dt.size()); ++i) {
    const double dt = in.dtSoftplus ? std::log1p(std::exp(biased(in, i))) : biased(in, i);
    const double e = std::exp(dt * in.A[i % in.heads]);
    scan.beta.push_back(dt);
    scan.g.push_back(in.negativeEigenvalues ? 2 * e - 1 : e);
  }
  return scan;
}

}  // namespace

SsdOutputs ssd(const SsdInputs& in) {
  const MatrixScanOutputs out = matrixScan(additiveScan(in));
  return {out.o, transposed(out.finalState, in.states, in.headDim)};
}

SsdGradients ssdGradients(const SsdInputs& in, const SsdOutputs& dOutputs) {
  const MatrixScanInputs scan = additiveScan(in);
  const MatrixScanGradients d = matrixScanGradients(
      scan, {.o = dOutputs.y, .finalState = transposed(dOutputs.finalState, in.headDim, in.states)});
  SsdGradients grad{.x = d.v,
                    .dt = Vector(in.dt.size()),
                    .A = Vector(in.A.size()),
                    .b = d.k,
                    .c = d.q,
                    .skip = d.skip,
                    .dtBias = Vector(in.dtBias.size()),
                    .initialState = transposed(d.initialState, in.states, in.headDim)};
  for (int64_t i = 0; i < static_cast<int64_t>(in.dt.size()); ++i) {
    const int64_t head = i % in.heads;
    const double dExponent = d.g[i] * (in.negativeEigenvalues ? scan.g[i] + 1 : scan.g[i]);
    grad.A[head] += dExponent * scan.beta[i];
    grad.dt[i] = d.beta[i] + dExponent * in.A[head];
    if (in.dtSoftplus) grad.dt[i] /= 1 + std::exp(-biased(in, i));
    if (!in.dtBias.empty()) grad.dtBias[head] += grad.dt[i];
  }
  return grad;
}

}  // namespace parascan::reference
