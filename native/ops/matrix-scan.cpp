#include "ops/scans.h"

namespace parascan {
namespace {

DeltaRuleInputs checked(Context& context, DeltaRuleInputs in) {
  for (const auto& [name, x, rank] :
       {std::tuple{"q", &in.q, 4}, {"k", &in.k, 4}, {"v", &in.v, 4}, {"beta", &in.beta, 3}}) {
    requireType(name, *x);
    requireRank(name, *x, rank);
  }
  if (in.householders < 1)
    throw RangeError(message("`householders` must be at least 1, got ", in.householders));
  const int64_t batch = in.q.dim(0), tokens = in.q.dim(1), heads = in.q.dim(2), keyDim = in.q.dim(3);
  const int64_t valueHeads = in.v.dim(2), valueDim = in.v.dim(3), steps = tokens * in.householders;
  requireShape("k", in.k, {batch, steps, heads, keyDim});
  requireShape("v", in.v, {batch, steps, valueHeads, valueDim});
  requireShape("beta", in.beta, {batch, steps, valueHeads});
  if (heads < 1 || valueHeads % heads != 0)
    throw RangeError(
        message("the heads of `v` must be a multiple of the heads of `q`, got ", valueHeads, " and ", heads));
  if (in.g) {
    requireType("g", in.g);
    if (in.g.rank() == 4)
      requireShape("g", in.g, {batch, tokens, valueHeads, keyDim});
    else
      requireShape("g", in.g, {batch, tokens, valueHeads});
  }
  if (in.initialState) {
    requireType("initialState", in.initialState);
    requireShape("initialState", in.initialState, {batch, valueHeads, keyDim, valueDim});
    in.initialState = contiguous(context, in.initialState);
  }
  for (Tensor* x : {&in.q, &in.k, &in.v}) *x = withContiguousTail(context, *x, 1);
  if (in.g && in.g.rank() == 4) in.g = withContiguousTail(context, in.g, 1);
  return in;
}

MatrixScanArgs arguments(const DeltaRuleInputs& in, const ScanResult& result, float* saved) {
  return {.transition = Transition::delta,
          .sequences = {in.q.dim(0), in.q.dim(1), nullptr},
          .heads = in.q.dim(2),
          .valueHeads = in.v.dim(2),
          .keyDim = in.q.dim(3),
          .valueDim = in.v.dim(3),
          .householders = in.householders,
          .gate = !in.g              ? DecayGate::none
                  : in.g.rank() == 3 ? DecayGate::head
                                     : DecayGate::channel,
          .logDecay = true,
          .normalizeKeys = false,
          .betaSigmoid = 0.0f,
          .scale = in.scale,
          .q = tokenView(in.q),
          .k = tokenView(in.k),
          .v = tokenView(in.v),
          .beta = tokenView(in.beta),
          .g = tokenView(in.g),
          .a = {},
          .b = {},
          .skip = nullptr,
          .initialState = floatsOrNull(in.initialState),
          .o = tokenView(result.output),
          .finalState = result.finalState.floats(),
          .saved = saved};
}

ScanResult results(Context& context, const DeltaRuleInputs& in) {
  return {empty(context, {in.q.dim(0), in.q.dim(1), in.v.dim(2), in.v.dim(3)}),
          empty(context, {in.q.dim(0), in.v.dim(2), in.q.dim(3), in.v.dim(3)})};
}

}  // namespace

ScanResult deltaRule(Context& context, const DeltaRuleInputs& inputs) {
  const DeltaRuleInputs in = checked(context, inputs);
  ScanResult result = results(context, in);
  MatrixScanArgs args = arguments(in, result, nullptr);
  Tensor saved;
  if (recording(context, {&in.q, &in.k, &in.v, &in.beta, &in.g, &in.initialState})) {
    saved = empty(context, {kernels().matrixScan->savedSize(args)});
    args.saved = saved.floats();
  }
  context.launch([args](const KernelTable& kernels, const Launch& launch) {
    kernels.matrixScan->forward(launch, args);
  });
  record(context, {{in.q, in.k, in.v, in.beta, in.g, in.initialState}},
         {{&result.output, &result.finalState}},
         [args, in, saved](Context& context, OutputGradients gradients) {
           const MatrixScanGradArgs grad{.forward = args,
                                         .dO = tokenView(gradients[0]),
                                         .dFinalState = floatsOrNull(gradients[1]),
                                         .dQ = tokenView(gradientOf(context, in.q)),
                                         .dK = tokenView(gradientOf(context, in.k)),
                                         .dV = tokenView(gradientOf(context, in.v)),
                                         .dBeta = tokenView(gradientOf(context, in.beta)),
                                         .dG = tokenView(gradientOf(context, in.g)),
                                         .dA = {},
                                         .dB = {},
                                         .dSkip = nullptr,
                                         .dInitialState = floatsOrNull(gradientOf(context, in.initialState))};
           context.launch([grad](const KernelTable& kernels, const Launch& launch) {
             kernels.matrixScan->backward(launch, grad);
           });
         });
  return result;
}

ScanResult deltaRuleRecurrent(Context& context, const DeltaRuleInputs& inputs, bool inPlace) {
  const DeltaRuleInputs in = checked(context, inputs);
  ScanResult result = results(context, in);
  if (inPlace) {
    if (!inputs.initialState) throw TypeError("`initialState` must be a tensor, to be updated in place");
    requireContiguous("initialState", inputs.initialState);
    result.finalState = in.initialState;
  }
  const MatrixScanArgs args = arguments(in, result, nullptr);
  context.launch([args](const KernelTable& kernels, const Launch& launch) {
    kernels.matrixScan->recurrent(launch, args);
  });
  return result;
}

}  // namespace parascan
