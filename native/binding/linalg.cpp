// Positive definite systems across the border. Synchronous: a thousand unknowns take some tens of
// milliseconds.
#include <span>

#include "binding/call.h"
#include "linalg/cholesky.h"

namespace parascan {
namespace {

std::span<double> doubles(const Call& call, int i) {
  Napi::Float64Array array = call.value(i).As<Napi::Float64Array>();
  return {array.Data(), array.ElementLength()};
}

size_t orderOf(const Call& call, std::span<const double> matrix) {
  const int64_t order = call.integer(1);
  if (order < 0 || order > 100'000 || matrix.size() != static_cast<size_t>(order * order))
    throw RangeError("a matrix must have order * order elements");
  return static_cast<size_t>(order);
}

Napi::Value choleskyFactor(Call& call) {
  const auto matrix = doubles(call, 0);
  const size_t order = orderOf(call, matrix);
  return Napi::Number::New(call.env(), static_cast<double>(parascan::choleskyFactor(matrix, order)));
}

template <void (*solve)(std::span<const double>, size_t, std::span<double>)>
Napi::Value solved(Call& call) {
  const auto factor = doubles(call, 0);
  const size_t order = orderOf(call, factor);
  const auto columns = doubles(call, 2);
  if (order == 0 ? !columns.empty() : columns.size() % order != 0)
    throw RangeError("right-hand sides must have a row for each of the matrix");
  solve(factor, order, columns);
  return call.nothing();
}

Napi::Value inverseOfFactored(Call& call) {
  const auto factor = doubles(call, 0);
  const size_t order = orderOf(call, factor);
  Napi::Float64Array inverse = Napi::Float64Array::New(call.env(), factor.size());
  parascan::inverseOfFactored(factor, order, {inverse.Data(), factor.size()});
  return inverse;
}

}  // namespace

void defineLinearAlgebra(Napi::Object exports) {
  define<choleskyFactor>(exports, "choleskyFactor");
  define<solved<solveTransposed>>(exports, "solveTransposed");
  define<solved<solveFactor>>(exports, "solveFactor");
  define<inverseOfFactored>(exports, "inverseOfFactored");
}

}  // namespace parascan
