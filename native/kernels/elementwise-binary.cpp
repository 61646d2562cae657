// Functions of two arrays with broadcasting, and their gradients summed over the broadcast dimensions.
#include "kernels/elementwise-reduction.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// Whether maximum takes a: where it is larger or NaN, and of equals.
inline IntVec takesFirst(Vec a, Vec b) { return (a >= b) | (a != a); }

bool isBroadcast(const Extent& extent, const Strides& strides) {
  for (int d = 0; d < extent.rank; ++d)
    if (extent.shape[d] > 1 && strides.of[d] == 0) return true;
  return false;
}

/// gradient += op(inputs...), summed where the gradient is broadcast.
template <int inputs, typename Op>
void addGradient(const Launch& launch, const Extent& extent, const Input (&x)[inputs], float* gradient,
                 const Strides& strides, Op op) {
  if (isBroadcast(extent, strides))
    sumElements(launch, extent, x, gradient, strides, 1, true, op);
  else
    mapElements(launch, extent, x, gradient, strides, true, op);
}

}  // namespace

void binary(const Launch& launch, const BinaryArgs& args) {
  const auto map = [&](auto op) {
    mapElements<2>(launch, args.extent, {{args.a, args.aStrides}, {args.b, args.bStrides}}, args.y,
                   args.yStrides, false, [=](const Vec* v) { return op(v[0], v[1]); });
  };
  switch (args.op) {
    case BinaryOp::add:
      return map([](Vec a, Vec b) { return a + b; });
    case BinaryOp::subtract:
      return map([](Vec a, Vec b) { return a - b; });
    case BinaryOp::multiply:
      return map([](Vec a, Vec b) { return a * b; });
    case BinaryOp::divide:
      return map([](Vec a, Vec b) { return a / b; });
    case BinaryOp::maximum:
      return map([](Vec a, Vec b) { return takesFirst(a, b) ? a : b; });
  }
}

void binaryGrad(const Launch& launch, const BinaryGradArgs& args) {
  const Input dY{args.dY, args.dYStrides}, a{args.a, args.aStrides}, b{args.b, args.bStrides};
  const Input one[] = {dY}, withA[] = {dY, a}, withB[] = {dY, b}, all[] = {dY, a, b};
  const auto intoA = [&](const auto& inputs, auto op) {
    if (args.dA) addGradient(launch, args.extent, inputs, args.dA, args.dAStrides, op);
  };
  const auto intoB = [&](const auto& inputs, auto op) {
    if (args.dB) addGradient(launch, args.extent, inputs, args.dB, args.dBStrides, op);
  };
  const auto same = [](const Vec* v) { return v[0]; };
  const auto product = [](const Vec* v) { return v[0] * v[1]; };
  switch (args.op) {
    case BinaryOp::add:
      intoA(one, same);
      intoB(one, same);
      break;
    case BinaryOp::subtract:
      intoA(one, same);
      intoB(one, [](const Vec* v) { return -v[0]; });
      break;
    case BinaryOp::multiply:
      intoA(withB, product);
      intoB(withA, product);
      break;
    case BinaryOp::divide:
      intoA(withB, [](const Vec* v) { return v[0] / v[1]; });
      // Dividing twice: the square of a small b would underflow.
      intoB(all, [](const Vec* v) { return -(v[0] / v[2]) * (v[1] / v[2]); });
      break;
    case BinaryOp::maximum:
      intoA(all, [](const Vec* v) { return takesFirst(v[1], v[2]) ? v[0] : Vec{}; });
      intoB(all, [](const Vec* v) { return takesFirst(v[1], v[2]) ? Vec{} : v[0]; });
      break;
  }
}

}  // namespace parascan::PARASCAN_ISA
