// Ops that work row by row over the last dimension: softmax, norms, losses, embedding.
#pragma once

#include "ops/operands.h"

namespace parascan {

Tensor softmax(Context& context, const Tensor& x, bool logarithm);

struct NormInputs {
  NormOp op;
  Tensor x;             // (.., columns)
  Tensor gate;          // of x's shape; of gatedRms
  Tensor weight, bias;  // (columns), or the last two dimensions of x, or empty
  float eps;
  GateActivation activation = GateActivation::silu;
  bool gateFirst = false;
};

Tensor norm(Context& context, const NormInputs& inputs);

/// Mean cross-entropy of logits (.., classes) against int32 targets of the leading shape; targets equal to
/// `ignoreIndex` do not count.
Tensor crossEntropy(Context& context, const Tensor& logits, const Tensor& targets, int32_t ignoreIndex);

/// Mean over rows of the cross-entropy of the student against the teacher's distribution, both at
/// `temperature`, times its square (Hinton et al. 2015). The teacher takes no gradient.
Tensor distillation(Context& context, const Tensor& student, const Tensor& teacher, float temperature);

/// weight (vocabulary, columns) at int32 ids (..): y (.., columns).
Tensor embedding(Context& context, const Tensor& weight, const Tensor& ids);

}  // namespace parascan
