#include "ops/attention.h"

namespace parascan {
namespace {

void requireHeads(const Tensor& q, const Tensor& k, const Tensor& v) {
  for (const auto& [name, x] : {std::pair{"q", &q}, {"k", &k}, {"v", &v}}) {
    requireType(name, *x);
    requireRank(name, *x, 4);
  }
  requireShape("k", k, {q.dim(0), q.dim(1), k.dim(2), q.dim(3)});
  requireShape("v", v, {q.dim(0), q.dim(1), k.dim(2), v.dim(3)});
  if (k.dim(2) == 0 || q.dim(2) % k.dim(2) != 0)
    throw RangeError(message("the heads of `q` must be a multiple of the heads of `k`, got ", q.dim(2),
                             " and ", k.dim(2)));
}

/// One position for all sequences, or one for each.
Positions positionsOf(const Tensor& position, int64_t batch) {
  requireType("position", position, DataType::int32);
  requireRank("position", position, 1);
  requireContiguous("position", position);
  if (position.dim(0) != 1 && position.dim(0) != batch)
    throw RangeError(
        message("`position` must hold 1 or ", batch, " numbers, one a sequence, got ", position.dim(0)));
  return {.first = position.ints(), .stride = position.dim(0) == 1 ? 0 : 1};
}

}  // namespace

Tensor attention(Context& context, const Tensor& qInput, const Tensor& kInput, const Tensor& vInput,
                 float scale, int64_t window) {
  requireHeads(qInput, kInput, vInput);
  if (window < 0) throw RangeError(message("`window` must not be negative, got ", window));
  const Tensor q = withContiguousTail(context, qInput, 1), k = withContiguousTail(context, kInput, 1),
               v = withContiguousTail(context, vInput, 1);
  Tensor o = empty(context, {q.dim(0), q.dim(1), q.dim(2), v.dim(3)});
  const bool keep = recording(context, {&q, &k, &v});
  const Tensor saved = keep ? empty(context, {q.dim(0), q.dim(2), q.dim(1)}) : Tensor();
  const AttentionArgs args{.batch = q.dim(0),
                           .tokens = q.dim(1),
                           .heads = q.dim(2),
                           .keyHeads = k.dim(2),
                           .keyDim = q.dim(3),
                           .valueDim = v.dim(3),
                           .scale = scale,
                           .window = window,
                           .q = tokenView(q),
                           .k = tokenView(k),
                           .v = tokenView(v),
                           .o = tokenView(o),
                           .saved = floatsOrNull(saved)};
  context.launch(
      [args](const KernelTable& kernels, const Launch& launch) { kernels.attention->forward(launch, args); });
  record(context, {{q, k, v}}, {{&o}},
         [args, q, k, v, saved, o = o.detached()](Context& context, OutputGradients gradients) {
           const AttentionGradArgs grad{.forward = args,
                                        .dO = tokenView(gradients[0]),
                                        .dQ = tokenView(gradientOf(context, q)),
                                        .dK = tokenView(gradientOf(context, k)),
                                        .dV = tokenView(gradientOf(context, v))};
           context.launch([grad](const KernelTable& kernels, const Launch& launch) {
             kernels.attention->backward(launch, grad);
           });
         });
  return o;
}

Tensor attentionStep(Context& context, const Tensor& qInput, const Tensor& kInput, const Tensor& vInput,
                     const Tensor& keyCache, const Tensor& valueCache, const Tensor& position, float scale) {
  requireHeads(qInput, kInput, vInput);
  if (qInput.dim(1) != 1)
    throw RangeError(message("`q` must hold one token a sequence, got ", qInput.dim(1)));
  const Tensor q = withContiguousTail(context, qInput, 1), k = withContiguousTail(context, kInput, 1),
               v = withContiguousTail(context, vInput, 1);
  for (const auto& [name, cache] : {std::pair{"keyCache", &keyCache}, {"valueCache", &valueCache}}) {
    requireType(name, *cache);
    requireRank(name, *cache, 4);
    requireContiguous(name, *cache);
  }
  const int64_t capacity = keyCache.dim(1);
  requireShape("keyCache", keyCache, {q.dim(0), capacity, k.dim(2), q.dim(3)});
  requireShape("valueCache", valueCache, {q.dim(0), capacity, k.dim(2), v.dim(3)});
  const Positions positions = positionsOf(position, q.dim(0));
  Tensor o = empty(context, {q.dim(0), 1, q.dim(2), v.dim(3)});
  const AttentionStepArgs args{.batch = q.dim(0),
                               .heads = q.dim(2),
                               .keyHeads = k.dim(2),
                               .keyDim = q.dim(3),
                               .valueDim = v.dim(3),
                               .capacity = capacity,
                               .scale = scale,
                               .q = tokenView(q),
                               .k = tokenView(k),
                               .v = tokenView(v),
                               .o = tokenView(o),
                               .keyCache = keyCache.floats(),
                               .valueCache = valueCache.floats(),
                               .positions = positions};
  context.launch(
      [args](const KernelTable& kernels, const Launch& launch) { kernels.attention->step(launch, args); });
  return o;
}

Tensor rotary(Context& context, const Tensor& input, float base, const Tensor& position) {
  requireType("x", input);
  requireRank("x", input, 4);
  if (input.dim(3) % 2 != 0)
    throw RangeError(message("`x` must have an even last dimension, got ", input.dim(3)));
  const Positions offsets = position ? positionsOf(position, input.dim(0)) : Positions{};
  const Tensor x = withContiguousTail(context, input, 1);
  Tensor y = empty(context, x.shape());
  const RotaryArgs args{.batch = x.dim(0),
                        .tokens = x.dim(1),
                        .heads = x.dim(2),
                        .dim = x.dim(3),
                        .base = base,
                        .inverse = false,
                        .accumulate = false,
                        .offsets = offsets,
                        .x = tokenView(x),
                        .y = tokenView(y)};
  context.launch(
      [args](const KernelTable& kernels, const Launch& launch) { kernels.attention->rotary(launch, args); });
  record(context, {{x}}, {{&y}}, [args, x, position](Context& context, OutputGradients gradients) {
    RotaryArgs back = args;
    back.inverse = back.accumulate = true;
    back.x = tokenView(gradients[0]);
    back.y = tokenView(gradientOf(context, x));
    context.launch([back](const KernelTable& kernels, const Launch& launch) {
      kernels.attention->rotary(launch, back);
    });
  });
  return y;
}

void advance(Context& context, const Tensor& position, int32_t count) {
  requireType("position", position, DataType::int32);
  requireRank("position", position, 1);
  requireContiguous("position", position);
  context.launch(
      [at = position.ints(), sequences = position.dim(0), count](const KernelTable&, const Launch&) {
        for (int64_t i = 0; i < sequences; ++i) at[i] += count;
      });
}

}  // namespace parascan
