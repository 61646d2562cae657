// Embedding: rows of a table by index, and the sum of gradients back into the table. The gradient is split
// over columns, so every table row takes its terms in the order of `ids` whatever the threads.
#include "kernels/bfloat16-lanes.h"
#include "kernels/row-kernels.h"

namespace parascan::PARASCAN_ISA {
namespace {

inline Vec load(const Bfloat16* p, Whole) { return load(p); }
inline Vec load(const Bfloat16* p, Tail tail) { return loadPartial(p, tail.count); }

template <typename Weight>
void selectRows(const Launch& launch, const EmbeddingArgsOf<Weight>& args) {
  overRows(launch, args.count, args.columns, [&](int64_t row, int) {
    float* y = args.y + row * args.columns;
    const int32_t id = args.ids[row];
    const bool known = id >= 0 && id < args.vocabulary;
    const Weight* weight = known ? args.weight + id * args.weightRow : nullptr;
    overColumns(args.columns, [&](int64_t c, auto span, int) {
      store(y + c, known ? load(weight + c, span) : splat(__builtin_nanf("")), span);
    });
  });
}

}  // namespace

void embedding(const Launch& launch, const EmbeddingArgs& args) { selectRows(launch, args); }
void embeddingBfloat16(const Launch& launch, const EmbeddingArgsOf<Bfloat16>& args) {
  selectRows(launch, args);
}

void embeddingGrad(const Launch& launch, const EmbeddingGradArgs& args) {
  const EmbeddingArgs& forward = args.forward;
  const int64_t block = 64;  // columns of a task: whole cache lines of both matrices
  parallelFor(launch, (forward.columns + block - 1) / block, [&](int64_t task, int) {
    const int64_t first = task * block;
    const int64_t width = forward.columns - first < block ? forward.columns - first : block;
    for (int64_t row = 0; row < forward.count; ++row) {
      const int32_t id = forward.ids[row];
      if (id < 0 || id >= forward.vocabulary) continue;
      const float* dY = args.dY + row * forward.columns + first;
      float* dWeight = args.dWeight + id * forward.weightRow + first;
      overColumns(width, [&](int64_t c, auto span, int) {
        store(dWeight + c, load(dWeight + c, span) + load(dY + c, span), span);
      });
    }
  });
}

}  // namespace parascan::PARASCAN_ISA
