// The table of the kernels that work row by row.
#include "kernels/row-kernels.h"

namespace parascan::PARASCAN_ISA {

extern const RowKernels rows;
const RowKernels rows = {
    .softmax = softmax,
    .softmaxGrad = softmaxGrad,
    .norm = norm,
    .normGrad = normGrad,
    .crossEntropy = crossEntropy,
    .crossEntropyGrad = crossEntropyGrad,
    .distillation = distillation,
    .distillationGrad = distillationGrad,
    .embedding = embedding,
    .embeddingBfloat16 = embeddingBfloat16,
    .embeddingGrad = embeddingGrad,
};

}  // namespace parascan::PARASCAN_ISA
