// Captured programs across the border: capture, replay, one-call decode steps, timing on the stream itself.
#include <chrono>
#include <cstring>

#include "binding/call.h"

namespace parascan {
namespace {

double secondsOf(const Program& program, const Launch& launch) {
  const auto start = std::chrono::steady_clock::now();
  program.run(launch);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

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

/// timeProgram(program, warmup, repeats, seconds): a promise of the time of each run, in seconds. No run is
/// begun once `seconds` have passed, but one is always measured.
Napi::Value timeProgram(Call& call) {
  return call.promise(
      [program = programAt(call, 0), warmup = call.integer(1), repeats = call.integer(2),
       budget = call.number(3), courier = call.instance().courier](const Launch& launch) {
        double spent = 0;
        std::vector<double> times;
        for (int64_t i = 0; i < warmup && spent < budget / 2 && !courier->closed(); ++i)
          spent += secondsOf(*program, launch);
        for (int64_t i = 0; (times.empty() || (i < repeats && spent < budget)) && !courier->closed(); ++i) {
          times.push_back(secondsOf(*program, launch));
          spent += times.back();
        }
        return times;
      },
      [](Napi::Env env, const std::vector<double>& times) {
        auto result = Napi::Float64Array::New(env, times.size());
        for (size_t i = 0; i < times.size(); ++i) result[i] = times[i];
        return Napi::Value(result);
      });
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
