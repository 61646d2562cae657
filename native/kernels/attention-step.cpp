// One token of attention over caches of keys and values that are written in place. The caches are rings: the
// softmax does not care about the order of the slots. The query heads of a group go over each block of a
// cache together, so it comes from memory once.
//
//   keyCache (B, capacity, HK, D), valueCache (B, capacity, HK, V); n tokens attended
//   weights (H/HK, n): scores, then probabilities
#include "kernels/attention-kernels.h"

namespace parascan::PARASCAN_ISA {
namespace {

constexpr int64_t block = 64;  // tokens
constexpr int64_t ahead = 8;   // rows fetched ahead: their stride is too long for the hardware to guess

void fetchRow(const float* row, int64_t dims) {
  const int64_t line = 16;
  for (int64_t c = 0; c < dims; c += line) __builtin_prefetch(row + c);
}

void copyRow(int64_t dims, const float* x, float* y) {
  overColumns(dims, [&](int64_t c, auto span, int) { store(y + c, load(x + c, span), span); });
}

/// weights_j = scale q . k_j, the rows of k `stride` apart.
void scoreKeys(int64_t keys, int64_t dims, float scale, const float* q, const float* k, int64_t stride,
               float* weights) {
  for (int64_t j = 0; j < keys; ++j, k += stride) {
    fetchRow(k + ahead * stride, dims);
    Vec part[slots] = {};
    overColumns(dims,
                [&](int64_t c, auto span, int slot) { part[slot] += load(q + c, span) * load(k + c, span); });
    weights[j] = sumSlots(part) * scale;
  }
}

/// o (vectors) += sum_j weights_j v_j
template <int vectors, typename Span>
void mixVectors(int64_t keys, const float* weights, const float* v, int64_t stride, Span span, float* o) {
  Vec sum[vectors];
  for (int w = 0; w < vectors; ++w) sum[w] = load(o + w * lanes, span);
  for (int64_t j = 0; j < keys; ++j, v += stride) {
    fetchRow(v + ahead * stride, vectors * lanes);
#pragma GCC unroll 4
    for (int w = 0; w < vectors; ++w) sum[w] += load(v + w * lanes, span) * weights[j];
  }
  for (int w = 0; w < vectors; ++w) store(o + w * lanes, sum[w], span);
}

void mixValues(int64_t keys, int64_t dims, const float* weights, const float* v, int64_t stride, float* o) {
  int64_t c = 0;
  for (; c + 4 * lanes <= dims; c += 4 * lanes) mixVectors<4>(keys, weights, v + c, stride, Whole{}, o + c);
  for (; c + lanes <= dims; c += lanes) mixVectors<1>(keys, weights, v + c, stride, Whole{}, o + c);
  if (c < dims) mixVectors<1>(keys, weights, v + c, stride, Tail{dims - c}, o + c);
}

/// The query heads of one key head; keys and values are its rows of the caches, weights (group, attended).
void attendGroup(const AttentionStepArgs& args, int64_t batch, int64_t keyHead, int64_t attended,
                 const float* keys, const float* values, float* weights) {
  const int64_t group = args.heads / args.keyHeads;
  const int64_t keyStride = args.keyHeads * args.keyDim, valueStride = args.keyHeads * args.valueDim;
  for (int64_t first = 0; first < attended; first += block)
    for (int64_t g = 0; g < group; ++g)
      scoreKeys(smaller(block, attended - first), args.keyDim, args.scale,
                vectorOf(args.q, batch, 0, keyHead * group + g), keys + first * keyStride, keyStride,
                weights + g * attended + first);
  for (int64_t g = 0; g < group; ++g) {
    float* row = weights + g * attended;
    const float inverse = 1 / exponentialsOfRow(attended, row, maximumOfRow(attended, row), row);
    overColumns(attended,
                [&](int64_t j, auto span, int) { store(row + j, load(row + j, span) * inverse, span); });
    float* o = vectorOf(args.o, batch, 0, keyHead * group + g);
    overColumns(args.valueDim, [&](int64_t c, auto span, int) { store(o + c, Vec{}, span); });
  }
  for (int64_t first = 0; first < attended; first += block)
    for (int64_t g = 0; g < group; ++g)
      mixValues(smaller(block, attended - first), args.valueDim, weights + g * attended + first,
                values + first * valueStride, valueStride, vectorOf(args.o, batch, 0, keyHead * group + g));
}

}  // namespace

void attentionStep(const Launch& launch, const AttentionStepArgs& args) {
  const int64_t tasks = args.batch * args.keyHeads;
  if (tasks == 0) return;
  int64_t last = 0;
  for (int64_t batch = 0; batch < args.batch; ++batch)
    if (args.positions.of(batch) > last) last = args.positions.of(batch);
  const int64_t perThread = args.heads / args.keyHeads * smaller(last + 1, args.capacity);
  float* weights = scratch<float>(launch, launch.threads * perThread);

  parallelFor(launch, tasks, [&](int64_t task, int thread) {
    const int64_t batch = task / args.keyHeads, keyHead = task % args.keyHeads;
    const int64_t position = args.positions.of(batch), slot = position % args.capacity;
    const int64_t attended = smaller(position + 1, args.capacity);
    const int64_t keyRow = batch * args.capacity * args.keyHeads + keyHead;
    float* keys = args.keyCache + keyRow * args.keyDim;
    float* values = args.valueCache + keyRow * args.valueDim;
    copyRow(args.keyDim, vectorOf(args.k, batch, 0, keyHead), keys + slot * args.keyHeads * args.keyDim);
    copyRow(args.valueDim, vectorOf(args.v, batch, 0, keyHead),
            values + slot * args.keyHeads * args.valueDim);
    attendGroup(args, batch, keyHead, attended, keys, values, weights + thread * perThread);
  });
}

}  // namespace parascan::PARASCAN_ISA
