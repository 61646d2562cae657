#include "ops/rows.h"

namespace parascan {
namespace {

/// Weight or bias of a norm: shared by all rows, or one for each place in the dimension before the last.
Tensor affineOf(Context& context, const char* name, const Tensor& affine, const Tensor& x) {
  if (!affine) return affine;
  requireType(name, affine);
  if (affine.rank() == 2 && x.rank() >= 2)
    requireShape(name, affine, {x.dim(-2), x.dim(-1)});
  else
    requireShape(name, affine, {x.dim(-1)});
  return contiguous(context, affine);
}

}  // namespace

Tensor softmax(Context& context, const Tensor& input, bool logarithm) {
  requireType("x", input);
  const Tensor x = withRows(context, input);
  Tensor y = empty(context, x.shape());
  const SoftmaxArgs args{
      .rows = rowCount(x), .columns = x.dim(-1), .logarithm = logarithm, .x = rowView(x), .y = rowView(y)};
  context.launch(
      [args](const KernelTable& kernels, const Launch& launch) { kernels.rows->softmax(launch, args); });
  record(context, {{x}}, {{&y}}, [args, x, y = y.detached()](Context& context, OutputGradients gradients) {
    const SoftmaxGradArgs grad{
        .forward = args, .dY = rowView(gradients[0]), .dX = rowView(gradientOf(context, x))};
    context.launch([grad](const KernelTable& kernels, const Launch& launch) {
      kernels.rows->softmaxGrad(launch, grad);
    });
  });
  return y;
}

Tensor norm(Context& context, const NormInputs& inputs) {
  requireType("x", inputs.x);
  if (inputs.x.rank() < 1) throw RangeError("`x` must have a dimension to normalise over, got a scalar");
  NormInputs in = inputs;
  in.x = withRows(context, inputs.x);
  if (in.gate) {
    requireType("gate", in.gate);
    requireShape("gate", in.gate, in.x.shape());
    in.gate = withRows(context, in.gate);
  }
  in.weight = affineOf(context, "weight", in.weight, in.x);
  in.bias = affineOf(context, "bias", in.bias, in.x);
  // A weight for all rows beside a bias by group, or the other way round, would need two ways to find them.
  if (in.weight && in.bias && in.weight.rank() != in.bias.rank())
    throw RangeError(message("`bias` must have the shape of `weight`, ", in.weight.shape().text(), ", got ",
                             in.bias.shape().text()));
  const bool grouped = (in.weight && in.weight.rank() == 2) || (in.bias && in.bias.rank() == 2);
  Tensor y = empty(context, in.x.shape());
  const bool keep = recording(context, {&in.x, &in.gate, &in.weight, &in.bias});
  const Tensor saved = keep ? empty(context, {rowCount(in.x), 2}) : Tensor();
  const NormArgs args{.op = in.op,
                      .activation = in.activation,
                      .gateFirst = in.gateFirst,
                      .rows = rowCount(in.x),
                      .columns = in.x.dim(-1),
                      .eps = in.eps,
                      .x = rowView(in.x),
                      .y = rowView(y),
                      .gate = rowView(in.gate),
                      .groups = grouped ? in.x.dim(-2) : 1,
                      .weight = floatsOrNull(in.weight),
                      .bias = floatsOrNull(in.bias),
                      .saved = floatsOrNull(saved)};
  context.launch(
      [args](const KernelTable& kernels, const Launch& launch) { kernels.rows->norm(launch, args); });
  record(context, {{in.x, in.gate, in.weight, in.bias}}, {{&y}},
         [args, in, saved](Context& context, OutputGradients gradients) {
           const NormGradArgs grad{.forward = args,
                                   .dY = rowView(gradients[0]),
                                   .dX = rowView(gradientOf(context, in.x)),
                                   .dGate = rowView(gradientOf(context, in.gate)),
                                   .dWeight = floatsOrNull(gradientOf(context, in.weight)),
                                   .dBias = floatsOrNull(gradientOf(context, in.bias))};
           context.launch([grad](const KernelTable& kernels, const Launch& launch) {
             kernels.rows->normGrad(launch, grad);
           });
         });
  return y;
}

Tensor crossEntropy(Context& context, const Tensor& input, const Tensor& targetInput, int32_t ignoreIndex) {
  requireType("logits", input);
  requireType("targets", targetInput, DataType::int32);
  if (input.rank() < 1) throw RangeError("`logits` must have a class dimension, got a scalar");
  Dims leading = input.shape();
  leading.erase(leading.rank() - 1);
  requireShape("targets", targetInput, leading);
  const Tensor logits = withRows(context, input), targets = contiguous(context, targetInput);
  const int64_t rows = rowCount(logits);
  Tensor loss = empty(context, {});
  const Tensor saved = empty(context, {rows + 1});
  const CrossEntropyArgs args{.rows = rows,
                              .classes = logits.dim(-1),
                              .logits = rowView(logits),
                              .targets = targets.ints(),
                              .ignoreIndex = ignoreIndex,
                              .loss = loss.floats(),
                              .saved = saved.floats()};
  context.launch(
      [args](const KernelTable& kernels, const Launch& launch) { kernels.rows->crossEntropy(launch, args); });
  record(context, {{logits}}, {{&loss}},
         [args, logits, targets, saved](Context& context, OutputGradients gradients) {
           const CrossEntropyGradArgs grad{.forward = args,
                                           .dLoss = gradients[0].floats(),
                                           .dLogits = rowView(gradientOf(context, logits))};
           context.launch([grad](const KernelTable& kernels, const Launch& launch) {
             kernels.rows->crossEntropyGrad(launch, grad);
           });
         });
  return loss;
}

Tensor distillation(Context& context, const Tensor& studentInput, const Tensor& teacherInput,
                    float temperature) {
  requireType("student", studentInput);
  requireType("teacher", teacherInput);
  requireShape("teacher", teacherInput, studentInput.shape());
  if (!(temperature > 0)) throw RangeError(message("`temperature` must be positive, got ", temperature));
  const Tensor student = withRows(context, studentInput);
  const Tensor teacher = withRows(context, teacherInput.detached());
  const int64_t rows = rowCount(student);
  Tensor loss = empty(context, {});
  const Tensor saved = empty(context, {rows, 2});
  const DistillationArgs args{.rows = rows,
                              .classes = student.dim(-1),
                              .temperature = temperature,
                              .student = rowView(student),
                              .teacher = rowView(teacher),
                              .loss = loss.floats(),
                              .saved = saved.floats()};
  context.launch(
      [args](const KernelTable& kernels, const Launch& launch) { kernels.rows->distillation(launch, args); });
  record(context, {{student}}, {{&loss}},
         [args, student, teacher, saved](Context& context, OutputGradients gradients) {
           const DistillationGradArgs grad{.forward = args,
                                           .dLoss = gradients[0].floats(),
                                           .dStudent = rowView(gradientOf(context, student))};
           context.launch([grad](const KernelTable& kernels, const Launch& launch) {
             kernels.rows->distillationGrad(launch, grad);
           });
         });
  return loss;
}

namespace {

template <typename Weight>
EmbeddingArgsOf<Weight> embeddingArgs(const Tensor& weight, const Weight* data, const Tensor& ids,
                                      const Tensor& y) {
  return {.count = ids.size(),
          .columns = weight.dim(1),
          .weight = data,
          .weightRow = weight.stride(0),
          .vocabulary = weight.dim(0),
          .ids = ids.ints(),
          .y = y.floats()};
}

}  // namespace

Tensor embedding(Context& context, const Tensor& input, const Tensor& idsInput) {
  requireWeight(context, "weight", input, {});
  requireType("ids", idsInput, DataType::int32);
  requireRank("weight", input, 2);
  const Tensor weight = withContiguousTail(context, input, 1), ids = contiguous(context, idsInput);
  Dims shape = ids.shape();
  shape.push(weight.dim(1));
  Tensor y = empty(context, shape);
  if (weight.type() == DataType::bfloat16) {
    context.launch([args = embeddingArgs(weight, weight.bfloats(), ids, y)](const KernelTable& kernels,
                                                                            const Launch& launch) {
      kernels.rows->embeddingBfloat16(launch, args);
    });
    return y;
  }
  const EmbeddingArgs args = embeddingArgs(weight, weight.floats(), ids, y);
  context.launch(
      [args](const KernelTable& kernels, const Launch& launch) { kernels.rows->embedding(launch, args); });
  record(context, {{weight}}, {{&y}}, [args, weight, ids](Context& context, OutputGradients gradients) {
    const EmbeddingGradArgs grad{
        .forward = args, .dY = gradients[0].floats(), .dWeight = gradientOf(context, weight).floats()};
    context.launch([grad](const KernelTable& kernels, const Launch& launch) {
      kernels.rows->embeddingGrad(launch, grad);
    });
  });
  return y;
}

}  // namespace parascan
