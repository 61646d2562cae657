// Functions of one array and their gradients, and fill.
//
//   Phi(x)   distribution function of the standard normal, (1 + erf(x / sqrt 2)) / 2
//   phi(x)   its density, exp(-x^2 / 2) / sqrt(2 pi)
#include "kernels/elementwise-loop.h"
#include "kernels/vector-math.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// IEEE square root; the compiler turns the loop into one instruction.
inline Vec squareRoot(Vec x) {
  for (int l = 0; l < lanes; ++l) x[l] = __builtin_sqrtf(x[l]);
  return x;
}

/// x where it is positive or NaN.
inline Vec rectify(Vec x) { return x < Vec{} ? Vec{} : x; }

}  // namespace

void unary(const Launch& launch, const UnaryArgs& args) {
  const auto map = [&](auto op) {
    mapElements<1>(launch, args.extent, {{args.x, args.xStrides}}, args.y, args.yStrides, args.accumulate,
                   op);
  };
  const float alpha = args.alpha, beta = args.beta;
  switch (args.op) {
    case UnaryOp::scale:
      // Multiplying by one and adding zero would turn -0 into 0, and a copy must not.
      if (beta != 0) return map([=](const Vec* x) { return x[0] * alpha + beta; });
      if (alpha != 1) return map([=](const Vec* x) { return x[0] * alpha; });
      return map([](const Vec* x) { return x[0]; });
    case UnaryOp::exp:
      return map([](const Vec* x) { return exponential(x[0]); });
    case UnaryOp::log:
      return map([](const Vec* x) { return logarithm(x[0]); });
    case UnaryOp::sigmoid:
      return map([](const Vec* x) { return sigmoid(x[0]); });
    case UnaryOp::softplus:
      return map([](const Vec* x) { return softplus(x[0]); });
    case UnaryOp::silu:
      return map([](const Vec* x) { return x[0] * sigmoid(x[0]); });
    case UnaryOp::gelu:
      return map([](const Vec* x) { return x[0] * normalDistribution(x[0]); });
    case UnaryOp::relu:
      return map([](const Vec* x) { return rectify(x[0]); });
    case UnaryOp::tanh:
      return map([](const Vec* x) { return tanh(x[0]); });
    case UnaryOp::sqrt:
      return map([](const Vec* x) { return squareRoot(x[0]); });
    case UnaryOp::square:
      return map([](const Vec* x) { return x[0] * x[0]; });
    case UnaryOp::abs:
      return map([](const Vec* x) { return absolute(x[0]); });
    case UnaryOp::reciprocal:
      return map([](const Vec* x) { return 1.0f / x[0]; });
  }
}

void unaryGrad(const Launch& launch, const UnaryGradArgs& args) {
  const Input dY{args.dY, args.dYStrides}, x{args.x, args.xStrides}, y{args.y, args.yStrides};
  const auto map = [&](const auto& inputs, auto op) {
    mapElements(launch, args.extent, inputs, args.dX, args.dXStrides, true, op);
  };
  // Every derivative takes dY and, of x and y, the one that makes it cheap.
  const auto ofInput = [&](auto op) {
    const Input inputs[] = {dY, x};
    map(inputs, [=](const Vec* v) { return op(v[0], v[1]); });
  };
  const auto ofOutput = [&](auto op) {
    const Input inputs[] = {dY, y};
    map(inputs, [=](const Vec* v) { return op(v[0], v[1]); });
  };
  switch (args.op) {
    case UnaryOp::scale: {
      const Input inputs[] = {dY};
      return map(inputs, [alpha = args.alpha](const Vec* v) { return v[0] * alpha; });
    }
    case UnaryOp::exp:
      return ofOutput([](Vec d, Vec y) { return d * y; });
    case UnaryOp::log:
      return ofInput([](Vec d, Vec x) { return d / x; });
    case UnaryOp::sigmoid:
      return ofOutput([](Vec d, Vec y) { return d * (y * (1.0f - y)); });
    case UnaryOp::softplus:
      return ofInput([](Vec d, Vec x) { return d * sigmoid(x); });
    case UnaryOp::silu:
      return ofInput([](Vec d, Vec x) {
        const Vec s = sigmoid(x);
        return d * (s * (1.0f + x * (1.0f - s)));
      });
    case UnaryOp::gelu:
      return ofInput([](Vec d, Vec x) {
        const Vec density = exponential(-0.5f * x * x) * 0.398942280f;
        return d * (normalDistribution(x) + x * density);
      });
    case UnaryOp::relu:
      return ofInput([](Vec d, Vec x) { return x <= Vec{} ? Vec{} : d; });
    case UnaryOp::tanh:
      return ofOutput([](Vec d, Vec y) { return d * (1.0f - y * y); });
    case UnaryOp::sqrt:
      return ofOutput([](Vec d, Vec y) { return 0.5f * d / y; });
    case UnaryOp::square:
      return ofInput([](Vec d, Vec x) { return 2.0f * d * x; });
    case UnaryOp::abs:
      return ofInput([](Vec d, Vec x) { return x == Vec{} ? Vec{} : (x < Vec{} ? -d : d); });
    case UnaryOp::reciprocal:
      return ofOutput([](Vec d, Vec y) { return -d * (y * y); });
  }
}

void fill(const Launch& launch, Extent extent, float* y, Strides yStrides, float value) {
  const Strides everywhere{};
  mapElements<1>(launch, extent, {{&value, everywhere}}, y, yStrides, false,
                 [](const Vec* x) { return x[0]; });
}

}  // namespace parascan::PARASCAN_ISA
