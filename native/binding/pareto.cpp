// Multi-objective hot loops across the border. Synchronous: a population is sorted in microseconds.
#include <algorithm>
#include <span>

#include "binding/call.h"
#include "pareto/attainment-surface.h"
#include "pareto/crowding-distance.h"
#include "pareto/front-distance.h"
#include "pareto/hypervolume-estimate.h"
#include "pareto/hypervolume.h"
#include "pareto/non-dominated-sort.h"

namespace parascan {
namespace {

template <typename Element, typename Array>
std::span<const Element> elements(const Call& call, int i) {
  const Array array = call.value(i).As<Array>();
  return {array.Data(), array.ElementLength()};
}

std::span<const double> doubles(const Call& call, int i) {
  return elements<double, Napi::Float64Array>(call, i);
}

template <typename Array, typename List>
Napi::Value toArray(const Call& call, const List& list) {
  Array array = Array::New(call.env(), list.size());
  std::copy(list.begin(), list.end(), array.Data());
  return array;
}

Napi::Value nonDominatedSort(Call& call) {
  const auto ranks = parascan::nonDominatedSort(doubles(call, 0), static_cast<size_t>(call.integer(1)));
  return toArray<Napi::Int32Array>(call, ranks);
}

Napi::Value crowdingDistance(Call& call) {
  const auto ranks = elements<int32_t, Napi::Int32Array>(call, 2);
  const auto distances =
      parascan::crowdingDistance(doubles(call, 0), static_cast<size_t>(call.integer(1)), ranks);
  return toArray<Napi::Float64Array>(call, distances);
}

Napi::Value hypervolume(Call& call) {
  return Napi::Number::New(call.env(), parascan::hypervolume(doubles(call, 0), doubles(call, 1)));
}

Napi::Value exclusiveVolumes(Call& call) {
  return toArray<Napi::Float64Array>(call, parascan::exclusiveVolumes(doubles(call, 0), doubles(call, 1)));
}

Napi::Value estimateHypervolume(Call& call) {
  const auto [volume, standardError] =
      parascan::estimateHypervolume(doubles(call, 0), doubles(call, 1), static_cast<size_t>(call.integer(2)),
                                    static_cast<uint64_t>(call.integer(3)));
  auto estimate = Napi::Object::New(call.env());
  estimate.Set("volume", volume);
  estimate.Set("standardError", standardError);
  return estimate;
}

using FrontDistance = double (*)(std::span<const double>, std::span<const double>, size_t, Distance);

template <FrontDistance measure>
Napi::Value frontDistance(Call& call) {
  return Napi::Number::New(call.env(),
                           measure(doubles(call, 0), doubles(call, 1), static_cast<size_t>(call.integer(2)),
                                   call.flag(3) ? Distance::worse : Distance::plain));
}

Napi::Value additiveEpsilon(Call& call) {
  return Napi::Number::New(call.env(), parascan::additiveEpsilon(doubles(call, 0), doubles(call, 1),
                                                                 static_cast<size_t>(call.integer(2))));
}

Napi::Value attainmentSurface(Call& call) {
  const auto runs = elements<int32_t, Napi::Int32Array>(call, 1);
  const auto surface = parascan::attainmentSurface(
      doubles(call, 0), runs, static_cast<size_t>(call.integer(2)), static_cast<size_t>(call.integer(3)));
  return toArray<Napi::Float64Array>(call, surface);
}

}  // namespace

void definePareto(Napi::Object exports) {
  define<nonDominatedSort>(exports, "nonDominatedSort");
  define<crowdingDistance>(exports, "crowdingDistance");
  define<hypervolume>(exports, "hypervolume");
  define<exclusiveVolumes>(exports, "exclusiveVolumes");
  define<estimateHypervolume>(exports, "estimateHypervolume");
  define<frontDistance<parascan::generationalDistance>>(exports, "generationalDistance");
  define<frontDistance<parascan::invertedGenerationalDistance>>(exports, "invertedGenerationalDistance");
  define<additiveEpsilon>(exports, "additiveEpsilon");
  define<attainmentSurface>(exports, "attainmentSurface");
}

}  // namespace parascan
