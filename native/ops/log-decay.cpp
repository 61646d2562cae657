#include "ops/log-decay.h"

namespace parascan {
namespace {

LogDecayInputs checked(Context& context, LogDecayInputs in) {
  requireType("x", in.x);
  if (in.x.rank() != 3 && in.x.rank() != 4)
    throw RangeError(message("`x` must have 3 or 4 dimensions, got shape ", in.x.shape().text()));
  if (!(in.scale > 0)) throw RangeError(message("`scale` must be positive, got ", in.scale));
  if (in.logRate) {
    requireType("logRate", in.logRate);
    requireShape("logRate", in.logRate, {in.x.dim(2)});
    in.logRate = contiguous(context, in.logRate);
  }
  if (in.bias) {
    requireType("bias", in.bias);
    Dims shape = in.x.shape();
    shape.erase(0);
    shape.erase(0);
    requireShape("bias", in.bias, shape);
    in.bias = contiguous(context, in.bias);
  }
  // The heads of a token are one row.
  in.x = withContiguousTail(context, in.x, in.x.rank() - 2);
  return in;
}

/// (B, T, H) or (B, T, H, K) with tokens as rows; data null for an empty tensor.
RowView tokenRows(const Tensor& x) {
  if (!x) return {};
  return {.data = x.floats(), .inner = x.dim(1), .outerStride = x.stride(0), .innerStride = x.stride(1)};
}

}  // namespace

Tensor logDecay(Context& context, const LogDecayInputs& inputs) {
  const LogDecayInputs in = checked(context, inputs);
  Tensor y = empty(context, in.x.shape());
  if (y.size() == 0) return y;
  const LogDecayArgs args{.form = in.form,
                          .signedDecay = in.signedDecay,
                          .scale = in.scale,
                          .rows = in.x.dim(0) * in.x.dim(1),
                          .heads = in.x.dim(2),
                          .width = in.x.rank() == 4 ? in.x.dim(3) : 1,
                          .x = tokenRows(in.x),
                          .y = tokenRows(y),
                          .logRate = floatsOrNull(in.logRate),
                          .bias = floatsOrNull(in.bias)};
  context.launch(
      [args](const KernelTable& kernels, const Launch& launch) { kernels.logDecay->forward(launch, args); });
  record(context, {{in.x, in.logRate, in.bias}}, {{&y}},
         [args, in](Context& context, OutputGradients gradients) {
           const LogDecayGradArgs grad{.forward = args,
                                       .dY = tokenRows(gradients[0]),
                                       .dX = tokenRows(gradientOf(context, in.x)),
                                       .dLogRate = floatsOrNull(gradientOf(context, in.logRate)),
                                       .dBias = floatsOrNull(gradientOf(context, in.bias))};
           context.launch([grad](const KernelTable& kernels, const Launch& launch) {
             kernels.logDecay->backward(launch, grad);
           });
         });
  return y;
}

}  // namespace parascan
