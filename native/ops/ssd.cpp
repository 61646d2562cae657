#include "ops/ssd.h"

#include "ops/elementwise.h"
#include "ops/matrix-scan.h"

namespace parascan {
namespace {

void check(const SsdInputs& in) {
  requireType("x", in.x);
  requireRank("x", in.x, 4);
  requireType("B", in.B);
  requireRank("B", in.B, 4);
  const int64_t batch = in.x.dim(0), tokens = in.x.dim(1), heads = in.x.dim(2), groups = in.B.dim(2),
                states = in.B.dim(3);
  if (groups < 1 || heads % groups != 0)
    throw RangeError(
        message("the heads of `x` must be a multiple of the groups of `B`, got ", heads, " and ", groups));
  const struct {
    const char* name;
    const Tensor& x;
    Dims shape;
  } operands[] = {{"dt", in.dt, {batch, tokens, heads}},
                  {"A", in.A, {heads}},
                  {"B", in.B, {batch, tokens, groups, states}},
                  {"C", in.C, {batch, tokens, groups, states}},
                  {"D", in.D, {heads}},
                  {"dtBias", in.dtBias, {heads}},
                  {"initialState",
                   in.initialState,
                   {in.cuSeqlens.over(batch, tokens).count, heads, in.x.dim(3), states}}};
  for (const auto& [name, x, shape] : operands) {
    if (!x) continue;
    requireType(name, x);
    requireShape(name, x, shape);
  }
}

/// (.., P, N) as (.., N, P), and back.
Tensor transposed(const Tensor& state) { return permute(state, {0, 1, 3, 2}); }

/// y = C . h + D x with h <- decay h + dt B x^T is the additive scan of q = C, k = B, v = x, beta = dt.
MatrixScanInputs additiveScan(Context& context, const SsdInputs& in) {
  check(in);
  Tensor dt = in.dtBias ? binary(context, BinaryOp::add, in.dt, in.dtBias) : in.dt;
  if (in.dtSoftplus) dt = unary(context, UnaryOp::softplus, dt);
  Tensor decay = binary(context, BinaryOp::multiply, dt, in.A);
  if (in.negativeEigenvalues) decay = scale(context, unary(context, UnaryOp::exp, decay), 2, -1);
  return {.transition = Transition::additive,
          .q = in.C,
          .k = in.B,
          .v = in.x,
          .beta = dt,
          .g = decay,
          .a = {},
          .b = {},
          .skip = in.D,
          .initialState = in.initialState ? transposed(in.initialState) : Tensor(),
          .logDecay = !in.negativeEigenvalues,
          .cuSeqlens = in.cuSeqlens};
}

}  // namespace

ScanResult ssd(Context& context, const SsdInputs& inputs) {
  const ScanResult result = matrixScan(context, additiveScan(context, inputs));
  return {result.output, transposed(result.finalState)};
}

ScanResult ssdRecurrent(Context& context, const SsdInputs& inputs, bool inPlace) {
  MatrixScanInputs in = additiveScan(context, inputs);
  if (!inPlace) {
    const ScanResult result = matrixScanRecurrent(context, in, false);
    return {result.output, transposed(result.finalState)};
  }
  if (!inputs.initialState) throw TypeError("`initialState` must be a tensor, to be updated in place");
  const Tensor state = in.initialState;
  in.initialState = contiguous(context, state);
  const ScanResult result = matrixScanRecurrent(context, in, true);
  if (!state.isContiguous()) copyInto(context, result.finalState, state, false);
  return {result.output, inputs.initialState};
}

}  // namespace parascan
