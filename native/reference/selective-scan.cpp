// The selective scan and its adjoint, one channel and one state at a time.
//
//   decay_t = e_t or 2 e_t - 1, with e_t = exp(dt_t A)
//   lambda_t = d loss / d h_t = c_t dr_t + decay_{t+1} lambda_{t+1},   r: readout before the gate
#include "reference/selective-scan.h"

#include <cmath>

namespace parascan::reference {
namespace {

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
double softplus(double x) { return x > 0.0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

/// dt before softplus, and after.
double rawStep(const SelectiveScanInputs& in, size_t token, size_t channel) {
  return in.dt[token * in.channels + channel] + (in.dtBias.empty() ? 0.0 : in.dtBias[channel]);
}
double step(const SelectiveScanInputs& in, size_t token, size_t channel) {
  const double raw = rawStep(in, token, channel);
  return in.dtSoftplus ? softplus(raw) : raw;
}

double decay(const SelectiveScanInputs& in, double exponential) {
  return in.negativeEigenvalues ? 2.0 * exponential - 1.0 : exponential;
}

}  // namespace

SelectiveScanOutputs selectiveScan(const SelectiveScanInputs& in) {
  const size_t batch = in.batch, tokens = in.tokens, channels = in.channels, states = in.states;
  SelectiveScanOutputs out;
  out.y.resize(batch * tokens * channels);
  out.finalState.assign(batch * channels * states, 0.0);
  if (!in.initialState.empty()) out.finalState = in.initialState;
  for (size_t s = 0; s < batch; ++s) {
    for (size_t d = 0; d < channels; ++d) {
      double* h = &out.finalState[(s * channels + d) * states];
      for (size_t t = s * tokens; t < (s + 1) * tokens; ++t) {
        const double dt = step(in, t, d), u = in.u[t * channels + d];
        double readout = in.skip.empty() ? 0.0 : in.skip[d] * u;
        for (size_t n = 0; n < states; ++n) {
          h[n] = decay(in, std::exp(dt * in.A[d * states + n])) * h[n] + dt * in.b[t * states + n] * u;
          readout += in.c[t * states + n] * h[n];
        }
        const double z = in.z.empty() ? 0.0 : in.z[t * channels + d];
        out.y[t * channels + d] = in.z.empty() ? readout : readout * z * sigmoid(z);
      }
    }
  }
  return out;
}

SelectiveScanGradients selectiveScanGradients(const SelectiveScanInputs& in,
                                              const SelectiveScanOutputs& dOut) {
  const size_t batch = in.batch, tokens = in.tokens, channels = in.channels, states = in.states;
  SelectiveScanGradients grad;
  grad.u.assign(in.u.size(), 0.0);
  grad.dt.assign(in.dt.size(), 0.0);
  grad.A.assign(in.A.size(), 0.0);
  grad.b.assign(in.b.size(), 0.0);
  grad.c.assign(in.c.size(), 0.0);
  grad.skip.assign(in.skip.size(), 0.0);
  grad.z.assign(in.z.size(), 0.0);
  grad.dtBias.assign(in.dtBias.size(), 0.0);
  grad.initialState.assign(batch * channels * states, 0.0);
  const double slope = in.negativeEigenvalues ? 2.0 : 1.0;  // of the decay in exp(dt A)

  std::vector<double> h((tokens + 1) * states);  // (T + 1, N): h[0] is the initial state
  std::vector<double> lambda(states);
  for (size_t s = 0; s < batch; ++s) {
    for (size_t d = 0; d < channels; ++d) {
      const size_t first = s * tokens, state = (s * channels + d) * states;
      for (size_t n = 0; n < states; ++n) {
        h[n] = in.initialState.empty() ? 0.0 : in.initialState[state + n];
        lambda[n] = dOut.finalState.empty() ? 0.0 : dOut.finalState[state + n];
      }
      for (size_t t = 0; t < tokens; ++t) {
        const double dt = step(in, first + t, d), u = in.u[(first + t) * channels + d];
        for (size_t n = 0; n < states; ++n)
          h[(t + 1) * states + n] = decay(in, std::exp(dt * in.A[d * states + n])) * h[t * states + n] +
                                    dt * in.b[(first + t) * states + n] * u;
      }
      for (size_t t = tokens; t-- > 0;) {
        const size_t token = first + t, at = token * channels + d;
        const double dt = step(in, token, d), u = in.u[at];
        double dReadout = dOut.y[at];
        if (!in.z.empty()) {
          double readout = in.skip.empty() ? 0.0 : in.skip[d] * u;
          for (size_t n = 0; n < states; ++n) readout += in.c[token * states + n] * h[(t + 1) * states + n];
          const double z = in.z[at], gate = sigmoid(z);
          grad.z[at] += dReadout * readout * gate * (1.0 + z * (1.0 - gate));
          dReadout *= z * gate;
        }
        if (!in.skip.empty()) {
          grad.skip[d] += dReadout * u;
          grad.u[at] += dReadout * in.skip[d];
        }
        double dStep = 0.0;
        for (size_t n = 0; n < states; ++n) {
          const double A = in.A[d * states + n], e = std::exp(dt * A);
          const double b = in.b[token * states + n], before = h[t * states + n];
          lambda[n] += in.c[token * states + n] * dReadout;
          const double dExponent = lambda[n] * before * slope * e;
          dStep += dExponent * A + lambda[n] * b * u;
          grad.A[d * states + n] += dExponent * dt;
          grad.u[at] += lambda[n] * dt * b;
          grad.b[token * states + n] += lambda[n] * dt * u;
          grad.c[token * states + n] += dReadout * h[(t + 1) * states + n];
          lambda[n] *= decay(in, e);
        }
        if (in.dtSoftplus) dStep *= sigmoid(rawStep(in, token, d));
        grad.dt[at] += dStep;
        if (!in.dtBias.empty()) grad.dtBias[d] += dStep;
      }
      for (size_t n = 0; n < states; ++n) grad.initialState[state + n] = lambda[n];
    }
  }
  return grad;
}

}  // namespace parascan::reference
