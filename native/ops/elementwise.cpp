#include "ops/elementwise.h"

namespace parascan {
namespace {

Dims broadcast(const Dims& a, const Dims& b) {
  Dims shape;
  const int rank = std::max(a.rank(), b.rank());
  for (int dim = 0; dim < rank; ++dim) {
    const int da = dim - (rank - a.rank()), db = dim - (rank - b.rank());
    const int64_t sa = da < 0 ? 1 : a[da], sb = db < 0 ? 1 : b[db];
    if (sa != sb && sa != 1 && sb != 1)
      throw RangeError(
          message("`a` and `b` must have shapes that broadcast, got ", a.text(), " and ", b.text()));
    shape.push(sa == 1 ? sb : sa);
  }
  return shape;
}

Tensor applyUnary(Context& context, UnaryOp op, const Tensor& x, float alpha, float beta) {
  requireType("x", x);
  Tensor y = empty(context, x.shape());
  const auto [extent, strides] = walk(x.shape(), x, y);
  const UnaryArgs args{.op = op,
                       .alpha = alpha,
                       .beta = beta,
                       .extent = extent,
                       .x = x.floats(),
                       .xStrides = strides[0],
                       .y = y.floats(),
                       .yStrides = strides[1],
                       .accumulate = false};
  context.launch(
      [args](const KernelTable& kernels, const Launch& launch) { kernels.elementwise->unary(launch, args); });
  record(context, {{x}}, {{&y}}, [=, y = y.detached()](Context& context, OutputGradients gradients) {
    const Tensor& dY = gradients[0];
    const Tensor dX = gradientOf(context, x);
    const auto [extent, strides] = walk(x.shape(), x, y, dY, dX);
    const UnaryGradArgs args{.op = op,
                             .alpha = alpha,
                             .extent = extent,
                             .x = x.floats(),
                             .y = y.floats(),
                             .dY = dY.floats(),
                             .dX = dX.floats(),
                             .xStrides = strides[0],
                             .yStrides = strides[1],
                             .dYStrides = strides[2],
                             .dXStrides = strides[3]};
    context.launch([args](const KernelTable& kernels, const Launch& launch) {
      kernels.elementwise->unaryGrad(launch, args);
    });
  });
  return y;
}

/// x's layout with the reduced dimensions of `kept` folded to size 1.
unsigned reducedMask(const Tensor& x, const Dims& dims) {
  unsigned mask = 0;
  for (int64_t dim : dims) mask |= 1u << checkedDim("dims", static_cast<int>(dim), x.rank());
  return dims.rank() == 0 ? (1u << x.rank()) - 1 : mask;
}

struct Reduction {
  Dims kept;     // x's shape with ones in reduced dimensions
  Dims dropped;  // x's shape without them
  int64_t count = 1;
};

Reduction reduction(const Tensor& x, const Dims& dims) {
  const unsigned mask = reducedMask(x, dims);
  Reduction result;
  for (int dim = 0; dim < x.rank(); ++dim) {
    const bool reduced = mask >> dim & 1;
    result.kept.push(reduced ? 1 : x.dim(dim));
    if (reduced)
      result.count *= x.dim(dim);
    else
      result.dropped.push(x.dim(dim));
  }
  return result;
}

ReduceArgs reduceArgs(ReduceOp op, const Tensor& x, const Tensor& kept, float scale, int32_t* argument) {
  const auto [extent, strides] = walk(x.shape(), x, kept);
  return {.op = op,
          .scale = scale,
          .extent = extent,
          .x = x.floats(),
          .xStrides = strides[0],
          .y = kept.floats(),
          .yStrides = strides[1],
          .ySize = kept.size(),
          .argument = argument};
}

}  // namespace

Tensor binary(Context& context, BinaryOp op, const Tensor& a, const Tensor& b) {
  requireType("a", a);
  requireType("b", b);
  Tensor y = empty(context, broadcast(a.shape(), b.shape()));
  const auto [extent, strides] = walk(y.shape(), a, b, y);
  const BinaryArgs args{.op = op,
                        .extent = extent,
                        .a = a.floats(),
                        .b = b.floats(),
                        .y = y.floats(),
                        .aStrides = strides[0],
                        .bStrides = strides[1],
                        .yStrides = strides[2]};
  context.launch([args](const KernelTable& kernels, const Launch& launch) {
    kernels.elementwise->binary(launch, args);
  });
  record(context, {{a, b}}, {{&y}}, [=](Context& context, OutputGradients gradients) {
    const Tensor& dY = gradients[0];
    const Tensor dA = gradientOf(context, a), dB = gradientOf(context, b);
    const auto [extent, strides] = walk(dY.shape(), a, b, dY, dA ? dA : a, dB ? dB : b);
    const BinaryGradArgs args{.op = op,
                              .extent = extent,
                              .a = a.floats(),
                              .b = b.floats(),
                              .dY = dY.floats(),
                              .dA = floatsOrNull(dA),
                              .dB = floatsOrNull(dB),
                              .aStrides = strides[0],
                              .bStrides = strides[1],
                              .dYStrides = strides[2],
                              .dAStrides = strides[3],
                              .dBStrides = strides[4]};
    context.launch([args](const KernelTable& kernels, const Launch& launch) {
      kernels.elementwise->binaryGrad(launch, args);
    });
  });
  return y;
}

Tensor unary(Context& context, UnaryOp op, const Tensor& x) { return applyUnary(context, op, x, 1, 0); }

Tensor scale(Context& context, const Tensor& x, float alpha, float beta) {
  return applyUnary(context, UnaryOp::scale, x, alpha, beta);
}

Tensor sum(Context& context, const Tensor& x, const Dims& dims, bool keepDims, bool mean) {
  requireType("x", x);
  const Reduction shapes = reduction(x, dims);
  const float factor = mean ? 1.0f / static_cast<float>(shapes.count) : 1.0f;
  Tensor kept = empty(context, shapes.kept);
  const ReduceArgs args = reduceArgs(ReduceOp::sum, x, kept, factor, nullptr);
  context.launch([args](const KernelTable& kernels, const Launch& launch) {
    kernels.elementwise->reduce(launch, args);
  });
  record(context, {{x}}, {{&kept}}, [=](Context& context, OutputGradients gradients) {
    const Tensor dX = gradientOf(context, x);
    const auto [extent, strides] = walk(x.shape(), gradients[0], dX);
    const UnaryArgs args{.op = UnaryOp::scale,
                         .alpha = factor,
                         .beta = 0,
                         .extent = extent,
                         .x = gradients[0].floats(),
                         .xStrides = strides[0],
                         .y = dX.floats(),
                         .yStrides = strides[1],
                         .accumulate = true};
    context.launch([args](const KernelTable& kernels, const Launch& launch) {
      kernels.elementwise->unary(launch, args);
    });
  });
  return keepDims ? kept : *tryReshape(kept, shapes.dropped);
}

Tensor max(Context& context, const Tensor& x, const Dims& dims, bool keepDims) {
  requireType("x", x);
  const Reduction shapes = reduction(x, dims);
  if (shapes.count == 0)
    throw RangeError("`x` must not be empty over the dimensions its maximum is taken of");
  Tensor kept = empty(context, shapes.kept);
  const Tensor argument = empty(context, shapes.kept, DataType::int32);
  const ReduceArgs args = reduceArgs(ReduceOp::max, x, kept, 1, argument.ints());
  context.launch([args](const KernelTable& kernels, const Launch& launch) {
    kernels.elementwise->reduce(launch, args);
  });
  record(context, {{x}}, {{&kept}}, [=](Context& context, OutputGradients gradients) {
    const Tensor dX = gradientOf(context, x);
    const auto [extent, strides] = walk(x.shape(), x, gradients[0], dX);
    const ReduceArgs forward{.op = ReduceOp::max,
                             .scale = 1,
                             .extent = extent,
                             .x = x.floats(),
                             .xStrides = strides[0],
                             .y = nullptr,
                             .yStrides = strides[1],
                             .ySize = argument.size(),
                             .argument = argument.ints()};
    context.launch([forward, dY = gradients[0].floats(), dX = dX.floats(), dXStrides = strides[2]](
                       const KernelTable& kernels, const Launch& launch) {
      kernels.elementwise->maxGrad(launch, forward, dY, dX, dXStrides);
    });
  });
  return keepDims ? kept : *tryReshape(kept, shapes.dropped);
}

Tensor gather(Context& context, const Tensor& source, int dim, const Tensor& index) {
  requireType("x", source);
  requireType("index", index, DataType::int32);
  dim = checkedDim("dim", dim, source.rank());
  Dims wanted = source.shape();
  if (index.rank() == source.rank()) wanted[dim] = index.dim(dim);
  requireShape("index", index, wanted);
  const Tensor x = contiguous(context, source), at = contiguous(context, index);
  Tensor y = empty(context, index.shape());
  const GatherArgs args{.outer = x.shape().product(0, dim),
                        .size = x.dim(dim),
                        .count = index.dim(dim),
                        .inner = x.shape().product(dim + 1, x.rank()),
                        .x = x.floats(),
                        .index = at.ints(),
                        .y = y.floats()};
  context.launch([args](const KernelTable& kernels, const Launch& launch) {
    kernels.elementwise->gather(launch, args);
  });
  record(context, {{x}}, {{&y}}, [=](Context& context, OutputGradients gradients) {
    GatherGradArgs grad{.forward = args, .dY = gradients[0].floats(), .dX = gradientOf(context, x).floats()};
    grad.forward.index = at.ints();
    context.launch([grad](const KernelTable& kernels, const Launch& launch) {
      kernels.elementwise->gatherGrad(launch, grad);
    });
  });
  return y;
}

Tensor dropout(Context& context, const Tensor& input, float p, RandomKey key) {
  requireType("x", input);
  if (!(p >= 0 && p < 1)) throw RangeError(message("`p` must be in [0, 1), got ", p));
  const Tensor x = contiguous(context, input);
  Tensor y = empty(context, x.shape());
  const auto apply = [key, p](Context& context, const Tensor& from, const Tensor& to, bool accumulate) {
    context.launch([=, n = from.size(), x = from.floats(), y = to.floats()](const KernelTable& kernels,
                                                                            const Launch& launch) {
      kernels.random->dropout(launch, key, p, n, x, y, accumulate);
    });
  };
  apply(context, x, y, false);
  record(context, {{x}}, {{&y}}, [=](Context& context, OutputGradients gradients) {
    apply(context, gradients[0], gradientOf(context, x), true);
  });
  return y;
}

}  // namespace parascan
