// Causal softmax attention, backward, with the probabilities computed again from the saved log-sum-exp.
//
//   p = exp(s - lse),  delta_i = dO_i . o_i,  ds = p (dO v^T - delta)
//   dV_j = sum_i p_ij dO_i,  dK_j = scale sum_i ds_ij q_i,  dQ_i = scale sum_j ds_ij k_j
//
//   A task takes one key head of one sequence with a fixed share of the query tiles, and sums dK and dV over
//   them and over the query heads of its group, in order. Where there are few heads the shares are several,
//   and their sums are added in order at the end.
#include "kernels/attention-kernels.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// Memory of a thread; Dp and Vp are D and V up to whole vectors.
struct Work {
  float* qT;   // (D, queryTile), times scale
  float* dOT;  // (V, queryTile)
  float* dQT;  // (D, queryTile)
  float* q;    // (queryTile, Dp), times scale, zeros behind D and behind the last query
  float* dO;   // (queryTile, Vp), likewise
  float* p;    // (keyTile, queryTile)
  float* dS;   // (keyTile, queryTile)
};

struct Sizes {
  int64_t keyDim, valueDim, keyPadded, valuePadded;
  int64_t workSize() const {
    return (2 * keyDim + valueDim + keyPadded + valuePadded + 2 * keyTile) * queryTile;
  }
  Work workAt(float* memory) const {
    Work work;
    work.qT = memory;
    work.dOT = work.qT + keyDim * queryTile;
    work.dQT = work.dOT + valueDim * queryTile;
    work.q = work.dQT + keyDim * queryTile;
    work.dO = work.q + keyPadded * queryTile;
    work.p = work.dO + valuePadded * queryTile;
    work.dS = work.p + keyTile * queryTile;
    return work;
  }
};

/// Sums of a task over all tokens: dK (T, Dp), dV (T, Vp).
struct Sums {
  float* dK;
  float* dV;
};

void packRows(const TokenView& x, int64_t batch, int64_t head, const QueryTile& tile, int64_t dims,
              int64_t padded, float factor, float* y) {
  for (int64_t i = 0; i < queryTile; ++i, y += padded) {
    if (i < tile.count) {
      const float* row = vectorOf(x, batch, tile.first + i, head);
      overColumns(dims, [&](int64_t c, auto span, int) { store(y + c, load(row + c, span) * factor); });
    } else {
      __builtin_memset(y, 0, static_cast<size_t>(padded) * sizeof(float));
    }
  }
}

/// c (keys, columns) += a b; a: (keys, queryTile), b: (queryTile, columns), columns in whole vectors.
void addKeyRows(int64_t keys, int64_t columns, const float* a, const float* b, float* c) {
  int64_t column = 0;
  for (; column + 2 * lanes <= columns; column += 2 * lanes)
    multiplyRows<Start::keep, Layout::rows, 2>(keys, queryTile, a, queryTile, b + column, columns, c + column,
                                               columns, nullptr);
  if (column < columns)
    multiplyRows<Start::keep, Layout::rows, 1>(keys, queryTile, a, queryTile, b + column, columns, c + column,
                                               columns, nullptr);
}

void gradTile(const AttentionGradArgs& args, const Sizes& sizes, int64_t batch, int64_t head, int64_t index,
              const Work& work, Sums sums) {
  const AttentionArgs& forward = args.forward;
  const QueryTile tile = queryTileAt(forward, index);
  const int64_t keyHead = head / (forward.heads / forward.keyHeads);
  const CausalMask mask(forward, tile);
  transposeIn(forward.q, batch, head, tile, sizes.keyDim, forward.scale, work.qT);
  transposeIn(args.dO, batch, head, tile, sizes.valueDim, 1, work.dOT);
  if (sums.dK) packRows(forward.q, batch, head, tile, sizes.keyDim, sizes.keyPadded, forward.scale, work.q);
  if (sums.dV) packRows(args.dO, batch, head, tile, sizes.valueDim, sizes.valuePadded, 1, work.dO);
  __builtin_memset(work.dQT, 0, static_cast<size_t>(sizes.keyDim * queryTile) * sizeof(float));

  // Behind the last query exp(s - lse) is 0.
  float logSum[queryTile], delta[queryTile];
  const float* saved = forward.saved + (batch * forward.heads + head) * forward.tokens + tile.first;
  for (int64_t i = 0; i < queryTile; ++i) {
    logSum[i] = i < tile.count ? saved[i] : 3.402823466e38f;
    delta[i] = 0;
    if (i >= tile.count) continue;
    const float* o = vectorOf(forward.o, batch, tile.first + i, head);
    const float* dO = vectorOf(args.dO, batch, tile.first + i, head);
    Vec part[slots] = {};
    overColumns(sizes.valueDim, [&](int64_t c, auto span, int slot) {
      part[slot] += load(o + c, span) * load(dO + c, span);
    });
    delta[i] = sumSlots(part);
  }

  for (int64_t key = tile.keyFirst; key < tile.keyEnd; key += keyTile) {
    const int64_t keys = smaller(keyTile, tile.keyEnd - key);
    const float* k = vectorOf(forward.k, batch, key, keyHead);
    scoreTile(keys, sizes.keyDim, k, forward.k.token, work.qT, work.p);
    scoreTile(keys, sizes.valueDim, vectorOf(forward.v, batch, key, keyHead), forward.v.token, work.dOT,
              work.dS);
    const bool masked = !mask.allVisible(key, key + keys);
    for (int w = 0; w < tileVectors; ++w) {
      const Vec lse = load(logSum + w * lanes), shift = load(delta + w * lanes);
      for (int64_t j = 0; j < keys; ++j) {
        const int64_t at = j * queryTile + w * lanes;
        Vec p = exponential(load(work.p + at) - lse);
        if (masked) p = mask.apply(p, key + j, w, 0);
        store(work.p + at, p);
        store(work.dS + at, p * (load(work.dS + at) - shift));
      }
    }
    if (args.dQ.data)
      multiplyRows<Start::keep, Layout::columns, tileVectors>(sizes.keyDim, keys, k, forward.k.token, work.dS,
                                                              queryTile, work.dQT, queryTile, nullptr);
    if (sums.dK) addKeyRows(keys, sizes.keyPadded, work.dS, work.q, sums.dK + key * sizes.keyPadded);
    if (sums.dV) addKeyRows(keys, sizes.valuePadded, work.p, work.dO, sums.dV + key * sizes.valuePadded);
  }

  if (!args.dQ.data) return;
  transposeOut(tile, sizes.keyDim, work.dQT, [&](int64_t i, int64_t c, auto span, Vec values) {
    float* dQ = vectorOf(args.dQ, batch, tile.first + i, head) + c;
    store(dQ, load(dQ, span) + values * forward.scale, span);
  });
}

/// The rows [first, end) of gradient += their sums over `shares`, which lie shareSize apart, in order.
void addShares(const TokenView& gradient, int64_t batch, int64_t keyHead, int64_t first, int64_t end,
               int64_t dims, int64_t padded, const float* sums, int64_t shares, int64_t shareSize) {
  if (!gradient.data) return;
  for (int64_t t = first; t < end; ++t) {
    float* y = vectorOf(gradient, batch, t, keyHead);
    overColumns(dims, [&](int64_t c, auto span, int) {
      Vec sum{};
      for (int64_t share = 0; share < shares; ++share) sum += load(sums + share * shareSize + t * padded + c);
      store(y + c, load(y + c, span) + sum, span);
    });
  }
}

}  // namespace

void attentionBackward(const Launch& launch, const AttentionGradArgs& args) {
  const AttentionArgs& forward = args.forward;
  const int64_t tiles = (forward.tokens + queryTile - 1) / queryTile;
  const int64_t heads = forward.batch * forward.keyHeads, group = forward.heads / forward.keyHeads;
  if (heads * tiles == 0) return;
  const int64_t enoughTasks = 16;
  const int64_t shares = smaller((enoughTasks + heads - 1) / heads, tiles);

  const Sizes sizes = {forward.keyDim, forward.valueDim, upToLanes(forward.keyDim),
                       upToLanes(forward.valueDim)};
  const int64_t keySums = forward.tokens * sizes.keyPadded;
  const int64_t valueSums = forward.tokens * sizes.valuePadded;
  const int64_t sumsSize = keySums + valueSums;
  float* works = scratch<float>(launch, launch.threads * sizes.workSize());
  // With one share a task ends its own sums, and a thread needs memory for one task at a time.
  float* sumsMemory = scratch<float>(launch, (shares == 1 ? launch.threads : heads * shares) * sumsSize);

  const auto addTo = [&](int64_t sequenceHead, int64_t first, int64_t end, const float* sums) {
    const int64_t batch = sequenceHead / forward.keyHeads, keyHead = sequenceHead % forward.keyHeads;
    addShares(args.dK, batch, keyHead, first, end, sizes.keyDim, sizes.keyPadded, sums, shares, sumsSize);
    addShares(args.dV, batch, keyHead, first, end, sizes.valueDim, sizes.valuePadded, sums + keySums, shares,
              sumsSize);
  };

  parallelFor(launch, heads * shares, [&](int64_t task, int thread) {
    const int64_t sequenceHead = task / shares, share = task % shares;
    const int64_t batch = sequenceHead / forward.keyHeads, keyHead = sequenceHead % forward.keyHeads;
    float* memory = sumsMemory + (shares == 1 ? thread : task) * sumsSize;
    __builtin_memset(memory, 0, static_cast<size_t>(sumsSize) * sizeof(float));
    const Sums sums = {args.dK.data ? memory : nullptr, args.dV.data ? memory + keySums : nullptr};
    const Work work = sizes.workAt(works + thread * sizes.workSize());
    for (int64_t head = keyHead * group; head < (keyHead + 1) * group; ++head)
      for (int64_t tile = share; tile < tiles; tile += shares)
        gradTile(args, sizes, batch, head, tile, work, sums);
    if (shares == 1) addTo(sequenceHead, 0, forward.tokens, memory);
  });
  if (shares == 1) return;

  const int64_t block = 64;
  const int64_t blocks = (forward.tokens + block - 1) / block;
  parallelFor(launch, heads * blocks, [&](int64_t task, int) {
    const int64_t sequenceHead = task / blocks, first = task % blocks * block;
    addTo(sequenceHead, first, smaller(first + block, forward.tokens),
          sumsMemory + sequenceHead * shares * sumsSize);
  });
}

}  // namespace parascan::PARASCAN_ISA
