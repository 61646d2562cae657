#include "binding/call.h"

#include <cmath>

namespace parascan {

std::vector<double> Call::numbers(int i) const {
  const Napi::Array list = info_[i].As<Napi::Array>();
  std::vector<double> numbers(list.Length());
  for (uint32_t at = 0; at < numbers.size(); ++at) numbers[at] = list.Get(at).ToNumber().DoubleValue();
  return numbers;
}

std::vector<Tensor> Call::tensors(int i) const {
  std::vector<Tensor> tensors;
  for (double handle : numbers(i)) tensors.push_back(tensorOf(handle));
  return tensors;
}

Dims Call::dims(int i) const {
  Dims dims;
  for (double size : numbers(i)) dims.push(whole(size));
  return dims;
}

int64_t Call::whole(double number) {
  if (!(std::abs(number) < 0x1p53) || number != std::floor(number))
    throw RangeError(message("sizes, dimensions and counts must be whole numbers, got ", number));
  return static_cast<int64_t>(number);
}

PackedSequences Call::packedSequences(int i) const {
  if (info_[i].IsUndefined()) return {};
  const auto starts = info_[i].As<Napi::Float64Array>();
  return PackedSequences({starts.Data(), starts.ElementLength()});
}

RandomKey Call::randomKey(int i) const {
  const auto part = [&](const char* name, double number) {
    if (!(number >= 0 && number < 0x1p53) || number != std::floor(number))
      throw RangeError(message("`", name, "` must be a whole number from 0 to 2^53 - 1, got ", number));
    return static_cast<uint64_t>(number);
  };
  return {part("seed", number(i)), part("stream", number(i + 1))};
}

Napi::Value Call::handles(std::initializer_list<Tensor> tensors) const {
  Napi::Array list = Napi::Array::New(env(), tensors.size());
  uint32_t at = 0;
  for (const Tensor& tensor : tensors) list.Set(at++, handle(tensor));
  return list;
}

}  // namespace parascan
