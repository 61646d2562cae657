#include "ops/rows.h"

namespace parascan {
namespace {

Tensor vectorOf(Context& context, const char* name, const Tensor& x, int64_t size) {
  if (!x) return x;
  requireType(name, x);
  requireShape(name, x, {size});
  return contiguous(context, x);
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

Tensor norm(Context& context, NormOp op, const Tensor& input, const Tensor& gateInput,
            const Tensor& weightInput, const Tensor& biasInput, float eps) {
  requireType("x", input);
  if (input.rank() < 1) throw RangeError("`x` must have a dimension to normalise over, got a scalar");
  const Tensor x = withRows(context, input);
  if (gateInput) {
    requireType("gate", gateInput);
    requireShape("gate", gateInput, x.shape());
  }
  const Tensor gate = gateInput ? withRows(context, gateInput) : gateInput;
  const Tensor weight = vectorOf(context, "weight", weightInput, x.dim(-1));
  const Tensor bias = vectorOf(context, "bias", biasInput, x.dim(-1));
  Tensor y = empty(context, x.shape());
  const bool keep = recording(context, {&x, &gate, &weight, &bias});
  const Tensor saved = keep ? empty(context, {rowCount(x), 2}) : Tensor();
  const NormArgs args{.op = op,
                      .rows = rowCount(x),
                      .columns = x.dim(-1),
                      .eps = eps,
                      .x = rowView(x),
                      .y = rowView(y),
                      .gate = rowView(gate),
                      .weight = floatsOrNull(weight),
                      .bias = floatsOrNull(bias),
                      .saved = floatsOrNull(saved)};
  context.launch(
      [args](const KernelTable& kernels, const Launch& launch) { kernels.rows->norm(launch, args); });
  record(context, {{x, gate, weight, bias}}, {{&y}},
         [args, x, gate, weight, bias, saved](Context& context, OutputGradients gradients) {
           const NormGradArgs grad{.forward = args,
                                   .dY = rowView(gradients[0]),
                                   .dX = rowView(gradientOf(context, x)),
                                   .dGate = rowView(gradientOf(context, gate)),
                                   .dWeight = floatsOrNull(gradientOf(context, weight)),
                                   .dBias = floatsOrNull(gradientOf(context, bias))};
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

Tensor embedding(Context& context, const Tensor& input, const Tensor& idsInput) {
  requireType("weight", input);
  requireType("ids", idsInput, DataType::int32);
  requireRank("weight", input, 2);
  const Tensor weight = withContiguousTail(context, input, 1), ids = contiguous(context, idsInput);
  Dims shape = ids.shape();
  shape.push(weight.dim(1));
  Tensor y = empty(context, shape);
  const EmbeddingArgs args{.count = ids.size(),
                           .columns = weight.dim(1),
                           .weight = weight.floats(),
                           .weightRow = weight.stride(0),
                           .vocabulary = weight.dim(0),
                           .ids = ids.ints(),
                           .y = y.floats()};
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
