// The differentiable ops across the border, one line of translation each.
#include <unordered_map>

#include "binding/call.h"
#include "ops/attention.h"
#include "ops/cast.h"
#include "ops/elementwise.h"
#include "ops/log-decay.h"
#include "ops/matmul.h"
#include "ops/optimizer.h"
#include "ops/rows.h"

namespace parascan {
namespace {

template <typename Op>
Op named(const std::unordered_map<std::string, Op>& names, const std::string& name) {
  const auto found = names.find(name);
  if (found == names.end()) throw RangeError(message("unknown op \"", name, "\""));
  return found->second;
}

Napi::Value unary(Call& call) {
  static const std::unordered_map<std::string, UnaryOp> names{
      {"exp", UnaryOp::exp},           {"log", UnaryOp::log},   {"sigmoid", UnaryOp::sigmoid},
      {"softplus", UnaryOp::softplus}, {"silu", UnaryOp::silu}, {"gelu", UnaryOp::gelu},
      {"relu", UnaryOp::relu},         {"tanh", UnaryOp::tanh}, {"sqrt", UnaryOp::sqrt},
      {"square", UnaryOp::square},     {"abs", UnaryOp::abs},   {"reciprocal", UnaryOp::reciprocal}};
  return call.handle(unary(call.context(), named(names, call.text(0)), call.tensor(1)));
}

Napi::Value binary(Call& call) {
  static const std::unordered_map<std::string, BinaryOp> names{{"add", BinaryOp::add},
                                                               {"subtract", BinaryOp::subtract},
                                                               {"multiply", BinaryOp::multiply},
                                                               {"divide", BinaryOp::divide},
                                                               {"maximum", BinaryOp::maximum}};
  return call.handle(binary(call.context(), named(names, call.text(0)), call.tensor(1), call.tensor(2)));
}

Napi::Value scale(Call& call) {
  return call.handle(scale(call.context(), call.tensor(0), call.real(1), call.real(2)));
}
Napi::Value cast(Call& call) {
  static const std::unordered_map<std::string, DataType> names{{"float32", DataType::float32},
                                                               {"bfloat16", DataType::bfloat16}};
  return call.handle(cast(call.context(), call.tensor(0), named(names, call.text(1))));
}
Napi::Value sum(Call& call) {
  return call.handle(sum(call.context(), call.tensor(0), call.dims(1), call.flag(2), false));
}
Napi::Value mean(Call& call) {
  return call.handle(sum(call.context(), call.tensor(0), call.dims(1), call.flag(2), true));
}
Napi::Value max(Call& call) {
  return call.handle(max(call.context(), call.tensor(0), call.dims(1), call.flag(2)));
}
Napi::Value gather(Call& call) {
  return call.handle(
      gather(call.context(), call.tensor(0), static_cast<int>(call.integer(1)), call.tensor(2)));
}
Napi::Value dropout(Call& call) {
  return call.handle(dropout(call.context(), call.tensor(0), call.real(1), call.randomKey(2)));
}

Napi::Value matmul(Call& call) {
  return call.handle(matmul(call.context(), call.tensor(0), call.tensor(1), call.flag(2), call.flag(3),
                            call.optionalTensor(4)));
}
Napi::Value linear(Call& call) {
  return call.handle(linear(call.context(), call.tensor(0), call.tensor(1), call.optionalTensor(2),
                            static_cast<int>(call.integer(3))));
}

Napi::Value softmax(Call& call) { return call.handle(softmax(call.context(), call.tensor(0), false)); }
Napi::Value logSoftmax(Call& call) { return call.handle(softmax(call.context(), call.tensor(0), true)); }

Napi::Value rmsNorm(Call& call) {
  return call.handle(norm(call.context(), {.op = NormOp::rms,
                                           .x = call.tensor(0),
                                           .gate = {},
                                           .weight = call.optionalTensor(1),
                                           .bias = {},
                                           .eps = call.real(2)}));
}
/// (x, gate, weight, eps, activation, gateFirst)
Napi::Value gatedRmsNorm(Call& call) {
  static const std::unordered_map<std::string, GateActivation> names{{"silu", GateActivation::silu},
                                                                     {"sigmoid", GateActivation::sigmoid}};
  return call.handle(norm(call.context(), {.op = NormOp::gatedRms,
                                           .x = call.tensor(0),
                                           .gate = call.tensor(1),
                                           .weight = call.optionalTensor(2),
                                           .bias = {},
                                           .eps = call.real(3),
                                           .activation = named(names, call.text(4)),
                                           .gateFirst = call.flag(5)}));
}
Napi::Value layerNorm(Call& call) {
  return call.handle(norm(call.context(), {.op = NormOp::layer,
                                           .x = call.tensor(0),
                                           .gate = {},
                                           .weight = call.optionalTensor(1),
                                           .bias = call.optionalTensor(2),
                                           .eps = call.real(3)}));
}
Napi::Value l2Norm(Call& call) {
  return call.handle(norm(
      call.context(),
      {.op = NormOp::l2, .x = call.tensor(0), .gate = {}, .weight = {}, .bias = {}, .eps = call.real(1)}));
}

/// (x, form, logRate, bias, scale, signed)
Napi::Value logDecay(Call& call) {
  static const std::unordered_map<std::string, LogDecayForm> names{{"softplus", LogDecayForm::softplus},
                                                                   {"bounded", LogDecayForm::bounded},
                                                                   {"logSigmoid", LogDecayForm::logSigmoid}};
  return call.handle(logDecay(call.context(), {.form = named(names, call.text(1)),
                                               .signedDecay = call.flag(5),
                                               .scale = call.real(4),
                                               .x = call.tensor(0),
                                               .logRate = call.optionalTensor(2),
                                               .bias = call.optionalTensor(3)}));
}

Napi::Value crossEntropy(Call& call) {
  return call.handle(
      crossEntropy(call.context(), call.tensor(0), call.tensor(1), static_cast<int32_t>(call.integer(2))));
}
Napi::Value distillation(Call& call) {
  return call.handle(distillation(call.context(), call.tensor(0), call.tensor(1), call.real(2)));
}
Napi::Value embedding(Call& call) {
  return call.handle(embedding(call.context(), call.tensor(0), call.tensor(1)));
}

Napi::Value attention(Call& call) {
  return call.handle(attention(call.context(), call.tensor(0), call.tensor(1), call.tensor(2), call.real(3),
                               call.integer(4)));
}
Napi::Value attentionStep(Call& call) {
  return call.handle(attentionStep(call.context(), call.tensor(0), call.tensor(1), call.tensor(2),
                                   call.tensor(3), call.tensor(4), call.tensor(5), call.real(6)));
}
Napi::Value rotary(Call& call) {
  return call.handle(rotary(call.context(), call.tensor(0), call.real(1), call.optionalTensor(2)));
}
Napi::Value advance(Call& call) {
  advance(call.context(), call.tensor(0), static_cast<int32_t>(call.integer(1)));
  return call.nothing();
}

/// adamW(parameters, firstMoments, secondMoments, learningRates, weightDecays, beta1, beta2, eps, step,
/// maxNorm)
Napi::Value adamW(Call& call) {
  const auto parameters = call.tensors(0), first = call.tensors(1), second = call.tensors(2);
  const auto learningRates = call.numbers(3), weightDecays = call.numbers(4);
  std::vector<AdamWParameter> updates;
  for (size_t i = 0; i < parameters.size(); ++i)
    updates.push_back({parameters[i], first.at(i), second.at(i), static_cast<float>(learningRates.at(i)),
                       static_cast<float>(weightDecays.at(i))});
  return call.handle(adamW(call.context(), updates,
                           {.beta1 = call.real(5),
                            .beta2 = call.real(6),
                            .eps = call.real(7),
                            .step = call.integer(8),
                            .maxNorm = call.real(9)}));
}

}  // namespace

void defineOps(Napi::Object exports) {
  define<unary>(exports, "unary");
  define<binary>(exports, "binary");
  define<scale>(exports, "scale");
  define<cast>(exports, "cast");
  define<sum>(exports, "sum");
  define<mean>(exports, "mean");
  define<max>(exports, "max");
  define<gather>(exports, "gather");
  define<dropout>(exports, "dropout");
  define<matmul>(exports, "matmul");
  define<linear>(exports, "linear");
  define<softmax>(exports, "softmax");
  define<logSoftmax>(exports, "logSoftmax");
  define<rmsNorm>(exports, "rmsNorm");
  define<gatedRmsNorm>(exports, "gatedRmsNorm");
  define<layerNorm>(exports, "layerNorm");
  define<l2Norm>(exports, "l2Norm");
  define<logDecay>(exports, "logDecay");
  define<crossEntropy>(exports, "crossEntropy");
  define<distillation>(exports, "distillation");
  define<embedding>(exports, "embedding");
  define<attention>(exports, "attention");
  define<attentionStep>(exports, "attentionStep");
  define<rotary>(exports, "rotary");
  define<advance>(exports, "advance");
  define<adamW>(exports, "adamW");
}

}  // namespace parascan
