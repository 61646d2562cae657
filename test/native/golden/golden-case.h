// A golden vector as scripts/test-golden.mjs flattens it: what an op takes and what it must give, computed
// elsewhere in float64.
#pragma once

#include <istream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tensor/context.h"
#include "tensor/tensor.h"

namespace parascan::golden {

struct StoredTensor {
  Dims shape;
  std::vector<float> values;
};

struct GoldenCase {
  std::string name, op;
  std::map<std::string, std::string> options;   // values as JavaScript writes them
  std::map<std::string, StoredTensor> tensors;  // inputs by the op's names, out.*, ct.* (cotangents), grad.*

  bool flag(const std::string& name) const { return text(name) == "true"; }
  int64_t integer(const std::string& name) const { return std::stoll(options.at(name)); }
  float real(const std::string& name) const { return std::stof(options.at(name)); }
  /// Empty where the option is absent.
  std::string text(const std::string& name) const;

  /// The part of the names after a prefix such as "out.".
  std::vector<std::string> under(const std::string& prefix) const;
};

/// The next case, or nothing at the end. Text but for the numbers, which are little-endian float32:
///
///   name op options tensors         the last two are counts
///   key value                       one line an option
///   name rank size size ..          one line a tensor, its numbers behind it
std::optional<GoldenCase> readCase(std::istream& file);

}  // namespace parascan::golden
