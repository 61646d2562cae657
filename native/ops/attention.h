// Causal softmax attention, its decode step, and rotary position embedding.
#pragma once

#include "ops/operands.h"

namespace parascan {

/// q (B, T, H, D), k (B, T, HK, D), v (B, T, HK, V): o (B, T, H, V). A window of 0 attends to everything
/// before.
Tensor attention(Context& context, const Tensor& q, const Tensor& k, const Tensor& v, float scale,
                 int64_t window);

/// One token a sequence, (B, 1, H, D) and so on, over caches (B, capacity, HK, D) and (B, capacity, HK, V)
/// that are written at int32 position (1) modulo the capacity.
Tensor attentionStep(Context& context, const Tensor& q, const Tensor& k, const Tensor& v,
                     const Tensor& keyCache, const Tensor& valueCache, const Tensor& position, float scale);

/// x (B, T, H, D) turned by its positions, which start at int32 `position` (1) or at 0 if that is empty.
Tensor rotary(Context& context, const Tensor& x, float base, const Tensor& position);

/// position += count, in stream order.
void advance(Context& context, const Tensor& position, int32_t count);

}  // namespace parascan
