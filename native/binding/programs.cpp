// Captured programs across the border: capture, replay, one-call decode steps, timing on the stream itself.
#include <cstring>

#include "binding/call.h"
#include "binding/timed-runs.h"
#include "hardware/core-pin.h"

namespace parascan {
namespace {

std::shared_ptr<Program> programAt(const Call& call, int i) {
  return call.instance().programs.at(call.number(i));
}

Napi::Value beginCapture(Call& call) {
  call.context().beginCapture();
  return call.nothing();
}

Napi::Value endCapture(Call& call) {
  return Napi::Number::New(call.env(), call.instance().programs.insert(call.context().endCapture()));
}

Napi::Value disposeProgram(Call& call) {
  call.instance().programs.erase(call.number(0));
  return call.nothing();
}

Napi::Value programBytes(Call& call) {
  return Napi::Number::New(call.env(), static_cast<double>(programAt(call, 0)->bytes()));
}

Napi::Value runProgram(Call& call) {
  call.context().submit([program = programAt(call, 0)](const Launch& launch) { program->run(launch); });
  return call.nothing();
}

/// stepProgram(program, input, ids, output): writes int32 ids to `input`, replays, and promises what `output`
/// holds.
Napi::Value stepProgram(Call& call) {
  const auto program = programAt(call, 0);
  const Tensor input = call.tensor(1), output = call.tensor(3);
  if (input.type() != DataType::int32 || !input.isContiguous())
    throw TypeError("`input` must be a contiguous int32 tensor");
  if (output.type() != DataType::float32 || !output.isContiguous())
    throw TypeError("`output` must be a contiguous float32 tensor");
  const auto array = call.value(2).As<Napi::Int32Array>();
  if (static_cast<int64_t>(array.ElementLength()) != input.size())
    throw RangeError(message("`ids` must hold ", input.size(), " tokens, got ", array.ElementLength()));
  std::vector<int32_t> ids(array.Data(), array.Data() + array.ElementLength());
  return call.promise(
      [=, ids = std::move(ids)](const Launch& launch) {
        std::memcpy(input.ints(), ids.data(), ids.size() * sizeof(int32_t));
        program->run(launch);
        return std::vector<float>(output.floats(), output.floats() + output.size());
      },
      [](Napi::Env env, const std::vector<float>& values) {
        auto result = Napi::Float32Array::New(env, values.size());
        if (!values.empty()) std::memcpy(result.Data(), values.data(), values.size() * sizeof(float));
        return Napi::Value(result);
      });
}

/// timeProgram(program, warmup, repeats, seconds, turn): a promise of the time of each run, in seconds, on
/// the core whose turn it is (CorePin). No run is begun once `seconds` have passed, but one is always
/// measured.
Napi::Value timeProgram(Call& call) {
  return call.promise(
      [program = programAt(call, 0), limits = timingLimits(call, 1), turn = call.integer(4),
       courier = call.instance().courier](const Launch& launch) {
        const CorePin pin(turn);
        return timedRuns(limits, *courier, [&] { program->run(launch); });
      },
      toFloat64Array);
}

}  // namespace

void definePrograms(Napi::Object exports) {
  define<beginCapture>(exports, "beginCapture");
  define<endCapture>(exports, "endCapture");
  define<disposeProgram>(exports, "disposeProgram");
  define<programBytes>(exports, "programBytes");
  define<runProgram>(exports, "runProgram");
  define<stepProgram>(exports, "stepProgram");
  define<timeProgram>(exports, "timeProgram");
}

}  // namespace parascan
