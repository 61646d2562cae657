#include "tensor/tensor.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "runtime/errors.h"
#include "tensor/context.h"

namespace parascan {
namespace {

constexpr int64_t mostElements = int64_t{1} << 40;

}  // namespace

const char* nameOf(DataType type) {
  return type == DataType::float32 ? "float32" : type == DataType::int32 ? "int32" : "bfloat16";
}

size_t elementBytes(DataType type) { return type == DataType::bfloat16 ? 2 : 4; }

Tensor empty(Context& context, const Dims& shape, DataType type) {
  int64_t elements = 1;
  for (int64_t size : shape) {
    if (size < 0) throw RangeError(message("`shape` must have no negative size, got ", shape.text()));
    if (__builtin_mul_overflow(elements, std::max<int64_t>(size, 1), &elements) || elements > mostElements)
      throw RangeError(message("`shape` must hold at most 2^40 elements, got ", shape.text()));
  }
  const Layout layout = Layout::contiguous(shape);
  return {std::make_shared<Buffer>(context.memory(), static_cast<size_t>(layout.size()) * elementBytes(type)),
          layout, type};
}

Tensor zeros(Context& context, const Dims& shape) { return full(context, shape, 0); }

Tensor full(Context& context, const Dims& shape, float value) {
  Tensor x = empty(context, shape);
  context.launch([y = x.floats(), n = x.size(), value](const KernelTable& kernels, const Launch& launch) {
    kernels.elementwise->fill(launch, Extent{1, {n}}, y, Strides{{1}}, value);
  });
  return x;
}

Tensor upload(Context& context, const Dims& shape, DataType type, const void* data) {
  Tensor x = empty(context, shape, type);
  write(context, x, data);
  return x;
}

void write(Context& context, const Tensor& tensor, const void* data) {
  // Earlier jobs may still be using the buffer, so the bytes wait in the queue like any other work.
  const char* bytes = static_cast<const char*>(data);
  std::vector<char> staged(bytes, bytes + static_cast<size_t>(tensor.size()) * elementBytes(tensor.type()));
  context.submit([target = tensor.floats(), staged = std::move(staged)](const Launch&) {
    if (!staged.empty()) std::memcpy(target, staged.data(), staged.size());
  });
}

int checkedDim(const char* name, int dim, int rank) {
  if (dim < -rank || dim >= rank)
    throw RangeError(message("`", name, "` must be in [", -rank, ", ", rank, "), got ", dim));
  return dim < 0 ? dim + rank : dim;
}

Tensor narrow(const Tensor& x, int dim, int64_t start, int64_t length) {
  dim = checkedDim("dim", dim, x.rank());
  if (start < 0 || length < 0 || length > x.dim(dim) - start)
    throw RangeError(message("`start` and `length` must lie within dimension ", dim, " of ", x.shape().text(),
                             ", got ", start, " and ", length));
  Layout layout = x.layout();
  layout.shape[dim] = length;
  layout.offset += start * layout.strides[dim];
  return x.view(layout);
}

Tensor permute(const Tensor& x, const Dims& order) {
  if (order.rank() != x.rank())
    throw RangeError(message("`order` must name the ", x.rank(), " dimensions, got ", order.text()));
  Layout layout = x.layout();
  unsigned seen = 0;
  for (int dim = 0; dim < x.rank(); ++dim) {
    const int source = checkedDim("order", static_cast<int>(order[dim]), x.rank());
    seen |= 1u << source;
    layout.shape[dim] = x.dim(source);
    layout.strides[dim] = x.stride(source);
  }
  if (seen != (1u << x.rank()) - 1)
    throw RangeError(message("`order` must name every dimension once, got ", order.text()));
  return x.view(layout);
}

std::optional<Tensor> tryReshape(const Tensor& x, const Dims& shape) {
  // Walk both shapes from the left, matching groups of dimensions of equal product; a group of x must
  // collapse.
  Layout layout{shape, shape, x.layout().offset};
  if (x.size() == 0 || x.isContiguous()) {
    layout.strides = Layout::contiguous(shape).strides;
    return x.view(layout);
  }
  int from = 0;
  for (int target = 0; target < shape.rank();) {
    int64_t wanted = shape[target];
    int targetEnd = target + 1;
    int to = from;
    int64_t have = 1;
    while (to < x.rank() && have < wanted) have *= x.dim(to++);
    while (have != wanted) {
      if (have < wanted) {
        if (to >= x.rank()) return std::nullopt;
        have *= x.dim(to++);
      } else {
        if (targetEnd >= shape.rank()) return std::nullopt;
        wanted *= shape[targetEnd++];
      }
    }
    if (!x.layout().collapses(from, to)) return std::nullopt;
    int64_t stride = x.layout().strideOf(from, to);
    for (int dim = targetEnd - 1; dim >= target; --dim) {
      layout.strides[dim] = stride;
      stride *= shape[dim];
    }
    from = to;
    target = targetEnd;
  }
  return x.view(layout);
}

}  // namespace parascan
