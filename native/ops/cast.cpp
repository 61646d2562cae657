#include "ops/cast.h"

namespace parascan {
namespace {

template <typename From, typename To>
CastArgs<From, To> castArgs(const Tensor& x, const From* from, To* to) {
  const auto [extent, strides] = walk(x.shape(), x);
  return {.extent = extent, .x = from, .xStrides = strides[0], .y = to};
}

}  // namespace

Tensor cast(Context& context, const Tensor& x, DataType type) {
  for (DataType each : {x.type(), type})
    if (each == DataType::int32) throw TypeError("`x` and `type` must be float32 or bfloat16, got int32");
  if (x.type() == type) return x;
  if (recording(context, {&x}))
    throw TypeError("no gradient flows through `cast`: call it in `withoutGradients`, or with `x.detach()`");
  const Tensor y = empty(context, x.shape(), type);
  if (type == DataType::bfloat16)
    context.launch(
        [args = castArgs(x, x.floats(), y.bfloats())](const KernelTable& kernels, const Launch& launch) {
          kernels.casts->narrow(launch, args);
        });
  else
    context.launch(
        [args = castArgs(x, x.bfloats(), y.floats())](const KernelTable& kernels, const Launch& launch) {
          kernels.casts->widen(launch, args);
        });
  return y;
}

Tensor copied(Context& context, const Tensor& x) {
  const Tensor y = empty(context, x.shape(), DataType::bfloat16);
  context.launch(
      [args = castArgs(x, x.bfloats(), y.bfloats())](const KernelTable& kernels, const Launch& launch) {
        kernels.casts->copy(launch, args);
      });
  return y;
}

}  // namespace parascan
