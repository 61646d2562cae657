// One token of attention over caches of keys and values that are written in place. The caches are rings: the
// softmax does not care about the order of the slots.
//
//   keyCache (B, capacity, HK, D), valueCache (B, capacity, HK, V); n tokens attended
//   weights (n): scores, then exp(score - maximum)
#include "kernels/attention-kernels.h"

namespace parascan::PARASCAN_ISA {
namespace {

void copyRow(int64_t dims, const float* x, float* y) {
  overColumns(dims, [&](int64_t c, auto span, int) { store(y + c, load(x + c, span), span); });
}

/// weights_j = scale q . k_j, the rows of k `stride` apart.
void scoreKeys(int64_t keys, int64_t dims, float scale, const float* q, const float* k, int64_t stride,
               float* weights) {
  for (int64_t j = 0; j < keys; ++j, k += stride) {
    Vec part[slots] = {};
    overColumns(dims,
                [&](int64_t c, auto span, int slot) { part[slot] += load(q + c, span) * load(k + c, span); });
    weights[j] = sumSlots(part) * scale;
  }
}

/// o (vectors) = factor sum_j weights_j v_j
template <int vectors, typename Span>
void mixVectors(int64_t keys, const float* weights, float factor, const float* v, int64_t stride, Span span,
                float* o) {
  Vec sum[vectors] = {};
  for (int64_t j = 0; j < keys; ++j, v += stride)
#pragma GCC unroll 4
    for (int w = 0; w < vectors; ++w) sum[w] += load(v + w * lanes, span) * weights[j];
  for (int w = 0; w < vectors; ++w) store(o + w * lanes, sum[w] * factor, span);
}

void mixValues(int64_t keys, int64_t dims, const float* weights, float factor, const float* v, int64_t stride,
               float* o) {
  int64_t c = 0;
  for (; c + 4 * lanes <= dims; c += 4 * lanes)
    mixVectors<4>(keys, weights, factor, v + c, stride, Whole{}, o + c);
  for (; c + lanes <= dims; c += lanes) mixVectors<1>(keys, weights, factor, v + c, stride, Whole{}, o + c);
  if (c < dims) mixVectors<1>(keys, weights, factor, v + c, stride, Tail{dims - c}, o + c);
}

}  // namespace

void attentionStep(const Launch& launch, const AttentionStepArgs& args) {
  const int64_t tasks = args.batch * args.keyHeads;
  if (tasks == 0) return;
  const int64_t position = *args.position;
  const int64_t slot = position % args.capacity;
  const int64_t attended = smaller(position + 1, args.capacity);
  const int64_t group = args.heads / args.keyHeads;
  const int64_t keyStride = args.keyHeads * args.keyDim, valueStride = args.keyHeads * args.valueDim;
  float* memory = scratch<float>(launch, launch.threads * args.capacity);

  parallelFor(launch, tasks, [&](int64_t task, int thread) {
    const int64_t batch = task / args.keyHeads, keyHead = task % args.keyHeads;
    float* keys = args.keyCache + batch * args.capacity * keyStride + keyHead * args.keyDim;
    float* values = args.valueCache + batch * args.capacity * valueStride + keyHead * args.valueDim;
    copyRow(args.keyDim, vectorOf(args.k, batch, 0, keyHead), keys + slot * keyStride);
    copyRow(args.valueDim, vectorOf(args.v, batch, 0, keyHead), values + slot * valueStride);
    float* weights = memory + thread * args.capacity;
    for (int64_t head = keyHead * group; head < (keyHead + 1) * group; ++head) {
      scoreKeys(attended, args.keyDim, args.scale, vectorOf(args.q, batch, 0, head), keys, keyStride,
                weights);
      const float maximum = maximumOfRow(attended, weights);
      const float sum = exponentialsOfRow(attended, weights, maximum, weights);
      mixValues(attended, args.valueDim, weights, 1 / sum, values, valueStride,
                vectorOf(args.o, batch, 0, head));
    }
  });
}

}  // namespace parascan::PARASCAN_ISA
