// Tensors seen as kernels want them: checked, collapsed to few dimensions, or as rows, tokens and channels.
#pragma once

#include <span>

#include "autograd/tape.h"
#include "kernels/kernels.h"
#include "runtime/errors.h"
#include "tensor/context.h"
#include "tensor/tensor.h"

namespace parascan {

/// Throws TypeError unless x holds `type`.
void requireType(const char* name, const Tensor& x, DataType type = DataType::float32);
/// Throws TypeError unless x holds float32, or bfloat16 that no gradient of `inputs` would have to pass.
void requireWeight(const Context& context, const char* name, const Tensor& x,
                   std::initializer_list<const Tensor*> inputs);
/// Throws RangeError unless x has this rank.
void requireRank(const char* name, const Tensor& x, int rank);
/// Throws RangeError unless x has this shape.
void requireShape(const char* name, const Tensor& x, const Dims& shape);
/// Throws RangeError if x is a view with gaps, which no kernel updates in place.
void requireContiguous(const char* name, const Tensor& x);

/// A contiguous tensor with the same elements: x itself, or a copy through which gradients flow.
Tensor contiguous(Context& context, const Tensor& x);

/// The extent of `shape` and the strides of operands broadcast to it, with neighbouring dimensions merged
/// wherever all operands allow. An operand is aligned to the right; its missing and unit dimensions get
/// stride 0.
template <size_t Count>
struct Walk {
  Extent extent;
  Strides strides[Count];
};

namespace detail {
void collapse(const Dims& shape, std::span<const Layout* const> operands, Extent& extent,
              std::span<Strides> strides);
}

template <typename... Operands>
Walk<sizeof...(Operands)> walk(const Dims& shape, const Operands&... operands) {
  Walk<sizeof...(Operands)> result;
  const Layout* layouts[] = {&operands.layout()...};
  detail::collapse(shape, layouts, result.extent, result.strides);
  return result;
}

/// y (+)= x, elementwise over x's shape, outside the tape.
void copyInto(Context& context, const Tensor& x, const Tensor& y, bool accumulate);

/// x as rows of its last dimension, copied if its layout is not two-level.
Tensor withRows(Context& context, const Tensor& x);
/// The rows of a tensor that withRows returned, or of its gradient; data null for an empty tensor.
RowView rowView(const Tensor& x);
/// Number of rows: the product of all dimensions but the last.
int64_t rowCount(const Tensor& x);

/// x with its last `inner` dimensions contiguous as one block, copied otherwise.
Tensor withContiguousTail(Context& context, const Tensor& x, int inner);

/// (B, T, H, D) or (B, T, H) as tokens; data null for an empty tensor.
TokenView tokenView(const Tensor& x);
/// (B, T, D) as channels; data null for an empty tensor.
ChannelView channelView(const Tensor& x);

inline float* floatsOrNull(const Tensor& x) { return x ? x.floats() : nullptr; }

}  // namespace parascan
