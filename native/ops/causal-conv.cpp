#include "ops/scans.h"

namespace parascan {
namespace {

CausalConvInputs checked(Context& context, CausalConvInputs in, const char* stateName) {
  requireType("x", in.x);
  requireRank("x", in.x, 3);
  const int64_t channels = in.x.dim(2);
  requireType("weight", in.weight);
  requireRank("weight", in.weight, 2);
  const int64_t width = in.weight.dim(1);
  requireShape("weight", in.weight, {channels, width});
  if (width < 1) throw RangeError("`weight` must have a tap or more, got none");
  in.x = withContiguousTail(context, in.x, 1);
  in.weight = withContiguousTail(context, in.weight, 1);
  if (in.bias) {
    requireType("bias", in.bias);
    requireShape("bias", in.bias, {channels});
    in.bias = contiguous(context, in.bias);
  }
  const Sequences sequences = in.cuSeqlens.over(in.x.dim(0), in.x.dim(1));
  if (in.initialState) {
    requireType(stateName, in.initialState);
    requireShape(stateName, in.initialState, {sequences.count, width - 1, channels});
    in.initialState = contiguous(context, in.initialState);
  }
  return in;
}

CausalConvArgs arguments(const CausalConvInputs& in, const ScanResult& result) {
  return {.sequences = in.cuSeqlens.over(in.x.dim(0), in.x.dim(1)),
          .channels = in.x.dim(2),
          .width = in.weight.dim(1),
          .x = channelView(in.x),
          .weight = in.weight.floats(),
          .weightRow = in.weight.stride(0),
          .bias = floatsOrNull(in.bias),
          .silu = in.silu,
          .initialState = floatsOrNull(in.initialState),
          .y = channelView(result.output),
          .finalState = result.finalState.floats()};
}

void launchForward(Context& context, const CausalConvArgs& args, const PackedSequences& packed) {
  context.launch([args, packed](const KernelTable& kernels, const Launch& launch) {
    kernels.causalConv->forward(launch, args);
  });
}

}  // namespace

ScanResult causalConv1d(Context& context, const CausalConvInputs& inputs) {
  const CausalConvInputs in = checked(context, inputs, "initialState");
  const Sequences sequences = in.cuSeqlens.over(in.x.dim(0), in.x.dim(1));
  ScanResult result{empty(context, in.x.shape()),
                    empty(context, {sequences.count, in.weight.dim(1) - 1, in.x.dim(2)})};
  const CausalConvArgs args = arguments(in, result);
  launchForward(context, args, in.cuSeqlens);
  record(context, {{in.x, in.weight, in.bias, in.initialState}}, {{&result.output, &result.finalState}},
         [args, in](Context& context, OutputGradients gradients) {
           const CausalConvGradArgs grad{.forward = args,
                                         .dY = channelView(gradients[0]),
                                         .dFinalState = floatsOrNull(gradients[1]),
                                         .dX = channelView(gradientOf(context, in.x)),
                                         .dWeight = floatsOrNull(gradientOf(context, in.weight)),
                                         .dBias = floatsOrNull(gradientOf(context, in.bias)),
                                         .dInitialState = floatsOrNull(gradientOf(context, in.initialState))};
           context.launch([grad, packed = in.cuSeqlens](const KernelTable& kernels, const Launch& launch) {
             kernels.causalConv->backward(launch, grad);
           });
         });
  return result;
}

Tensor causalConv1dStep(Context& context, const CausalConvInputs& inputs) {
  requireContiguous("state", inputs.initialState);
  const CausalConvInputs in = checked(context, inputs, "state");
  const ScanResult result{empty(context, in.x.shape()), in.initialState};
  launchForward(context, arguments(in, result), in.cuSeqlens);
  return result.output;
}

}  // namespace parascan
