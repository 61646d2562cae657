#include "ops/operands.h"

#include "ops/cast.h"

namespace parascan {
namespace {

/// First dimension s so that [0, s) and [s, last) both collapse, or -1.
int rowSplit(const Layout& layout) {
  const int last = layout.rank() - 1;
  for (int split = 0; split <= last; ++split)
    if (layout.collapses(0, split) && layout.collapses(split, last)) return split;
  return -1;
}

bool hasRows(const Layout& layout) {
  const int last = layout.rank() - 1;
  return (layout.shape[last] <= 1 || layout.strides[last] == 1) && rowSplit(layout) >= 0;
}

}  // namespace

void requireType(const char* name, const Tensor& x, DataType type) {
  if (x.type() != type)
    throw TypeError(message("`", name, "` must hold ", nameOf(type), ", got ", nameOf(x.type())));
}

void requireWeight(const Context& context, const char* name, const Tensor& x,
                   std::initializer_list<const Tensor*> inputs) {
  if (x.type() != DataType::bfloat16) return requireType(name, x);
  if (recording(context, inputs))
    throw TypeError(message("`", name, "` holds bfloat16, through which no gradient passes: infer in ",
                            "`withoutGradients`, or train with `ops.cast(", name, ", 'float32')`"));
}

void requireRank(const char* name, const Tensor& x, int rank) {
  if (x.rank() != rank)
    throw RangeError(message("`", name, "` must have ", rank, " dimensions, got shape ", x.shape().text()));
}

void requireShape(const char* name, const Tensor& x, const Dims& shape) {
  if (x.shape() != shape)
    throw RangeError(message("`", name, "` must have shape ", shape.text(), ", got ", x.shape().text()));
}

void requireContiguous(const char* name, const Tensor& x) {
  if (!x.isContiguous())
    throw RangeError(message("`", name, "` must be a contiguous tensor to be updated in place"));
}

Tensor contiguous(Context& context, const Tensor& x) {
  if (x.isContiguous()) return x;
  if (x.type() == DataType::bfloat16) return copied(context, x);
  Tensor y = empty(context, x.shape(), x.type());
  copyInto(context, x, y, false);  // int32 travels as bits: a copy does no arithmetic
  record(context, {{x}}, {{&y}}, [x](Context& context, OutputGradients gradients) {
    copyInto(context, gradients[0], gradientOf(context, x), true);
  });
  return y;
}

void detail::collapse(const Dims& shape, std::span<const Layout* const> operands, Extent& extent,
                      std::span<Strides> strides) {
  const auto strideAt = [&](size_t operand, int dim) -> int64_t {
    const Layout& layout = *operands[operand];
    const int own = dim - (shape.rank() - layout.rank());
    return own < 0 || layout.shape[own] == 1 ? 0 : layout.strides[own];
  };
  extent.rank = 0;
  for (int dim = 0; dim < shape.rank(); ++dim) {
    if (shape[dim] == 1) continue;
    bool merges = extent.rank > 0;
    for (size_t i = 0; i < operands.size() && merges; ++i)
      merges = strides[i].of[extent.rank - 1] == strideAt(i, dim) * shape[dim];
    const int slot = merges ? extent.rank - 1 : extent.rank++;
    extent.shape[slot] = merges ? extent.shape[slot] * shape[dim] : shape[dim];
    for (size_t i = 0; i < operands.size(); ++i) strides[i].of[slot] = strideAt(i, dim);
  }
  if (extent.rank == 0) {
    extent.rank = 1;
    extent.shape[0] = 1;
    for (Strides& own : strides) own.of[0] = 0;
  }
}

void copyInto(Context& context, const Tensor& x, const Tensor& y, bool accumulate) {
  const auto [extent, strides] = walk(y.shape(), x, y);
  const UnaryArgs args{.op = UnaryOp::scale,
                       .alpha = 1,
                       .beta = 0,
                       .extent = extent,
                       .x = x.floats(),
                       .xStrides = strides[0],
                       .y = y.floats(),
                       .yStrides = strides[1],
                       .accumulate = accumulate};
  context.launch(
      [args](const KernelTable& kernels, const Launch& launch) { kernels.elementwise->unary(launch, args); });
}

Tensor withRows(Context& context, const Tensor& x) {
  if (x.rank() == 0) return *tryReshape(x, {1});
  return hasRows(x.layout()) ? x : contiguous(context, x);
}

RowView rowView(const Tensor& x) {
  if (!x) return {};
  const Layout& layout = x.layout();
  const int last = layout.rank() - 1;
  const int split = rowSplit(layout);
  return {.data = x.floats(),
          .inner = std::max<int64_t>(layout.shape.product(split, last), 1),
          .outerStride = layout.strideOf(0, split),
          .innerStride = layout.strideOf(split, last)};
}

int64_t rowCount(const Tensor& x) { return x.shape().product(0, x.rank() - 1); }

Tensor withContiguousTail(Context& context, const Tensor& x, int inner) {
  int64_t stride = 1;
  for (int dim = x.rank() - 1; dim >= x.rank() - inner; --dim) {
    if (x.dim(dim) != 1 && x.stride(dim) != stride) return contiguous(context, x);
    stride *= x.dim(dim);
  }
  return x;
}

TokenView tokenView(const Tensor& x) {
  if (!x) return {};
  return {x.floats(), x.stride(0), x.stride(1), x.stride(2)};
}

ChannelView channelView(const Tensor& x) {
  if (!x) return {};
  return {x.floats(), x.stride(0), x.stride(1)};
}

}  // namespace parascan
