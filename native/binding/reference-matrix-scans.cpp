// The float64 references of the scans with a matrix state across the border; forms as in reference.cpp.
#include "binding/reference-operands.h"
#include "binding/transition.h"
#include "reference/matrix-scan.h"
#include "reference/mlstm.h"
#include "reference/ssd.h"

namespace parascan {
namespace {

int64_t sequenceCount(const std::vector<int64_t>& starts, int64_t batch) {
  return starts.empty() ? batch : static_cast<int64_t>(starts.size()) - 1;
}

/// The gate is read from `g` or `decay`, whichever is there.
const char* gateName(const Operands& from) { return from.has("decay") ? "decay" : "g"; }

DecayGate gateOf(const Operands& from, const reference::MatrixScanInputs& in) {
  if (!from.has(gateName(from))) return DecayGate::none;
  const auto heads = static_cast<size_t>(in.batch * in.tokens * in.valueHeads);
  return from.length(gateName(from)) == heads ? DecayGate::head : DecayGate::channel;
}

reference::MatrixScanInputs matrixScanInputs(const Operands& from) {
  reference::MatrixScanInputs in{.transition = transitionOf(from.text("transition")),
                                 .batch = from.size("batch"),
                                 .tokens = from.size("tokens"),
                                 .heads = from.size("heads"),
                                 .valueHeads = from.size("valueHeads"),
                                 .keyDim = from.size("keyDim"),
                                 .valueDim = from.size("valueDim"),
                                 .householders = from.has("householders") ? from.size("householders") : 1,
                                 .starts = {},
                                 .gate = DecayGate::none,
                                 .logDecay = !from.has("decay"),
                                 .normalizeKeys = from.flag("normalizeQk"),
                                 .betaSigmoid = from.has("betaSigmoid") ? from.number("betaSigmoid") : 0,
                                 .scale = from.number("scale")};
  requireMultiple("valueHeads", in.valueHeads, "heads", in.heads);
  const int64_t steps = in.tokens * in.householders;
  in.starts = from.packedStarts(in.batch, in.tokens);
  in.q = from.doubles("q", {in.batch, in.tokens, in.heads, in.keyDim});
  in.k = from.doubles("k", {in.batch, steps, in.heads, in.keyDim});
  in.v = from.doubles("v", {in.batch, steps, in.valueHeads, in.valueDim});
  in.beta = from.optional("beta", {in.batch, steps, in.valueHeads});
  in.gate = gateOf(from, in);
  in.g = from.optional(gateName(from),
                       {in.batch, in.tokens, in.valueHeads, in.gate == DecayGate::channel ? in.keyDim : 1});
  if (in.transition == Transition::dplr) {
    in.a = from.doubles("a", {in.batch, in.tokens, in.heads, in.keyDim});
    in.b = from.doubles("b", {in.batch, in.tokens, in.heads, in.keyDim});
  }
  in.skip = from.optional("skip", {in.valueHeads});
  in.initialState = from.optional(
      "initialState", {sequenceCount(in.starts, in.batch), in.valueHeads, in.keyDim, in.valueDim});
  return in;
}

Napi::Value matrixScan(Call& call) {
  const auto out = reference::matrixScan(matrixScanInputs(Operands(call, 0)));
  return toObject(call, {{"o", &out.o}, {"finalState", &out.finalState}});
}

Napi::Value matrixScanGradients(Call& call) {
  const Operands inputs(call, 0), from(call, 1);
  const auto in = matrixScanInputs(inputs);
  const auto grad = reference::matrixScanGradients(
      in, {.o = from.doubles("o", {in.batch, in.tokens, in.valueHeads, in.valueDim}),
           .finalState = from.orZeros(
               "finalState", {sequenceCount(in.starts, in.batch), in.valueHeads, in.keyDim, in.valueDim})});
  return toObject(call, {{"q", &grad.q},
                         {"k", &grad.k},
                         {"v", &grad.v},
                         {"beta", &grad.beta},
                         {gateName(inputs), &grad.g},
                         {"a", &grad.a},
                         {"b", &grad.b},
                         {"skip", &grad.skip},
                         {"initialState", &grad.initialState}});
}

reference::SsdInputs ssdInputs(const Operands& from) {
  reference::SsdInputs in{.batch = from.size("batch"),
                          .tokens = from.size("tokens"),
                          .heads = from.size("heads"),
                          .headDim = from.size("headDim"),
                          .groups = from.size("groups"),
                          .states = from.size("states"),
                          .starts = {},
                          .dtSoftplus = from.flag("dtSoftplus"),
                          .negativeEigenvalues = from.flag("negativeEigenvalues")};
  requireMultiple("heads", in.heads, "groups", in.groups);
  in.starts = from.packedStarts(in.batch, in.tokens);
  in.x = from.doubles("x", {in.batch, in.tokens, in.heads, in.headDim});
  in.dt = from.doubles("dt", {in.batch, in.tokens, in.heads});
  in.A = from.doubles("A", {in.heads});
  in.b = from.doubles("B", {in.batch, in.tokens, in.groups, in.states});
  in.c = from.doubles("C", {in.batch, in.tokens, in.groups, in.states});
  in.skip = from.optional("D", {in.heads});
  in.dtBias = from.optional("dtBias", {in.heads});
  in.initialState =
      from.optional("initialState", {sequenceCount(in.starts, in.batch), in.heads, in.headDim, in.states});
  return in;
}

Napi::Value ssd(Call& call) {
  const auto out = reference::ssd(ssdInputs(Operands(call, 0)));
  return toObject(call, {{"y", &out.y}, {"finalState", &out.finalState}});
}

Napi::Value ssdGradients(Call& call) {
  const auto in = ssdInputs(Operands(call, 0));
  const Operands from(call, 1);
  const auto grad = reference::ssdGradients(
      in, {.y = from.doubles("y", {in.batch, in.tokens, in.heads, in.headDim}),
           .finalState = from.orZeros(
               "finalState", {sequenceCount(in.starts, in.batch), in.heads, in.headDim, in.states})});
  return toObject(call, {{"x", &grad.x},
                         {"dt", &grad.dt},
                         {"A", &grad.A},
                         {"B", &grad.b},
                         {"C", &grad.c},
                         {"D", &grad.skip},
                         {"dtBias", &grad.dtBias},
                         {"initialState", &grad.initialState}});
}

reference::MlstmInputs mlstmInputs(const Operands& from) {
  reference::MlstmInputs in{.batch = from.size("batch"),
                            .tokens = from.size("tokens"),
                            .heads = from.size("heads"),
                            .valueHeads = from.size("valueHeads"),
                            .keyDim = from.size("keyDim"),
                            .valueDim = from.size("valueDim"),
                            .starts = {},
                            .keyScale = from.number("keyScale")};
  requireMultiple("valueHeads", in.valueHeads, "heads", in.heads);
  in.starts = from.packedStarts(in.batch, in.tokens);
  in.q = from.doubles("q", {in.batch, in.tokens, in.heads, in.keyDim});
  in.k = from.doubles("k", {in.batch, in.tokens, in.heads, in.keyDim});
  in.v = from.doubles("v", {in.batch, in.tokens, in.valueHeads, in.valueDim});
  in.i = from.doubles("i", {in.batch, in.tokens, in.valueHeads});
  in.f = from.doubles("f", {in.batch, in.tokens, in.valueHeads});
  in.memory = from.optional("memory",
                            {sequenceCount(in.starts, in.batch), in.valueHeads, in.keyDim, in.valueDim + 1});
  return in;
}

Napi::Value mlstm(Call& call) {
  const auto out = reference::mlstm(mlstmInputs(Operands(call, 0)));
  return toObject(call, {{"h", &out.h}, {"memory", &out.memory}});
}

Napi::Value mlstmGradients(Call& call) {
  const auto in = mlstmInputs(Operands(call, 0));
  const Operands from(call, 1);
  const auto grad = reference::mlstmGradients(
      in, {.h = from.doubles("h", {in.batch, in.tokens, in.valueHeads, in.valueDim}),
           .memory = from.orZeros(
               "memory", {sequenceCount(in.starts, in.batch), in.valueHeads, in.keyDim, in.valueDim + 1})});
  return toObject(call, {{"q", &grad.q},
                         {"k", &grad.k},
                         {"v", &grad.v},
                         {"i", &grad.i},
                         {"f", &grad.f},
                         {"memory", &grad.memory}});
}

}  // namespace

void defineReferenceMatrixScans(Napi::Object exports) {
  define<matrixScan>(exports, "referenceMatrixScan");
  define<matrixScanGradients>(exports, "referenceMatrixScanGradients");
  define<ssd>(exports, "referenceSsd");
  define<ssdGradients>(exports, "referenceSsdGradients");
  define<mlstm>(exports, "referenceMlstm");
  define<mlstmGradients>(exports, "referenceMlstmGradients");
}

}  // namespace parascan
