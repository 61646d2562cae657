#include "ops/matmul.h"

namespace parascan {
namespace {

/// A batch of matrices with free strides.
template <typename Element>
struct MatricesOf {
  Element* data;
  int64_t batch, rows, columns;  // strides
  MatricesOf transposed() const { return {data, batch, columns, rows}; }
};
using Matrices = MatricesOf<float>;
using WeightMatrices = MatricesOf<Bfloat16>;

struct Sizes {
  int64_t batch, m, n, k;
};

/// c's rows are contiguous.
template <typename Right>
GemmArgsOf<Right> gemmArgs(Sizes sizes, Matrices a, MatricesOf<Right> b, Matrices c, const float* bias,
                           bool accumulate) {
  // The stride of a dimension of size 1 is arbitrary; the kernel asks for a unit stride in each operand.
  if (sizes.k == 1) a.columns = b.rows = 1;
  if (sizes.m == 1 && a.columns != 1) a.rows = 1;
  if (sizes.n == 1 && b.rows != 1) b.columns = 1;
  return {.batch = sizes.batch,
          .m = sizes.m,
          .n = sizes.n,
          .k = sizes.k,
          .a = a.data,
          .aBatch = a.batch,
          .aRow = a.rows,
          .aCol = a.columns,
          .b = b.data,
          .bBatch = b.batch,
          .bRow = b.rows,
          .bCol = b.columns,
          .c = c.data,
          .cBatch = c.batch,
          .cRow = c.rows,
          .bias = bias,
          .accumulate = accumulate};
}

/// c (+)= a b. A result whose rows are not contiguous is computed as its transpose.
void multiply(Context& context, Sizes sizes, Matrices a, Matrices b, Matrices c, const float* bias,
              bool accumulate) {
  if (c.columns != 1 && sizes.n != 1) {
    std::swap(a, b);
    a = a.transposed();
    b = b.transposed();
    c = c.transposed();
    std::swap(sizes.m, sizes.n);
  }
  context.launch([args = gemmArgs(sizes, a, b, c, bias, accumulate)](
                     const KernelTable& kernels, const Launch& launch) { kernels.gemm->gemm(launch, args); });
}

/// c (+)= a b for a result whose rows are contiguous, as those of a forward product are.
void multiply(Context& context, Sizes sizes, Matrices a, WeightMatrices b, Matrices c, const float* bias,
              bool accumulate) {
  context.launch(
      [args = gemmArgs(sizes, a, b, c, bias, accumulate)](const KernelTable& kernels, const Launch& launch) {
        kernels.gemm->gemmBfloat16(launch, args);
      });
}

/// dBias += the sum of dY over all its rows.
void addRowSums(Context& context, const Tensor& dY, const Tensor& dBias) {
  const auto [extent, strides] = walk(dY.shape(), dY, dBias);
  const BinaryGradArgs args{.op = BinaryOp::add,
                            .extent = extent,
                            .a = dY.floats(),
                            .b = dY.floats(),
                            .dY = dY.floats(),
                            .dA = nullptr,
                            .dB = dBias.floats(),
                            .aStrides = strides[0],
                            .bStrides = strides[0],
                            .dYStrides = strides[0],
                            .dAStrides = strides[0],
                            .dBStrides = strides[1]};
  context.launch([args](const KernelTable& kernels, const Launch& launch) {
    kernels.elementwise->binaryGrad(launch, args);
  });
}

/// A unit stride in one of the last two dimensions, and one stride over all leading ones.
Tensor asMatrices(Context& context, const Tensor& x) {
  const int rank = x.rank();
  const bool unit =
      x.stride(rank - 1) == 1 || x.stride(rank - 2) == 1 || x.dim(rank - 1) == 1 || x.dim(rank - 2) == 1;
  return unit && x.layout().collapses(0, rank - 2) ? x : contiguous(context, x);
}

template <typename Element>
MatricesOf<Element> matrices(const Tensor& x, Element* data, bool transpose) {
  const int rank = x.rank();
  const MatricesOf<Element> plain{data, x.layout().strideOf(0, rank - 2), x.stride(rank - 2),
                                  x.stride(rank - 1)};
  return transpose ? plain.transposed() : plain;
}

Matrices matrices(const Tensor& x, bool transpose) { return matrices(x, x.floats(), transpose); }

}  // namespace

Tensor matmul(Context& context, const Tensor& left, const Tensor& right, bool transposeA, bool transposeB,
              const Tensor& bias) {
  requireType("a", left);
  requireWeight(context, "b", right, {&left, &bias});
  if (left.rank() < 2)
    throw RangeError(message("`a` must have 2 dimensions or more, got shape ", left.shape().text()));
  if (right.rank() < 2)
    throw RangeError(message("`b` must have 2 dimensions or more, got shape ", right.shape().text()));
  const Tensor a = asMatrices(context, left), b = asMatrices(context, right);
  const int64_t m = a.dim(transposeA ? -1 : -2), k = a.dim(transposeA ? -2 : -1);
  const int64_t n = b.dim(transposeB ? -2 : -1);
  if (b.dim(transposeB ? -1 : -2) != k)
    throw RangeError(message("`b` must have ", k, (transposeB ? " columns" : " rows"),
                             " to multiply `a` of shape ", a.shape().text(), ", got shape ",
                             b.shape().text()));
  Dims shape = a.rank() > 2 ? a.shape() : b.shape();
  if (a.rank() > 2 && b.rank() > 2)
    for (int dim = 0; dim < std::max(a.rank(), b.rank()) - 2; ++dim)
      if (a.rank() != b.rank() || a.dim(dim) != b.dim(dim))
        throw RangeError(message("`a` and `b` must have the same leading dimensions, got shapes ",
                                 a.shape().text(), " and ", b.shape().text()));
  shape[-2] = m;
  shape[-1] = n;
  if (bias) {
    requireType("bias", bias);
    requireShape("bias", bias, {n});
  }
  const Tensor addend = bias ? contiguous(context, bias) : bias;
  Tensor y = empty(context, shape);
  const Sizes sizes{shape.product(0, shape.rank() - 2), m, n, k};
  if (b.type() == DataType::bfloat16) {
    multiply(context, sizes, matrices(a, transposeA), matrices(b, b.bfloats(), transposeB),
             matrices(y, false), floatsOrNull(addend), false);
    return y;
  }
  multiply(context, sizes, matrices(a, transposeA), matrices(b, transposeB), matrices(y, false),
           floatsOrNull(addend), false);
  const auto backward = [=](Context& context, OutputGradients gradients) {
    const Matrices dY = matrices(gradients[0], false);
    // A shared operand has batch stride 0, and its gradient is summed over the batch in order.
    if (const Tensor dA = gradientOf(context, a))
      multiply(context, {sizes.batch, m, k, n}, dY, matrices(b, !transposeB), matrices(dA, transposeA),
               nullptr, true);
    if (const Tensor dB = gradientOf(context, b))
      multiply(context, {sizes.batch, k, n, m}, matrices(a, !transposeA), dY, matrices(dB, transposeB),
               nullptr, true);
    if (addend)
      if (const Tensor dBias = gradientOf(context, addend)) addRowSums(context, gradients[0], dBias);
  };
  if (addend)
    record(context, {{a, b, addend}}, {{&y}}, backward);
  else
    record(context, {{a, b}}, {{&y}}, backward);
  return y;
}

namespace {

/// Some dimensions of a weight in two levels: `groups` blocks of `size` elements.
struct Levels {
  int64_t groups, size, groupStride, stride;
};

std::optional<Levels> levels(const Layout& layout, int from, int to) {
  for (int split = from; split <= to; ++split)
    if (layout.collapses(from, split) && layout.collapses(split, to))
      return Levels{layout.shape.product(from, split), layout.shape.product(split, to),
                    layout.strideOf(from, split), layout.strideOf(split, to)};
  return std::nullopt;
}

}  // namespace

Tensor linear(Context& context, const Tensor& input, const Tensor& matrix, const Tensor& bias,
              int outputDims) {
  requireType("x", input);
  requireWeight(context, "weight", matrix, {&input, &bias});
  if (outputDims < 1 || outputDims >= matrix.rank())
    throw RangeError(message("`outputDims` must be between 1 and ", matrix.rank() - 1, ", got ", outputDims));
  const auto usable = [&](const Layout& layout) {
    const auto out = levels(layout, 0, outputDims), in = levels(layout, outputDims, layout.rank());
    return out && in && (in->stride == 1 || in->size == 1 || out->stride == 1 || out->size == 1);
  };
  const Tensor weight = usable(matrix.layout()) ? matrix : contiguous(context, matrix);
  const Levels out = *levels(weight.layout(), 0, outputDims);
  const Levels in = *levels(weight.layout(), outputDims, weight.rank());
  const int64_t inputs = in.groups * in.size, outputs = out.groups * out.size;
  if (input.rank() < 1 || input.dim(-1) != inputs)
    throw RangeError(message("`x` must have ", inputs, " as its last dimension to meet `weight` of shape ",
                             weight.shape().text(), ", got shape ", input.shape().text()));
  if (bias) {
    requireType("bias", bias);
    requireShape("bias", bias, {outputs});
  }

  const int last = input.rank() - 1;
  const bool rowsReady = input.layout().collapses(0, last) && (input.stride(last) == 1 || inputs == 1);
  const Tensor x = rowsReady ? input : contiguous(context, input);
  const Tensor addend = bias ? contiguous(context, bias) : bias;
  const int64_t rows = x.shape().product(0, last);
  Dims shape = x.shape();
  shape[-1] = outputs;
  Tensor y = empty(context, shape);

  const auto xBlock = [=](const Tensor& of, int64_t group) {
    return Matrices{of.floats() + group * in.size, 0, of.layout().strideOf(0, last), 1};
  };
  const auto yBlock = [=](const Tensor& of, int64_t group) {
    return Matrices{of.floats() + group * out.size, 0, outputs, 1};
  };
  const auto weightBlock = [=]<typename Weight>(Weight* of, int64_t outGroup, int64_t inGroup) {
    return MatricesOf<Weight>{of + outGroup * out.groupStride + inGroup * in.groupStride, 0, out.stride,
                              in.stride};
  };
  const auto forward = [&](auto* weights) {
    for (int64_t o = 0; o < out.groups; ++o)
      for (int64_t i = 0; i < in.groups; ++i)
        multiply(context, {1, rows, out.size, in.size}, xBlock(x, i), weightBlock(weights, o, i).transposed(),
                 yBlock(y, o), addend && i == 0 ? addend.floats() + o * out.size : nullptr, i > 0);
  };
  if (weight.type() == DataType::bfloat16) {
    forward(weight.bfloats());
    return y;
  }
  forward(weight.floats());

  const auto backward = [=](Context& context, OutputGradients gradients) {
    const Tensor& dY = gradients[0];
    const Tensor dX = gradientOf(context, x), dWeight = gradientOf(context, weight);
    for (int64_t o = 0; o < out.groups; ++o)
      for (int64_t i = 0; i < in.groups; ++i) {
        if (dX)
          multiply(context, {1, rows, in.size, out.size}, yBlock(dY, o), weightBlock(weight.floats(), o, i),
                   xBlock(dX, i), nullptr, true);
        if (dWeight)
          multiply(context, {1, out.size, in.size, rows}, yBlock(dY, o).transposed(), xBlock(x, i),
                   weightBlock(dWeight.floats(), o, i), nullptr, true);
      }
    if (addend)
      if (const Tensor dBias = gradientOf(context, addend)) addRowSums(context, dY, dBias);
  };
  if (addend)
    record(context, {{x, weight, addend}}, {{&y}}, backward);
  else
    record(context, {{x, weight}}, {{&y}}, backward);
  return y;
}

}  // namespace parascan
