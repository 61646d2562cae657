#include "ops/mlstm.h"

#include "ops/matrix-scan.h"
#include "ops/reshape.h"

namespace parascan {
namespace {

void check(const MlstmInputs& in) {
  for (const auto& [name, x] : {std::pair{"q", in.q}, {"v", in.v}}) {
    requireType(name, x);
    requireRank(name, x, 4);
  }
  const int64_t batch = in.q.dim(0), tokens = in.q.dim(1), keyDim = in.q.dim(3);
  const int64_t heads = in.v.dim(2), valueDim = in.v.dim(3);
  const int64_t sequences = in.cuSeqlens.over(batch, tokens).count;
  const struct {
    const char* name;
    const Tensor& x;
    Dims shape;
  } operands[] = {{"v", in.v, {batch, tokens, heads, valueDim}},
                  {"i", in.i, {batch, tokens, heads}},
                  {"f", in.f, {batch, tokens, heads}},
                  {"initialState.memory", in.memory, {sequences, heads, keyDim, valueDim + 1}},
                  {"initialState.m", in.m, {sequences, heads}}};
  for (const auto& [name, x, shape] : operands) {
    if (!x) continue;
    requireType(name, x);
    requireShape(name, x, shape);
  }
}

struct Gates {
  Tensor decay;   // log (B, T, HV)
  Tensor weight;  // of what is written (B, T, HV)
  Tensor m;       // (B, T, HV)
  Tensor finalM;  // (B or N, HV)
};

/// Writes the last m to `finalM` where it is given.
Gates gatesOf(Context& context, const MlstmInputs& in, const Tensor& finalM) {
  const Tensor i = withContiguousTail(context, in.i, 1), f = withContiguousTail(context, in.f, 1);
  const Tensor initialM = in.m ? contiguous(context, in.m) : in.m;
  const Sequences sequences = in.cuSeqlens.over(i.dim(0), i.dim(1));
  Gates gates{empty(context, i.shape()), empty(context, i.shape()), empty(context, i.shape()),
              finalM ? finalM : empty(context, {sequences.count, i.dim(2)})};
  const MlstmGateArgs args{.sequences = sequences,
                           .heads = i.dim(2),
                           .keyScale = in.keyScale,
                           .i = channelView(i),
                           .f = channelView(f),
                           .initialM = floatsOrNull(initialM),
                           .decay = channelView(gates.decay),
                           .weight = channelView(gates.weight),
                           .m = channelView(gates.m),
                           .finalM = gates.finalM.floats()};
  context.launch([args, packed = in.cuSeqlens](const KernelTable& kernels, const Launch& launch) {
    kernels.mlstm->gates(launch, args);
  });
  record(context, {{i, f}}, {{&gates.decay, &gates.weight}},
         [=, packed = in.cuSeqlens, weight = gates.weight.detached()](Context& context,
                                                                      OutputGradients gradients) {
           const MlstmGateGradArgs grad{.forward = args,
                                        .dDecay = channelView(gradients[0]),
                                        .dWeight = channelView(gradients[1]),
                                        .dI = channelView(gradientOf(context, i)),
                                        .dF = channelView(gradientOf(context, f))};
           context.launch([grad, packed](const KernelTable& kernels, const Launch& launch) {
             kernels.mlstm->gatesBackward(launch, grad);
           });
         });
  return gates;
}

/// The values with a column of ones, whose state is the normaliser.
Tensor withOnes(Context& context, const Tensor& v) {
  const Tensor ones = full(context, {v.dim(0), v.dim(1), v.dim(2), 1}, 1);
  return concat(context, {{v, ones}}, 3);
}

/// numerator / (max(|denominator|, exp(-m)) + eps); read holds both, (B, T, HV, V + 1).
Tensor readout(Context& context, const Tensor& read, const Tensor& m, float eps) {
  Tensor h = empty(context, {read.dim(0), read.dim(1), read.dim(2), read.dim(3) - 1});
  const MlstmReadoutArgs args{.rows = m.size(),
                              .valueDim = h.dim(3),
                              .eps = eps,
                              .read = read.floats(),
                              .m = m.floats(),
                              .h = h.floats()};
  context.launch(
      [args](const KernelTable& kernels, const Launch& launch) { kernels.mlstm->readout(launch, args); });
  record(context, {{read}}, {{&h}}, [args, read, m](Context& context, OutputGradients gradients) {
    const MlstmReadoutGradArgs grad{
        .forward = args, .dH = gradients[0].floats(), .dRead = gradientOf(context, read).floats()};
    context.launch([grad](const KernelTable& kernels, const Launch& launch) {
      kernels.mlstm->readoutBackward(launch, grad);
    });
  });
  return h;
}

MatrixScanInputs additiveScan(Context& context, const MlstmInputs& in, const Gates& gates) {
  return {.transition = Transition::additive,
          .q = in.q,
          .k = in.k,
          .v = withOnes(context, in.v),
          .beta = gates.weight,
          .g = gates.decay,
          .a = {},
          .b = {},
          .skip = {},
          .initialState = in.memory,
          .cuSeqlens = in.cuSeqlens};
}

}  // namespace

MlstmResult mlstm(Context& context, const MlstmInputs& in) {
  check(in);
  const Gates gates = gatesOf(context, in, {});
  const ScanResult result = matrixScan(context, additiveScan(context, in, gates));
  return {readout(context, result.output, gates.m, in.eps), result.finalState, gates.finalM};
}

MlstmResult mlstmRecurrent(Context& context, const MlstmInputs& in, bool inPlace) {
  check(in);
  if (inPlace) {
    if (!in.memory || !in.m)
      throw TypeError("`initialState` must hold the tensors `memory` and `m`, to be updated in place");
    requireContiguous("initialState.memory", in.memory);
    requireContiguous("initialState.m", in.m);
  }
  const Gates gates = gatesOf(context, in, inPlace ? in.m : Tensor());
  const ScanResult result = matrixScanRecurrent(context, additiveScan(context, in, gates), inPlace);
  return {readout(context, result.output, gates.m, in.eps), result.finalState, gates.finalM};
}

}  // namespace parascan
