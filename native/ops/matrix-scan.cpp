#include "ops/matrix-scan.h"

#include "ops/elementwise.h"

namespace parascan {
namespace {

/// The decay as (B, T, HV) or (B, T, HV, K). One that is the same at all tokens is repeated by a stride of 0,
/// which gathers no gradient, or by an op that does.
Tensor checkedDecay(Context& context, const MatrixScanInputs& in) {
  const char* name = in.transition == Transition::dplr ? "w" : in.logDecay ? "g" : "decay";
  const int64_t batch = in.q.dim(0), tokens = in.q.dim(1), keyDim = in.q.dim(3), valueHeads = in.v.dim(2);
  requireType(name, in.g);
  if (in.g.rank() == 4) {
    requireShape(name, in.g, {batch, tokens, valueHeads, keyDim});
    return withContiguousTail(context, in.g, 1);
  }
  if (in.g.rank() == 1) {
    requireShape(name, in.g, {valueHeads});
    const Dims shape{batch, tokens, valueHeads};
    if (recording(context, {&in.g})) return binary(context, BinaryOp::add, in.g, zeros(context, shape));
    return in.g.view({shape, {0, 0, in.g.stride(0)}, in.g.layout().offset}).detached();
  }
  requireShape(name, in.g, {batch, tokens, valueHeads});
  return in.g;
}

MatrixScanInputs checked(Context& context, MatrixScanInputs in) {
  const char* query = in.transition == Transition::dplr ? "r" : "q";
  for (const auto& [name, x] : {std::pair{query, &in.q}, {"k", &in.k}, {"v", &in.v}}) {
    requireType(name, *x);
    requireRank(name, *x, 4);
  }
  if (in.householders < 1)
    throw RangeError(message("`householders` must be at least 1, got ", in.householders));
  const int64_t batch = in.q.dim(0), tokens = in.q.dim(1), heads = in.q.dim(2), keyDim = in.q.dim(3);
  const int64_t valueHeads = in.v.dim(2), valueDim = in.v.dim(3), steps = tokens * in.householders;
  const Sequences sequences = in.cuSeqlens.over(batch, tokens);
  if (heads < 1 || valueHeads % heads != 0)
    throw RangeError(message("the heads of `v` must be a multiple of the heads of `", query, "`, got ",
                             valueHeads, " and ", heads));
  const struct {
    const char* name;
    Tensor* x;
    Dims shape;
  } operands[] = {{"k", &in.k, {batch, steps, heads, keyDim}},
                  {"v", &in.v, {batch, steps, valueHeads, valueDim}},
                  {"beta", &in.beta, {batch, steps, valueHeads}},
                  {"a", &in.a, {batch, tokens, heads, keyDim}},
                  {"b", &in.b, {batch, tokens, heads, keyDim}},
                  {"skip", &in.skip, {valueHeads}},
                  {"initialState", &in.initialState, {sequences.count, valueHeads, keyDim, valueDim}}};
  for (const auto& [name, x, shape] : operands) {
    if (!*x) continue;
    requireType(name, *x);
    requireShape(name, *x, shape);
  }
  if (in.g) in.g = checkedDecay(context, in);
  for (Tensor* x : {&in.q, &in.k, &in.v, &in.a, &in.b})
    if (*x) *x = withContiguousTail(context, *x, 1);
  for (Tensor* x : {&in.skip, &in.initialState})
    if (*x) *x = contiguous(context, *x);
  return in;
}

MatrixScanArgs arguments(const MatrixScanInputs& in, const ScanResult& result) {
  return {.transition = in.transition,
          .sequences = in.cuSeqlens.over(in.q.dim(0), in.q.dim(1)),
          .heads = in.q.dim(2),
          .valueHeads = in.v.dim(2),
          .keyDim = in.q.dim(3),
          .valueDim = in.v.dim(3),
          .householders = in.householders,
          .gate = !in.g              ? DecayGate::none
                  : in.g.rank() == 3 ? DecayGate::head
                                     : DecayGate::channel,
          .logDecay = in.logDecay,
          .normalizeKeys = in.normalizeKeys,
          .betaSigmoid = in.betaSigmoid,
          .scale = in.scale,
          .q = tokenView(in.q),
          .k = tokenView(in.k),
          .v = tokenView(in.v),
          .beta = tokenView(in.beta),
          .g = tokenView(in.g),
          .a = tokenView(in.a),
          .b = tokenView(in.b),
          .skip = floatsOrNull(in.skip),
          .initialState = floatsOrNull(in.initialState),
          .o = tokenView(result.output),
          .finalState = result.finalState.floats(),
          .saved = nullptr};
}

ScanResult results(Context& context, const MatrixScanInputs& in) {
  const int64_t batch = in.q.dim(0), tokens = in.q.dim(1), valueHeads = in.v.dim(2), valueDim = in.v.dim(3);
  const int64_t sequences = in.cuSeqlens.over(batch, tokens).count;
  return {empty(context, {batch, tokens, valueHeads, valueDim}),
          empty(context, {sequences, valueHeads, in.q.dim(3), valueDim})};
}

}  // namespace

ScanResult matrixScan(Context& context, const MatrixScanInputs& inputs) {
  const MatrixScanInputs in = checked(context, inputs);
  ScanResult result = results(context, in);
  MatrixScanArgs args = arguments(in, result);
  Tensor saved;
  if (recording(context, {&in.q, &in.k, &in.v, &in.beta, &in.g, &in.a, &in.b, &in.skip, &in.initialState})) {
    saved = empty(context, {kernels().matrixScan->savedSize(args)});
    args.saved = saved.floats();
  }
  context.launch([args, packed = in.cuSeqlens](const KernelTable& kernels, const Launch& launch) {
    kernels.matrixScan->forward(launch, args);
  });
  record(context, {{in.q, in.k, in.v, in.beta, in.g, in.a, in.b, in.skip, in.initialState}},
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
                                         .dA = tokenView(gradientOf(context, in.a)),
                                         .dB = tokenView(gradientOf(context, in.b)),
                                         .dSkip = floatsOrNull(gradientOf(context, in.skip)),
                                         .dInitialState = floatsOrNull(gradientOf(context, in.initialState))};
           context.launch([grad, packed = in.cuSeqlens](const KernelTable& kernels, const Launch& launch) {
             kernels.matrixScan->backward(launch, grad);
           });
         });
  return result;
}

ScanResult matrixScanRecurrent(Context& context, const MatrixScanInputs& inputs, bool inPlace) {
  const MatrixScanInputs in = checked(context, inputs);
  ScanResult result = results(context, in);
  if (inPlace) {
    if (!inputs.initialState) throw TypeError("`initialState` must be a tensor, to be updated in place");
    requireContiguous("initialState", inputs.initialState);
    result.finalState = in.initialState;
  }
  context.launch(
      [args = arguments(in, result), packed = in.cuSeqlens](
          const KernelTable& kernels, const Launch& launch) { kernels.matrixScan->recurrent(launch, args); });
  return result;
}

}  // namespace parascan
