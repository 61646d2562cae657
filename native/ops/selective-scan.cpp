#include "ops/scans.h"

namespace parascan {
namespace {

SelectiveScanInputs checked(Context& context, SelectiveScanInputs in) {
  requireType("u", in.u);
  requireRank("u", in.u, 3);
  requireType("A", in.A);
  requireRank("A", in.A, 2);
  const int64_t batch = in.u.dim(0), tokens = in.u.dim(1), channels = in.u.dim(2), states = in.A.dim(1);
  requireShape("A", in.A, {channels, states});
  const int64_t sequences = in.cuSeqlens.over(batch, tokens).count;
  const struct {
    const char* name;
    Tensor* x;
    Dims shape;
    bool optional;
  } operands[] = {{"u", &in.u, {batch, tokens, channels}, false},
                  {"dt", &in.dt, {batch, tokens, channels}, false},
                  {"B", &in.B, {batch, tokens, states}, false},
                  {"C", &in.C, {batch, tokens, states}, false},
                  {"z", &in.z, {batch, tokens, channels}, true},
                  {"D", &in.D, {channels}, true},
                  {"dtBias", &in.dtBias, {channels}, true},
                  {"initialState", &in.initialState, {sequences, channels, states}, true}};
  for (const auto& [name, x, shape, optional] : operands) {
    if (optional && !*x) continue;
    requireType(name, *x);
    requireShape(name, *x, shape);
    *x = withContiguousTail(context, *x, 1);
  }
  in.A = contiguous(context, in.A);
  if (in.initialState) in.initialState = contiguous(context, in.initialState);
  return in;
}

SelectiveScanArgs arguments(const SelectiveScanInputs& in, const ScanResult& result) {
  return {.sequences = in.cuSeqlens.over(in.u.dim(0), in.u.dim(1)),
          .channels = in.u.dim(2),
          .states = in.A.dim(1),
          .dtSoftplus = in.dtSoftplus,
          .negativeEigenvalues = in.negativeEigenvalues,
          .u = channelView(in.u),
          .dt = channelView(in.dt),
          .A = in.A.floats(),
          .b = channelView(in.B),
          .c = channelView(in.C),
          .skip = floatsOrNull(in.D),
          .z = channelView(in.z),
          .dtBias = floatsOrNull(in.dtBias),
          .initialState = floatsOrNull(in.initialState),
          .y = channelView(result.output),
          .finalState = result.finalState.floats(),
          .saved = nullptr};
}

ScanResult results(Context& context, const SelectiveScanInputs& in) {
  const int64_t sequences = in.cuSeqlens.over(in.u.dim(0), in.u.dim(1)).count;
  return {empty(context, in.u.shape()), empty(context, {sequences, in.u.dim(2), in.A.dim(1)})};
}

}  // namespace

ScanResult selectiveScan(Context& context, const SelectiveScanInputs& inputs) {
  const SelectiveScanInputs in = checked(context, inputs);
  ScanResult result = results(context, in);
  SelectiveScanArgs args = arguments(in, result);
  Tensor saved;
  if (recording(context, {&in.u, &in.dt, &in.A, &in.B, &in.C, &in.D, &in.z, &in.dtBias, &in.initialState})) {
    saved = empty(context, {kernels().selectiveScan->savedSize(args)});
    args.saved = saved.floats();
  }
  context.launch([args, packed = in.cuSeqlens](const KernelTable& kernels, const Launch& launch) {
    kernels.selectiveScan->forward(launch, args);
  });
  record(
      context, {{in.u, in.dt, in.A, in.B, in.C, in.D, in.z, in.dtBias, in.initialState}},
      {{&result.output, &result.finalState}}, [args, in, saved](Context& context, OutputGradients gradients) {
        const SelectiveScanGradArgs grad{.forward = args,
                                         .dY = channelView(gradients[0]),
                                         .dFinalState = floatsOrNull(gradients[1]),
                                         .dU = channelView(gradientOf(context, in.u)),
                                         .dDt = channelView(gradientOf(context, in.dt)),
                                         .dB = channelView(gradientOf(context, in.B)),
                                         .dC = channelView(gradientOf(context, in.C)),
                                         .dZ = channelView(gradientOf(context, in.z)),
                                         .dA = floatsOrNull(gradientOf(context, in.A)),
                                         .dSkip = floatsOrNull(gradientOf(context, in.D)),
                                         .dDtBias = floatsOrNull(gradientOf(context, in.dtBias)),
                                         .dInitialState = floatsOrNull(gradientOf(context, in.initialState))};
        context.launch([grad, packed = in.cuSeqlens](const KernelTable& kernels, const Launch& launch) {
          kernels.selectiveScan->backward(launch, grad);
        });
      });
  return result;
}

ScanResult selectiveScanRecurrent(Context& context, const SelectiveScanInputs& inputs, bool inPlace) {
  const SelectiveScanInputs in = checked(context, inputs);
  ScanResult result = results(context, in);
  if (inPlace) {
    if (!inputs.initialState) throw TypeError("`initialState` must be a tensor, to be updated in place");
    requireContiguous("initialState", inputs.initialState);
    result.finalState = in.initialState;
  }
  const SelectiveScanArgs args = arguments(in, result);
  context.launch([args, packed = in.cuSeqlens](const KernelTable& kernels, const Launch& launch) {
    kernels.selectiveScan->recurrent(launch, args);
  });
  return result;
}

}  // namespace parascan
