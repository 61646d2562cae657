// Norms of rows as plain loops in float64: what the kernels are tested against, and the place to read the
// mathematics.
//
//   rms       y = x / sqrt(mean x^2 + eps) weight
//   gatedRms  y = x / sqrt(mean x^2 + eps) weight act(gate), or the rms norm of x act(gate) with the gate
//   first layer     y = (x - mean x) / sqrt(var x + eps) weight + bias l2        y = x / sqrt(sum x^2 + eps)
//   weight
//
//   Row r takes row r % groups of weight and bias.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/rows.h"

namespace parascan::reference {

struct NormInputs {
  NormOp op;
  GateActivation activation;  // of gatedRms, as is gateFirst
  bool gateFirst;
  int64_t rows, columns, groups;
  double eps;
  std::vector<double> x;       // (rows, columns)
  std::vector<double> gate;    // (rows, columns) of gatedRms, else empty
  std::vector<double> weight;  // (groups, columns), or empty for ones
  std::vector<double> bias;    // (groups, columns) of layer, or empty for zeros
};

/// By the name of the input; those of absent inputs are empty.
struct NormGradients {
  std::vector<double> x, gate, weight, bias;
};

/// y (rows, columns)
std::vector<double> norm(const NormInputs& inputs);

/// Of the loss whose gradient in y is dY.
NormGradients normGradients(const NormInputs& inputs, const std::vector<double>& dY);

}  // namespace parascan::reference
