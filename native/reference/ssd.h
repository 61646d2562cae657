// The scan of Mamba-2 in float64, as the additive scan that it is.
//
//   dt <- softplus(dt + dtBias)  (softplus where dtSoftplus),   decay = exp(dt A)  or  2 exp(dt A) - 1
//   h <- decay h + dt x B_t^T,   y = h C_t + D x
//
//   B batch, T tokens, H heads of width P, G groups (head h reads group h G / H), N states; h (P, N) per
//   sequence and head, sequences packed as in matrix-scan.h; everything contiguous in the order of its shape.
#pragma once

#include <cstdint>
#include <vector>

namespace parascan::reference {

struct SsdInputs {
  int64_t batch, tokens, heads, headDim, groups, states;
  std::vector<int64_t> starts;  // of packed sequences, or empty
  bool dtSoftplus, negativeEigenvalues;
  std::vector<double> x;             // (B, T, H, P)
  std::vector<double> dt;            // (B, T, H)
  std::vector<double> A;             // (H)
  std::vector<double> b, c;          // (B, T, G, N)
  std::vector<double> skip;          // D: (H), or empty
  std::vector<double> dtBias;        // (H), or empty
  std::vector<double> initialState;  // (sequences, H, P, N), or empty for zeros
};

struct SsdOutputs {
  std::vector<double> y;           // (B, T, H, P)
  std::vector<double> finalState;  // (sequences, H, P, N)
};

/// By the name of the input; those of absent inputs are empty, but for the initial state's.
struct SsdGradients {
  std::vector<double> x, dt, A, b, c, skip, dtBias, initialState;
};

SsdOutputs ssd(const SsdInputs& inputs);

/// Of the loss whose gradients in the outputs are dOutputs.
SsdGradients ssdGradients(const SsdInputs& inputs, const SsdOutputs& dOutputs);

}  // namespace parascan::reference
