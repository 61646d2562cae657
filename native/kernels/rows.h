// Contract of the kernels that work row by row: softmax, norms, losses, embedding.
// A row is contiguous; rows lie `stride` apart, in two levels so that per-head slices need no copy:
// row r starts at data + (r / inner) * outerStride + (r % inner) * innerStride.
#pragma once

#include "kernels/bfloat16.h"
#include "kernels/launch.h"

namespace parascan {

struct RowView {
  float* data;
  int64_t inner;  // rows per outer step, at least 1
  int64_t outerStride, innerStride;
};

struct SoftmaxArgs {
  int64_t rows, columns;
  bool logarithm;  // log-softmax
  RowView x, y;
};

struct SoftmaxGradArgs {
  SoftmaxArgs forward;  // reads y
  RowView dY, dX;       // dX is added to
};

enum class NormOp : int32_t {
  rms,       // y = x / sqrt(mean x^2 + eps) * weight
  gatedRms,  // rms with a gate: y = rms(x) act(gate), or y = rms(x act(gate)) where the gate comes first
  layer,     // y = (x - mean) / sqrt(var + eps) * weight + bias
  l2,        // y = x / sqrt(sum x^2 + eps)
};

enum class GateActivation : int32_t { silu, sigmoid };

struct NormArgs {
  NormOp op;
  GateActivation activation;  // of gatedRms, as is gateFirst
  bool gateFirst;
  int64_t rows, columns;
  float eps;
  RowView x, y;
  RowView gate;         // of gatedRms; data null otherwise
  int64_t groups;       // row r takes row r % groups of weight and bias; 1 where all rows share them
  const float* weight;  // (groups, columns) or null for ones
  const float* bias;    // (groups, columns) or null; of layer
  float* saved;         // (rows, 2): mean and reciprocal deviation, written when not null
};

struct NormGradArgs {
  NormArgs forward;  // reads x, gate, weight, saved
  RowView dY;
  RowView dX, dGate;  // every gradient is added to; data null means not wanted
  float* dWeight;
  float* dBias;
};

struct CrossEntropyArgs {
  int64_t rows, classes;
  RowView logits;
  const int32_t* targets;  // (rows) in [0, classes) or ignoreIndex; anything else counts as ignored
  int32_t ignoreIndex;
  float* loss;   // one float: mean over the rows that count, 0 if none does
  float* saved;  // (rows + 1): log-sum-exp of every row, then the number of rows that count
};

struct CrossEntropyGradArgs {
  CrossEntropyArgs forward;
  const float* dLoss;  // one float
  RowView dLogits;     // added to
};

struct DistillationArgs {
  // mean over rows of -sum_c softmax(teacher / temperature)_c log softmax(student / temperature)_c, times
  // temperature^2
  int64_t rows, classes;
  float temperature;
  RowView student, teacher;
  float* loss;
  float* saved;  // (rows, 2): log-sum-exp of student and teacher
};

struct DistillationGradArgs {
  DistillationArgs forward;
  const float* dLoss;
  RowView dStudent;  // added to; the teacher takes no gradient
};

template <typename Weight>
struct EmbeddingArgsOf {
  int64_t count, columns;
  const Weight* weight;  // (vocabulary, columns), rows weightRow apart
  int64_t weightRow, vocabulary;
  const int32_t* ids;  // (count); an id outside the vocabulary gives a row of NaN and no gradient
  float* y;            // (count, columns) contiguous
};

using EmbeddingArgs = EmbeddingArgsOf<float>;

struct EmbeddingGradArgs {
  EmbeddingArgs forward;
  const float* dY;
  float* dWeight;  // added to, rows weightRow apart
};

struct RowKernels {
  void (*softmax)(const Launch& launch, const SoftmaxArgs& args);
  void (*softmaxGrad)(const Launch& launch, const SoftmaxGradArgs& args);
  void (*norm)(const Launch& launch, const NormArgs& args);
  void (*normGrad)(const Launch& launch, const NormGradArgs& args);
  void (*crossEntropy)(const Launch& launch, const CrossEntropyArgs& args);
  void (*crossEntropyGrad)(const Launch& launch, const CrossEntropyGradArgs& args);
  void (*distillation)(const Launch& launch, const DistillationArgs& args);
  void (*distillationGrad)(const Launch& launch, const DistillationGradArgs& args);
  void (*embedding)(const Launch& launch, const EmbeddingArgs& args);
  void (*embeddingBfloat16)(const Launch& launch, const EmbeddingArgsOf<Bfloat16>& args);
  void (*embeddingGrad)(const Launch& launch, const EmbeddingGradArgs& args);
};

}  // namespace parascan
