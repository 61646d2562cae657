// Norms of rows as plain loops in float64: what the kernels are tested against, and the place to read the
// mathematics.
//
//   rms       y = x / sqrt(mean x^2 + eps) weight
//   gatedRms  y = x / sqrt(mean x^2 + eps) weight silu(gate)
//   layer     y = (x - mean x) / sqrt(var x + eps) weight + bias
//   l2        y = x / sqrt(sum x^2 + eps) weight
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/rows.h"

namespace parascan::reference {

struct NormInputs {
  NormOp op;
  int64_t rows, columns;
  double eps;
  std::vector<double> x;       // (rows, columns)
  std::vector<double> gate;    // (rows, columns) of gatedRms, else empty
  std::vector<double> weight;  // (columns), or empty for ones
  std::vector<double> bias;    // (columns) of layer, or empty for zeros
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
