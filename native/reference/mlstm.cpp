// The additive scan with decay sigma(f), beta = kappa exp(i), and a column of ones behind the values, whose
// state is n. With o its readout, numerator and denominator d:  h = numerator / max(|d|, 1), so
// dNumerator = dh / max(|d|, 1), and where |d| > 1 also dd = -sign(d) dh . h / |d|.
#include "reference/mlstm.h"

#include <algorithm>
#include <cmath>

#include "reference/matrix-scan.h"

namespace parascan::reference {
namespace {

using Vector = std::vector<double>;

/// Rows of `from` numbers brought to rows of `to` numbers: cut off, or with `fill` behind.
Vector resizedRows(const Vector& x, int64_t from, int64_t to, double fill) {
  Vector y;
  for (size_t row = 0; row < x.size(); row += from)
    for (int64_t c = 0; c < to; ++c) y.push_back(c < from ? x[row + c] : fill);
  return y;
}

MatrixScanInputs additiveScan(const MlstmInputs& in) {
  MatrixScanInputs scan{.transition = Transition::additive,
                        .batch = in.batch,
                        .tokens = in.tokens,
                        .heads = in.heads,
                        .valueHeads = in.valueHeads,
                        .keyDim = in.keyDim,
                        .valueDim = in.valueDim + 1,
                        .householders = 1,
                        .starts = in.starts,
                        .gate = DecayGate::head,
                        .logDecay = false,
                        .normalizeKeys = false,
                        .betaSigmoid = 0,
                        .scale = 1,
                        .q = in.q,
                        .k = in.k,
                        .v = resizedRows(in.v, in.valueDim, in.valueDim + 1, 1.0),
                        .initialState = in.memory};
  for (const double i : in.i) scan.beta.push_back(in.keyScale * std::exp(i));
  for (const double f : in.f) scan.g.push_back(1.0 / (1.0 + std::exp(-f)));
  return scan;
}

}  // namespace

MlstmOutputs mlstm(const MlstmInputs& in) {
  const MatrixScanOutputs out = matrixScan(additiveScan(in));
  MlstmOutputs result{resizedRows(out.o, in.valueDim + 1, in.valueDim, 0.0), out.finalState};
  for (size_t at = 0; at < result.h.size(); ++at) {
    const double denominator = out.o[(at / in.valueDim + 1) * (in.valueDim + 1) - 1];
    result.h[at] /= std::max(std::abs(denominator), 1.0);
  }
  return result;
}

MlstmGradients mlstmGradients(const MlstmInputs& in, const MlstmOutputs& dOutputs) {
  const MatrixScanInputs scan = additiveScan(in);
  const Vector o = matrixScan(scan).o;
  MatrixScanOutputs dScan{.o = Vector(o.size()), .finalState = dOutputs.memory};
  for (size_t row = 0; row < in.i.size(); ++row) {
    const double *read = &o[row * (in.valueDim + 1)], *dH = &dOutputs.h[row * in.valueDim];
    double* dRead = &dScan.o[row * (in.valueDim + 1)];
    const double denominator = read[in.valueDim], divisor = std::max(std::abs(denominator), 1.0);
    for (int64_t c = 0; c < in.valueDim; ++c) {
      dRead[c] = dH[c] / divisor;
      if (std::abs(denominator) > 1) dRead[in.valueDim] -= dH[c] * read[c] / (denominator * divisor);
    }
  }
  const MatrixScanGradients d = matrixScanGradients(scan, dScan);
  MlstmGradients grad{.q = d.q,
                      .k = d.k,
                      .v = resizedRows(d.v, in.valueDim + 1, in.valueDim, 0.0),
                      .i = d.beta,
                      .f = d.g,
                      .memory = d.initialState};
  for (size_t at = 0; at < grad.i.size(); ++at) {
    grad.i[at] *= scan.beta[at];
    grad.f[at] *= scan.g[at] * (1.0 - scan.g[at]);
  }
  return grad;
}

}  // namespace parascan::reference
