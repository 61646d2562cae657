#include "ops/scans.h"

namespace parascan {
namespace {

struct ConvInputs {
  Tensor x, weight, bias;
};

ConvInputs checked(Context& context, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  requireType("x", x);
  requireRank("x", x, 3);
  requireType("weight", weight);
  requireRank("weight", weight, 2);
  requireShape("weight", weight, {x.dim(2), weight.dim(1)});
  if (weight.dim(1) < 1) throw RangeError("`weight` must have a tap or more, got none");
  if (bias) {
    requireType("bias", bias);
    requireShape("bias", bias, {x.dim(2)});
  }
  return {withContiguousTail(context, x, 1), withContiguousTail(context, weight, 1),
          bias ? contiguous(context, bias) : bias};
}

CausalConvArgs arguments(const ConvInputs& in, bool silu, const Tensor& state, const Tensor& y) {
  return {.batch = in.x.dim(0),
          .tokens = in.x.dim(1),
          .channels = in.x.dim(2),
          .width = in.weight.dim(1),
          .x = channelView(in.x),
          .weight = in.weight.floats(),
          .weightRow = in.weight.stride(0),
          .bias = floatsOrNull(in.bias),
          .silu = silu,
          .state = floatsOrNull(state),
          .y = channelView(y)};
}

}  // namespace

Tensor causalConv1d(Context& context, const Tensor& x, const Tensor& weight, const Tensor& bias, bool silu) {
  const ConvInputs in = checked(context, x, weight, bias);
  Tensor y = empty(context, in.x.shape());
  const CausalConvArgs args = arguments(in, silu, {}, y);
  context.launch([args](const KernelTable& kernels, const Launch& launch) {
    kernels.causalConv->forward(launch, args);
  });
  record(context, {{in.x, in.weight, in.bias}}, {{&y}},
         [args, in](Context& context, OutputGradients gradients) {
           const CausalConvGradArgs grad{.forward = args,
                                         .dY = channelView(gradients[0]),
                                         .dX = channelView(gradientOf(context, in.x)),
                                         .dWeight = floatsOrNull(gradientOf(context, in.weight)),
                                         .dBias = floatsOrNull(gradientOf(context, in.bias))};
           context.launch([grad](const KernelTable& kernels, const Launch& launch) {
             kernels.causalConv->backward(launch, grad);
           });
         });
  return y;
}

Tensor causalConv1dStep(Context& context, const Tensor& x, const Tensor& weight, const Tensor& bias,
                        bool silu, const Tensor& state) {
  const ConvInputs in = checked(context, x, weight, bias);
  requireType("state", state);
  requireShape("state", state, {in.x.dim(0), in.weight.dim(1) - 1, in.x.dim(2)});
  requireContiguous("state", state);
  Tensor y = empty(context, in.x.shape());
  const CausalConvArgs args = arguments(in, silu, state, y);
  context.launch([args](const KernelTable& kernels, const Launch& launch) {
    kernels.causalConv->forward(launch, args);
  });
  return y;
}

}  // namespace parascan
