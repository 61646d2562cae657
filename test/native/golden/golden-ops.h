// The ops that golden vectors exist for, seen from there: tensors and options in, tensors by name out.
#pragma once

#include <map>
#include <span>
#include <string>

#include "golden-case.h"

namespace parascan::golden {

using Tensors = std::map<std::string, Tensor>;

enum class Form { chunked, recurrent };

struct GoldenOp {
  const char* name;  // `case.op` of the vectors
  bool hasRecurrent;
  /// `inputs` lacks what is absent. The recurrent form has no gradients.
  Tensors (*run)(Context& context, Form form, const GoldenCase& golden, Tensors& inputs);
};

std::span<const GoldenOp> goldenOps();

}  // namespace parascan::golden
