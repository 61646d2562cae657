// The selective scan (Mamba-1) as plain loops in float64: what the kernels are tested against, and the place
// to read the mathematics.
//
//   dt <- softplus(dt + dtBias)  (softplus where dtSoftplus),   decay = exp(dt A)  or  2 exp(dt A) - 1
//   h <- decay h + dt B_t u_t,   y = C_t . h + D u_t,   y <- y silu(z_t)
//
//   B batch, T tokens, D channels, N states per channel; everything contiguous in the order of its shape.
#pragma once

#include <cstdint>
#include <vector>

namespace parascan::reference {

struct SelectiveScanInputs {
  int64_t batch, tokens, channels, states;
  bool dtSoftplus, negativeEigenvalues;
  std::vector<double> u, dt;         // (B, T, D)
  std::vector<double> A;             // (D, N)
  std::vector<double> b, c;          // (B, T, N)
  std::vector<double> skip;          // D: (D), or empty
  std::vector<double> z;             // (B, T, D), or empty
  std::vector<double> dtBias;        // (D), or empty
  std::vector<double> initialState;  // (B, D, N), or empty for zeros
};

struct SelectiveScanOutputs {
  std::vector<double> y;           // (B, T, D)
  std::vector<double> finalState;  // (B, D, N)
};

/// Gradients by the name of the input; those of absent inputs are empty, but for the initial state.
struct SelectiveScanGradients {
  std::vector<double> u, dt, A, b, c, skip, z, dtBias, initialState;
};

SelectiveScanOutputs selectiveScan(const SelectiveScanInputs& inputs);

/// Of the loss whose gradients in the outputs are dOutputs.
SelectiveScanGradients selectiveScanGradients(const SelectiveScanInputs& inputs,
                                              const SelectiveScanOutputs& dOutputs);

}  // namespace parascan::reference
