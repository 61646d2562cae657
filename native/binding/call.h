// The border: reads arguments, turns the engine's failures into JavaScript errors, settles promises.
// TypeScript has validated what a user can get wrong in kind (lib/native/addon.ts is the contract); the
// engine checks shapes.
#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "binding/instance.h"
#include "ops/sequences.h"
#include "runtime/errors.h"

namespace parascan {

class Call {
 public:
  explicit Call(const Napi::CallbackInfo& info) : info_(info), instance_(Instance::of(info.Env())) {}

  Napi::Env env() const { return info_.Env(); }
  Instance& instance() const { return instance_; }
  Context& context() const { return instance_.context; }

  double number(int i) const { return info_[i].ToNumber().DoubleValue(); }
  float real(int i) const { return static_cast<float>(number(i)); }
  int64_t integer(int i) const { return whole(number(i)); }
  bool flag(int i) const { return info_[i].ToBoolean(); }
  std::string text(int i) const { return info_[i].ToString(); }
  Napi::Value value(int i) const { return info_[i]; }

  Tensor tensor(int i) const { return tensorOf(number(i)); }
  /// Empty for a handle of 0.
  Tensor optionalTensor(int i) const { return number(i) == 0 ? Tensor() : tensor(i); }
  std::vector<Tensor> tensors(int i) const;
  Dims dims(int i) const;
  std::vector<double> numbers(int i) const;
  /// From a Float64Array, or nothing packed where the argument is undefined.
  PackedSequences packedSequences(int i) const;
  /// The arguments `seed` and `stream`, from i on.
  RandomKey randomKey(int i) const;

  Napi::Value handle(Tensor tensor) const {
    return Napi::Number::New(env(), instance_.tensors.insert(std::move(tensor)));
  }
  Napi::Value handles(std::initializer_list<Tensor> tensors) const;
  Napi::Value nothing() const { return env().Undefined(); }

  /// A promise of toValue(env, work(launch)), work being done on the stream. It rejects with what work
  /// throws, or with the failure of an earlier job.
  template <typename Work, typename ToValue>
  Napi::Value promise(Work work, ToValue toValue) const;

 private:
  /// Throws RangeError unless the number is whole and exact: 2.5 is no size, and 2^60 has neighbours.
  static int64_t whole(double number);
  Tensor tensorOf(double handle) const {
    const Tensor& tensor = instance_.tensors.at(handle);
    context().use(tensor.buffer());
    return tensor;
  }

  const Napi::CallbackInfo& info_;
  Instance& instance_;
};

template <typename Work, typename ToValue>
Napi::Value Call::promise(Work work, ToValue toValue) const {
  using Result = decltype(work(std::declval<const Launch&>()));
  auto deferred = Napi::Promise::Deferred::New(env());
  auto courier = instance_.courier;
  courier->expect(env());
  instance_.context.stream().enqueue([=](const Launch& launch) mutable {
    std::string failure;
    auto result = std::make_shared<Result>();
    try {
      // What work holds is freed before the promise settles: who awaits it may count the bytes alive.
      const Work once = std::move(work);
      *result = once(launch);
      failure = Stream::cpu().takeFailure();
    } catch (const std::exception& error) {
      failure = error.what();
    }
    courier->deliver([=](Napi::Env env) {
      courier->arrived(env);
      if (failure.empty())
        deferred.Resolve(toValue(env, *result));
      else
        deferred.Reject(Napi::Error::New(env, failure).Value());
    });
  });
  return deferred.Promise();
}

using Body = Napi::Value (*)(Call& call);

/// Wraps a body so that the engine's failures become the JavaScript errors of their names.
template <Body body>
Napi::Value guarded(const Napi::CallbackInfo& info) {
  try {
    Call call(info);
    return body(call);
  } catch (const TypeError& error) {
    throw Napi::TypeError::New(info.Env(), error.what());
  } catch (const RangeError& error) {
    throw Napi::RangeError::New(info.Env(), error.what());
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Napi::Error::New(info.Env(), error.what());
  }
}

template <Body body>
void define(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New(exports.Env(), guarded<body>, name));
}

// One registration per file of native/binding.
void defineTensors(Napi::Object exports);
void defineOps(Napi::Object exports);
void defineScans(Napi::Object exports);
void defineMatrixScans(Napi::Object exports);
void definePrograms(Napi::Object exports);
void defineRuntime(Napi::Object exports);
void defineHardware(Napi::Object exports);
void definePareto(Napi::Object exports);
void defineLinearAlgebra(Napi::Object exports);
void defineComparison(Napi::Object exports);
void defineReference(Napi::Object exports);
void defineReferenceMatrixScans(Napi::Object exports);

}  // namespace parascan
