// The float64 references across the border: every function takes an object of sizes and Float64Arrays, one of
// gradients also an object of the gradients in the outputs, and gives an object of Float64Arrays.
#include "binding/reference-operands.h"
#include "reference/attention.h"
#include "reference/causal-conv.h"
#include "reference/gemm.h"
#include "reference/norm.h"
#include "reference/selective-scan.h"

namespace parascan {
namespace {

/// Its operands are the engine's, so float32; only its sums are float64.
Napi::Value matmul(Call& call) {
  const Operands from(call, 0);
  const int64_t batch = from.size("batch"), m = from.size("m"), n = from.size("n"), k = from.size("k");
  const bool transposeA = from.flag("transposeA"), transposeB = from.flag("transposeB");
  const std::vector<float> a = from.floats("a", {batch, m, k}), b = from.floats("b", {batch, k, n});
  const std::vector<float> bias = from.has("bias") ? from.floats("bias", {n}) : std::vector<float>();
  Napi::Float32Array c =
      Napi::Float32Array::New(call.env(), static_cast<size_t>(batch) * static_cast<size_t>(m * n));
  reference::gemm({.batch = batch,
                   .m = m,
                   .n = n,
                   .k = k,
                   .a = a.data(),
                   .aBatch = m * k,
                   .aRow = transposeA ? 1 : k,
                   .aCol = transposeA ? m : 1,
                   .b = b.data(),
                   .bBatch = k * n,
                   .bRow = transposeB ? 1 : n,
                   .bCol = transposeB ? k : 1,
                   .c = c.Data(),
                   .cBatch = m * n,
                   .cRow = n,
                   .bias = bias.empty() ? nullptr : bias.data(),
                   .accumulate = false});
  Napi::Object object = Napi::Object::New(call.env());
  object.Set("c", c);
  return object;
}

reference::SelectiveScanInputs selectiveScanInputs(const Operands& from) {
  reference::SelectiveScanInputs in{.batch = from.size("batch"),
                                    .tokens = from.size("tokens"),
                                    .channels = from.size("channels"),
                                    .states = from.size("states"),
                                    .dtSoftplus = from.flag("dtSoftplus"),
                                    .negativeEigenvalues = from.flag("negativeEigenvalues")};
  in.u = from.doubles("u", {in.batch, in.tokens, in.channels});
  in.dt = from.doubles("dt", {in.batch, in.tokens, in.channels});
  in.A = from.doubles("A", {in.channels, in.states});
  in.b = from.doubles("B", {in.batch, in.tokens, in.states});
  in.c = from.doubles("C", {in.batch, in.tokens, in.states});
  in.skip = from.optional("D", {in.channels});
  in.z = from.optional("z", {in.batch, in.tokens, in.channels});
  in.dtBias = from.optional("dtBias", {in.channels});
  in.initialState = from.optional("initialState", {in.batch, in.channels, in.states});
  return in;
}

Napi::Value selectiveScan(Call& call) {
  const auto out = reference::selectiveScan(selectiveScanInputs(Operands(call, 0)));
  return toObject(call, {{"y", &out.y}, {"finalState", &out.finalState}});
}

Napi::Value selectiveScanGradients(Call& call) {
  const auto in = selectiveScanInputs(Operands(call, 0));
  const Operands from(call, 1);
  const auto grad = reference::selectiveScanGradients(
      in, {.y = from.doubles("y", {in.batch, in.tokens, in.channels}),
           .finalState = from.optional("finalState", {in.batch, in.channels, in.states})});
  return toObject(call, {{"u", &grad.u},
                         {"dt", &grad.dt},
                         {"A", &grad.A},
                         {"B", &grad.b},
                         {"C", &grad.c},
                         {"D", &grad.skip},
                         {"z", &grad.z},
                         {"dtBias", &grad.dtBias},
                         {"initialState", &grad.initialState}});
}

reference::CausalConvInputs causalConv1dInputs(const Operands& from) {
  reference::CausalConvInputs in{.batch = from.size("batch"),
                                 .tokens = from.size("tokens"),
                                 .channels = from.size("channels"),
                                 .width = from.size("width"),
                                 .silu = from.flag("silu")};
  in.x = from.doubles("x", {in.batch, in.tokens, in.channels});
  in.weight = from.doubles("weight", {in.channels, in.width});
  in.bias = from.optional("bias", {in.channels});
  in.initialState = from.optional("initialState", {in.batch, in.width - 1, in.channels});
  return in;
}

Napi::Value causalConv1d(Call& call) {
  const auto out = reference::causalConv(causalConv1dInputs(Operands(call, 0)));
  return toObject(call, {{"y", &out.y}, {"finalState", &out.finalState}});
}

Napi::Value causalConv1dGradients(Call& call) {
  const auto in = causalConv1dInputs(Operands(call, 0));
  const Operands from(call, 1);
  const auto grad = reference::causalConvGradients(
      in, {.y = from.doubles("y", {in.batch, in.tokens, in.channels}),
           .finalState = from.optional("finalState", {in.batch, in.width - 1, in.channels})});
  return toObject(
      call,
      {{"x", &grad.x}, {"weight", &grad.weight}, {"bias", &grad.bias}, {"initialState", &grad.initialState}});
}

reference::AttentionInputs attentionInputs(const Operands& from) {
  reference::AttentionInputs in{.batch = from.size("batch"),
                                .tokens = from.size("tokens"),
                                .heads = from.size("heads"),
                                .keyHeads = from.size("keyHeads"),
                                .keyDim = from.size("keyDim"),
                                .valueDim = from.size("valueDim"),
                                .scale = from.number("scale"),
                                .window = from.whole("window", 0)};
  requireMultiple("heads", in.heads, "keyHeads", in.keyHeads);
  in.q = from.doubles("q", {in.batch, in.tokens, in.heads, in.keyDim});
  in.k = from.doubles("k", {in.batch, in.tokens, in.keyHeads, in.keyDim});
  in.v = from.doubles("v", {in.batch, in.tokens, in.keyHeads, in.valueDim});
  return in;
}

Napi::Value attention(Call& call) {
  const auto o = reference::attention(attentionInputs(Operands(call, 0)));
  return toObject(call, {{"o", &o}});
}

Napi::Value attentionGradients(Call& call) {
  const auto in = attentionInputs(Operands(call, 0));
  const auto dO = Operands(call, 1).doubles("o", {in.batch, in.tokens, in.heads, in.valueDim});
  const auto grad = reference::attentionGradients(in, dO);
  return toObject(call, {{"q", &grad.q}, {"k", &grad.k}, {"v", &grad.v}});
}

Napi::Value rotary(Call& call) {
  const Operands from(call, 0);
  const int64_t tokens = from.size("tokens"), heads = from.size("heads"), keyDim = from.size("keyDim");
  if (keyDim % 2 != 0) throw RangeError(message("`keyDim` must be even, got ", keyDim));
  const Doubles x = from.doubles("x", {from.size("batch"), tokens, heads, keyDim});
  const Doubles y =
      reference::rotary(x, tokens, heads, keyDim, from.number("base"), from.whole("position", 0));
  return toObject(call, {{"y", &y}});
}

NormOp normOp(const std::string& name) {
  if (name == "rms") return NormOp::rms;
  if (name == "gatedRms") return NormOp::gatedRms;
  if (name == "layer") return NormOp::layer;
  if (name == "l2") return NormOp::l2;
  throw RangeError(message("`op` must be one of rms, gatedRms, layer, l2, got \"", name, "\""));
}

GateActivation gateActivation(const std::string& name) {
  if (name == "silu") return GateActivation::silu;
  if (name == "sigmoid") return GateActivation::sigmoid;
  throw RangeError(message("`activation` must be silu or sigmoid, got \"", name, "\""));
}

reference::NormInputs normInputs(const Operands& from) {
  reference::NormInputs in{
      .op = normOp(from.text("op")),
      .activation = gateActivation(from.has("activation") ? from.text("activation") : "silu"),
      .gateFirst = from.flag("gateFirst"),
      .rows = from.size("rows"),
      .columns = from.size("columns"),
      .groups = from.has("groups") ? from.size("groups") : 1,
      .eps = from.number("eps")};
  in.x = from.doubles("x", {in.rows, in.columns});
  if (in.op == NormOp::gatedRms) in.gate = from.doubles("gate", {in.rows, in.columns});
  in.weight = from.optional("weight", {in.groups, in.columns});
  if (in.op == NormOp::layer) in.bias = from.optional("bias", {in.groups, in.columns});
  return in;
}

Napi::Value norm(Call& call) {
  const Doubles y = reference::norm(normInputs(Operands(call, 0)));
  return toObject(call, {{"y", &y}});
}

Napi::Value normGradients(Call& call) {
  const auto in = normInputs(Operands(call, 0));
  const auto grad = reference::normGradients(in, Operands(call, 1).doubles("y", {in.rows, in.columns}));
  return toObject(call,
                  {{"x", &grad.x}, {"gate", &grad.gate}, {"weight", &grad.weight}, {"bias", &grad.bias}});
}

}  // namespace

void defineReference(Napi::Object exports) {
  define<matmul>(exports, "referenceMatmul");
  define<selectiveScan>(exports, "referenceSelectiveScan");
  define<selectiveScanGradients>(exports, "referenceSelectiveScanGradients");
  define<causalConv1d>(exports, "referenceCausalConv1d");
  define<causalConv1dGradients>(exports, "referenceCausalConv1dGradients");
  define<attention>(exports, "referenceAttention");
  define<attentionGradients>(exports, "referenceAttentionGradients");
  define<rotary>(exports, "referenceRotary");
  define<norm>(exports, "referenceNorm");
  define<normGradients>(exports, "referenceNormGradients");
}

}  // namespace parascan
