// Casts between float32 and bfloat16, from any strided view to contiguous memory.
#include "kernels/cast.h"

#include "kernels/bfloat16-lanes.h"
#include "kernels/elementwise-nest.h"

namespace parascan::PARASCAN_ISA {
namespace {

template <typename From, typename To>
void castRun(const From* x, To* y, int64_t count) {
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) store(y + i, load(x + i));
  if (i < count) storePartial(y + i, loadPartial(x + i, count - i), count - i);
}

/// Bits as they are.
void castRun(const Bfloat16* x, Bfloat16* y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) y[i] = x[i];
}

template <typename From, typename To>
void castSpread(const From* x, int64_t stride, To* y, int64_t count) {
  From gathered[lanes];
  for (int64_t i = 0; i < count; i += lanes) {
    const int64_t part = count - i < lanes ? count - i : lanes;
    for (int64_t j = 0; j < part; ++j) gathered[j] = x[(i + j) * stride];
    castRun(gathered, y + i, part);
  }
}

template <typename From, typename To>
void cast(const Launch& launch, const CastArgs<From, To>& args) {
  Nest<1> nest = makeNest<1>(args.extent, {&args.xStrides});
  nest.collapse();
  const int64_t size = nest.size();
  constexpr int64_t block = 32 << 10;  // elements of a task
  parallelFor(launch, (size + block - 1) / block, [&](int64_t task, int) {
    const int64_t end = (task + 1) * block < size ? (task + 1) * block : size;
    Cursor<1> cursor(nest, task * block);
    for (int64_t i = task * block; i < end;) {
      const int64_t count = cursor.run() < end - i ? cursor.run() : end - i;
      const From* x = args.x + cursor.offset[0];
      if (nest.innerStride(0) == 1)
        castRun(x, args.y + i, count);
      else
        castSpread(x, nest.innerStride(0), args.y + i, count);
      cursor.advance(count);
      i += count;
    }
  });
}

}  // namespace

extern const CastKernels casts;
const CastKernels casts = {
    .narrow = cast<float, Bfloat16>,
    .widen = cast<Bfloat16, float>,
    .copy = cast<Bfloat16, Bfloat16>,
};

}  // namespace parascan::PARASCAN_ISA
