// Causal softmax attention, forward: tiles of scores under a running maximum (the online softmax of
// Milakov and Gimelshein 2018, tiled as in FlashAttention), so the score matrix is never stored.
//
//   q (B, T, H, D), k (B, T, HK, D), v (B, T, HK, V), o (B, T, H, V)
//   per query: m running maximum, l = sum exp(s - m), oT = sum exp(s - m) v; saved = m + log l
#include "kernels/attention-kernels.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// Memory of a thread.
struct Work {
  float* qT;      // (D, queryTile)
  float* oT;      // (V, queryTile)
  float* scores;  // (keyTile, queryTile)
};

void attendTile(const AttentionArgs& args, int64_t batch, int64_t head, int64_t index, const Work& work) {
  const QueryTile tile = queryTileAt(args, index);
  const int64_t keyHead = head / (args.heads / args.keyHeads);
  const CausalMask mask(args, tile);
  transposeIn(args.q, batch, head, tile, args.keyDim, args.scale, work.qT);
  __builtin_memset(work.oT, 0, static_cast<size_t>(args.valueDim * queryTile) * sizeof(float));

  // The lowest finite number instead of -inf: with no key seen yet, m - m must be 0 and not NaN.
  Vec maximum[tileVectors], sum[tileVectors] = {};
  for (Vec& m : maximum) m = splat(-3.402823466e38f);
  for (int64_t key = tile.keyFirst; key < tile.keyEnd; key += keyTile) {
    const int64_t keys = smaller(keyTile, tile.keyEnd - key);
    scoreTile(keys, args.keyDim, vectorOf(args.k, batch, key, keyHead), args.k.token, work.qT, work.scores);
    const bool masked = !mask.allVisible(key, key + keys);
    Vec factor[tileVectors];
    for (int w = 0; w < tileVectors; ++w) {
      float* scores = work.scores + w * lanes;
      Vec highest = maximum[w];
      for (int64_t j = 0; j < keys; ++j) {
        Vec s = load(scores + j * queryTile);
        if (masked) store(scores + j * queryTile, s = mask.apply(s, key + j, w, -__builtin_inff()));
        highest = atLeast(highest, s);
      }
      factor[w] = exponential(maximum[w] - highest);
      maximum[w] = highest;
      Vec added{};
      for (int64_t j = 0; j < keys; ++j) {
        const Vec p = exponential(load(scores + j * queryTile) - highest);
        store(scores + j * queryTile, p);
        added += p;
      }
      sum[w] = sum[w] * factor[w] + added;
    }
    multiplyRows<Start::scale, Layout::columns, tileVectors>(
        args.valueDim, keys, vectorOf(args.v, batch, key, keyHead), args.v.token, work.scores, queryTile,
        work.oT, queryTile, factor);
  }

  float inverse[queryTile], logSum[queryTile];
  for (int w = 0; w < tileVectors; ++w) {
    store(inverse + w * lanes, 1.0f / sum[w]);
    store(logSum + w * lanes, maximum[w] + logarithm(sum[w]));
  }
  transposeOut(tile, args.valueDim, work.oT, [&](int64_t i, int64_t c, auto span, Vec values) {
    store(vectorOf(args.o, batch, tile.first + i, head) + c, values * inverse[i], span);
  });
  if (args.saved) {
    float* saved = args.saved + (batch * args.heads + head) * args.tokens + tile.first;
    for (int64_t i = 0; i < tile.count; ++i) saved[i] = logSum[i];
  }
}

}  // namespace

void attentionForward(const Launch& launch, const AttentionArgs& args) {
  const int64_t tiles = (args.tokens + queryTile - 1) / queryTile;
  const int64_t tasks = args.batch * args.heads * tiles;
  if (tasks == 0) return;
  const int64_t perThread = (args.keyDim + args.valueDim + keyTile) * queryTile;
  float* memory = scratch<float>(launch, launch.threads * perThread);
  parallelFor(launch, tasks, [&](int64_t task, int thread) {
    float* qT = memory + thread * perThread;
    float* oT = qT + args.keyDim * queryTile;
    const Work work = {qT, oT, oT + args.valueDim * queryTile};
    const int64_t sequenceHead = task / tiles;
    // The last tiles see most keys; begun first, they leave short ones to fill the end.
    attendTile(args, sequenceHead / args.heads, sequenceHead % args.heads, tiles - 1 - task % tiles, work);
  });
}

extern const AttentionKernels attention;
const AttentionKernels attention = {
    .forward = attentionForward,
    .backward = attentionBackward,
    .step = attentionStep,
    .rotary = rotary,
};

}  // namespace parascan::PARASCAN_ISA
