// Reads the object arguments of the references: sizes, options, and arrays of as many elements as the sizes
// say. The references index by the sizes alone, so every length is checked here.
#pragma once

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "binding/call.h"

namespace parascan {

using Doubles = std::vector<double>;
using Shape = std::initializer_list<int64_t>;

/// The properties of an object argument, checked as they are read.
class Operands {
 public:
  Operands(const Call& call, int i) {
    if (!call.value(i).IsObject())
      throw TypeError(message("`", i == 0 ? "inputs" : "outputGradients", "` must be an object"));
    object_ = call.value(i).As<Napi::Object>();
  }

  double number(const char* name) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsNumber()) throw TypeError(message("`", name, "` must be a number"));
    return value.As<Napi::Number>().DoubleValue();
  }
  int64_t whole(const char* name, int64_t least) const {
    const double value = number(name);
    if (!(value >= static_cast<double>(least) && value <= 2147483647.0) || value != std::floor(value))
      throw RangeError(
          message("`", name, "` must be a whole number from ", least, " to 2^31 - 1, got ", value));
    return static_cast<int64_t>(value);
  }
  int64_t size(const char* name) const { return whole(name, 1); }
  bool flag(const char* name) const { return object_.Get(name).ToBoolean(); }
  std::string text(const char* name) const { return object_.Get(name).ToString(); }
  bool has(const char* name) const { return !object_.Get(name).IsUndefined(); }
  /// Elements of the array of this name, whatever its kind.
  size_t length(const char* name) const {
    const Napi::Value value = object_.Get(name);
    return value.IsTypedArray() ? value.As<Napi::TypedArray>().ElementLength() : 0;
  }

  Doubles doubles(const char* name, Shape shape) const {
    return array<Napi::Float64Array, double>(name, shape, napi_float64_array, "Float64Array");
  }
  std::vector<float> floats(const char* name, Shape shape) const {
    return array<Napi::Float32Array, float>(name, shape, napi_float32_array, "Float32Array");
  }
  /// Empty where the property is absent.
  Doubles optional(const char* name, Shape shape) const {
    return has(name) ? doubles(name, shape) : Doubles();
  }
  /// `cuSeqlens`, or nothing where it is absent.
  std::vector<int64_t> packedStarts(int64_t batch, int64_t tokens) const {
    if (!has("cuSeqlens")) return {};
    const Doubles numbers = doubles("cuSeqlens", {static_cast<int64_t>(length("cuSeqlens"))});
    const PackedSequences packed(numbers);
    const Sequences sequences = packed.over(batch, tokens);
    return {sequences.starts, sequences.starts + sequences.count + 1};
  }
  Doubles orZeros(const char* name, Shape shape) const {
    return has(name) ? doubles(name, shape) : Doubles(static_cast<size_t>(elements(shape)), 0.0);
  }

 private:
  /// A double, as the sizes of a careless caller may overflow an integer.
  static double elements(Shape shape) {
    double product = 1;
    for (const int64_t size : shape) product *= static_cast<double>(size);
    return product;
  }

  template <typename Array, typename Element>
  std::vector<Element> array(const char* name, Shape shape, napi_typedarray_type type,
                             const char* kind) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type)
      throw TypeError(message("`", name, "` must be a ", kind));
    const Array array = value.As<Array>();
    if (static_cast<double>(array.ElementLength()) != elements(shape)) {
      std::string sizes;
      for (const int64_t size : shape) sizes += (sizes.empty() ? "" : ", ") + std::to_string(size);
      throw RangeError(message("`", name, "` must hold [", sizes, "] numbers, got ", array.ElementLength()));
    }
    return std::vector<Element>(array.Data(), array.Data() + array.ElementLength());
  }

  Napi::Object object_;
};

/// An object of Float64Arrays.
inline Napi::Value toObject(const Call& call,
                            std::initializer_list<std::pair<const char*, const Doubles*>> properties) {
  Napi::Object object = Napi::Object::New(call.env());
  for (const auto& [name, values] : properties) {
    Napi::Float64Array array = Napi::Float64Array::New(call.env(), values->size());
    std::copy(values->begin(), values->end(), array.Data());
    object.Set(name, array);
  }
  return object;
}

inline void requireMultiple(const char* name, int64_t heads, const char* ofName, int64_t ofHeads) {
  if (heads % ofHeads != 0)
    throw RangeError(
        message("`", name, "` must be a multiple of `", ofName, "`, got ", heads, " and ", ofHeads));
}

}  // namespace parascan
