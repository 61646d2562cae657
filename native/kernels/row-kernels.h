// What the files behind the table `rows` share: their functions, and the way rows are found and shared out.
#pragma once

#include "kernels/row-walk.h"
#include "kernels/rows.h"

namespace parascan::PARASCAN_ISA {

void softmax(const Launch& launch, const SoftmaxArgs& args);
void softmaxGrad(const Launch& launch, const SoftmaxGradArgs& args);
void norm(const Launch& launch, const NormArgs& args);
void normGrad(const Launch& launch, const NormGradArgs& args);
void crossEntropy(const Launch& launch, const CrossEntropyArgs& args);
void crossEntropyGrad(const Launch& launch, const CrossEntropyGradArgs& args);
void distillation(const Launch& launch, const DistillationArgs& args);
void distillationGrad(const Launch& launch, const DistillationGradArgs& args);
void embedding(const Launch& launch, const EmbeddingArgs& args);
void embeddingBfloat16(const Launch& launch, const EmbeddingArgsOf<Bfloat16>& args);
void embeddingGrad(const Launch& launch, const EmbeddingGradArgs& args);

namespace {

inline float* rowOf(const RowView& view, int64_t row) {
  return view.data + row / view.inner * view.outerStride + row % view.inner * view.innerStride;
}

/// Like rowOf, null where the view is not wanted.
inline float* rowIfWanted(const RowView& view, int64_t row) { return view.data ? rowOf(view, row) : nullptr; }

/// Calls f(row, thread) for every row. The blocks depend on the shape alone.
template <typename F>
void overRows(const Launch& launch, int64_t rows, int64_t columns, const F& f) {
  const int64_t elements = 8192;  // a task long enough that handing it out costs nothing beside it
  const int64_t block = columns < elements ? elements / (columns > 0 ? columns : 1) : 1;
  parallelFor(launch, (rows + block - 1) / block, [&](int64_t task, int thread) {
    const int64_t end = (task + 1) * block < rows ? (task + 1) * block : rows;
    for (int64_t row = task * block; row < end; ++row) f(row, thread);
  });
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
