#include "binding/call.h"

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
  for (double size : numbers(i)) dims.push(static_cast<int64_t>(size));
  return dims;
}

Napi::Value Call::handles(std::initializer_list<Tensor> tensors) const {
  Napi::Array list = Napi::Array::New(env(), tensors.size());
  uint32_t at = 0;
  for (const Tensor& tensor : tensors) list.Set(at++, handle(tensor));
  return list;
}

}  // namespace parascan
