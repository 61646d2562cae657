// Tensors across the border: making, viewing, reading, gradients.
#include <cstring>

#include "autograd/tape.h"
#include "binding/call.h"
#include "ops/cast.h"
#include "ops/reshape.h"

namespace parascan {
namespace {

Napi::Value upload(Call& call, DataType type) {
  const auto array = call.value(0).As<Napi::TypedArray>();
  const Dims shape = call.dims(1);
  if (static_cast<int64_t>(array.ElementLength()) != shape.product())
    throw RangeError(message("`data` must hold ", shape.product(), " elements for shape ", shape.text(),
                             ", got ", array.ElementLength()));
  const char* bytes = static_cast<const char*>(array.ArrayBuffer().Data()) + array.ByteOffset();
  return call.handle(upload(call.context(), shape, type, bytes));
}

Napi::Value fromFloat32(Call& call) { return upload(call, DataType::float32); }
Napi::Value fromInt32(Call& call) { return upload(call, DataType::int32); }
Napi::Value full(Call& call) { return call.handle(full(call.context(), call.dims(0), call.real(1))); }

Napi::Value uniform(Call& call) {
  const Tensor x = empty(call.context(), call.dims(0));
  call.context().launch([=, key = call.randomKey(1), low = call.real(3), high = call.real(4), y = x.floats(),
                         n = x.size()](const KernelTable& kernels, const Launch& launch) {
    kernels.random->uniform(launch, key, low, high, n, y);
  });
  return call.handle(x);
}

Napi::Value normal(Call& call) {
  const Tensor x = empty(call.context(), call.dims(0));
  call.context().launch([=, key = call.randomKey(1), mean = call.real(3), deviation = call.real(4),
                         y = x.floats(), n = x.size()](const KernelTable& kernels, const Launch& launch) {
    kernels.random->normal(launch, key, mean, deviation, n, y);
  });
  return call.handle(x);
}

Napi::Value write(Call& call) {
  const Tensor x = call.tensor(0);
  const auto array = call.value(1).As<Napi::TypedArray>();
  if (x.type() == DataType::bfloat16)
    throw TypeError("`tensor` holds bfloat16 and cannot be written to: cast a float32 tensor");
  if (!x.isContiguous()) throw RangeError("`tensor` must be contiguous to be written to");
  if (static_cast<int64_t>(array.ElementLength()) != x.size())
    throw RangeError(message("`data` must hold ", x.size(), " elements, got ", array.ElementLength()));
  write(call.context(), x, static_cast<const char*>(array.ArrayBuffer().Data()) + array.ByteOffset());
  return call.nothing();
}

/// copy(source, target): overwrites target, outside the tape.
Napi::Value copy(Call& call) {
  const Tensor source = call.tensor(0), target = call.tensor(1);
  if (source.shape() != target.shape())
    throw RangeError(
        message("`target` must have shape ", source.shape().text(), ", got ", target.shape().text()));
  for (const Tensor& tensor : {source, target})
    if (tensor.type() == DataType::bfloat16)
      throw TypeError("`source` and `target` must not hold bfloat16, which `cast` makes");
  copyInto(call.context(), source, target, false);
  return call.nothing();
}

Napi::Value toArray(Napi::Env env, DataType type, const std::vector<float>& bits) {
  if (type == DataType::int32) {
    auto array = Napi::Int32Array::New(env, bits.size());
    if (!bits.empty()) std::memcpy(array.Data(), bits.data(), bits.size() * sizeof(float));
    return array;
  }
  auto array = Napi::Float32Array::New(env, bits.size());
  if (!bits.empty()) std::memcpy(array.Data(), bits.data(), bits.size() * sizeof(float));
  return array;
}

std::vector<float> copyOf(const Tensor& x) {
  std::vector<float> bits(static_cast<size_t>(x.size()));
  if (!bits.empty()) std::memcpy(bits.data(), x.floats(), bits.size() * sizeof(float));
  return bits;
}

/// What is to be read, whole and in order; bfloat16 is read as float32.
Tensor readable(Call& call) {
  if (call.context().capturing())
    throw StateError("a tensor cannot be read while a program is being captured");
  const Tensor x = call.tensor(0).detached();
  return x.type() == DataType::bfloat16 ? cast(call.context(), x, DataType::float32)
                                        : contiguous(call.context(), x);
}

Napi::Value data(Call& call) {
  const Tensor x = readable(call);
  return call.promise(
      [x](const Launch&) { return copyOf(x); },
      [type = x.type()](Napi::Env env, const std::vector<float>& bits) { return toArray(env, type, bits); });
}

Napi::Value dataSync(Call& call) {
  const Tensor x = readable(call);
  Stream& stream = call.context().stream();
  stream.synchronize();
  if (const std::string failure = stream.takeFailure(); !failure.empty()) throw StateError(failure);
  return toArray(call.env(), x.type(), copyOf(x));
}

Napi::Value shape(Call& call) {
  const Dims shape = call.tensor(0).shape();
  Napi::Array list = Napi::Array::New(call.env(), shape.rank());
  for (int dim = 0; dim < shape.rank(); ++dim) list.Set(dim, static_cast<double>(shape[dim]));
  return list;
}

Napi::Value dtype(Call& call) { return Napi::String::New(call.env(), nameOf(call.tensor(0).type())); }

Napi::Value isContiguous(Call& call) { return Napi::Boolean::New(call.env(), call.tensor(0).isContiguous()); }
Napi::Value retain(Call& call) { return call.handle(call.tensor(0)); }
Napi::Value detach(Call& call) { return call.handle(call.tensor(0).detached()); }

Napi::Value dispose(Call& call) {
  call.instance().tensors.erase(call.number(0));
  return call.nothing();
}

Napi::Value requireGradient(Call& call) {
  requireGradient(call.instance().tensors.at(call.number(0)));
  return call.nothing();
}

Napi::Value requiresGradient(Call& call) {
  return Napi::Boolean::New(call.env(), bool(call.tensor(0).gradientState()));
}

Napi::Value gradient(Call& call) {
  const Tensor gradient = gathered(call.tensor(0));
  return gradient ? call.handle(gradient) : Napi::Number::New(call.env(), 0);
}

Napi::Value clearGradients(Call& call) {
  for (const Tensor& tensor : call.tensors(0)) clearGradient(tensor);
  return call.nothing();
}

Napi::Value backward(Call& call) {
  backward(call.context(), call.tensor(0), call.optionalTensor(1));
  return call.nothing();
}

Napi::Value setGradientEnabled(Call& call) {
  call.context().setGradientEnabled(call.flag(0));
  return call.nothing();
}

Napi::Value narrow(Call& call) {
  return call.handle(
      narrow(call.tensor(0), static_cast<int>(call.integer(1)), call.integer(2), call.integer(3)));
}
Napi::Value permute(Call& call) { return call.handle(permute(call.tensor(0), call.dims(1))); }
Napi::Value reshape(Call& call) { return call.handle(reshape(call.context(), call.tensor(0), call.dims(1))); }
Napi::Value contiguous(Call& call) { return call.handle(contiguous(call.context(), call.tensor(0))); }
Napi::Value concat(Call& call) {
  return call.handle(concat(call.context(), call.tensors(0), static_cast<int>(call.integer(1))));
}

}  // namespace

void defineTensors(Napi::Object exports) {
  define<fromFloat32>(exports, "fromFloat32");
  define<fromInt32>(exports, "fromInt32");
  define<full>(exports, "full");
  define<uniform>(exports, "uniform");
  define<normal>(exports, "normal");
  define<write>(exports, "write");
  define<copy>(exports, "copy");
  define<data>(exports, "data");
  define<dataSync>(exports, "dataSync");
  define<shape>(exports, "shape");
  define<dtype>(exports, "dtype");
  define<isContiguous>(exports, "isContiguous");
  define<retain>(exports, "retain");
  define<detach>(exports, "detach");
  define<dispose>(exports, "dispose");
  define<requireGradient>(exports, "requireGradient");
  define<requiresGradient>(exports, "requiresGradient");
  define<gradient>(exports, "gradient");
  define<clearGradients>(exports, "clearGradients");
  define<backward>(exports, "backward");
  define<setGradientEnabled>(exports, "setGradientEnabled");
  define<narrow>(exports, "narrow");
  define<permute>(exports, "permute");
  define<reshape>(exports, "reshape");
  define<contiguous>(exports, "contiguous");
  define<concat>(exports, "concat");
}

}  // namespace parascan
