// The selective scan as a plain recurrence, for decoding: lanes are states, as they lie in memory, so that
// one pass over h is all the traffic of a token.
#include "kernels/lane-sums.h"
#include "kernels/selective-scan-block.h"

namespace parascan::PARASCAN_ISA {
namespace {

template <bool negative>
void recurrentBlock(const SelectiveScanArgs& args, int64_t batch, int64_t index, float* work) {
  const int64_t n = args.states;
  const Block block = blockAt(args, batch, index);
  const int64_t offset = (batch * args.channels + block.first) * n;
  float* h = args.finalState ? args.finalState + offset : work;
  const float* initial = args.initialState ? args.initialState + offset : nullptr;
  if (!initial)
    for (int64_t i = 0; i < block.count * n; ++i) h[i] = 0.0f;
  else if (initial != h)
    __builtin_memcpy(h, initial, static_cast<size_t>(block.count * n) * sizeof(float));

  for (int64_t t = 0; t < args.tokens; ++t) {
    const Vec u = loadSome(rowOf(args.u, batch, t) + block.first, block.count);
    const Vec dt = stepSize(args, block, t);
    const Vec scaled = dt * log2e, dtu = dt * u;
    const float* b = rowOf(args.b, batch, t);
    const float* c = rowOf(args.c, batch, t);
    Vec sums[lanes] = {};
    for (int64_t lane = 0; lane < block.count; ++lane) {
      const float* a = args.A + (block.first + lane) * n;
      float* state = h + lane * n;
      for (int64_t i = 0; i < n; i += lanes) {
        const int64_t count = smaller(lanes, n - i);
        const Vec e = powerOfTwo(loadSome(a + i, count) * scaled[lane]);
        const Vec next =
            decayOf<negative>(e) * loadSome(state + i, count) + loadSome(b + i, count) * dtu[lane];
        storeSome(state + i, next, count);
        sums[lane] += next * loadSome(c + i, count);
      }
    }
    Vec y = sumRows(sums) + block.skip * u;
    if (args.z.data) {
      const Vec z = loadSome(rowOf(args.z, batch, t) + block.first, block.count);
      y = y * (z * sigmoid(z));
    }
    storeSome(rowOf(args.y, batch, t) + block.first, y, block.count);
  }
}

}  // namespace

void selectiveScanRecurrent(const Launch& launch, const SelectiveScanArgs& args) {
  const int64_t blocks = blocksOf(args);
  const int64_t perThread = args.states * lanes;
  float* work = args.finalState ? nullptr : scratch<float>(launch, perThread * launch.threads);
  // A block of one token is far cheaper than waking a thread.
  const int64_t blockWork = perThread * larger(args.tokens, 1);
  const int64_t perTask = larger(1, smaller(blocks, 16384 / larger(blockWork, 1)));
  const int64_t tasks = ceilDivide(blocks, perTask);
  parallelFor(launch, args.batch * tasks, [&](int64_t task, int thread) {
    const auto run = args.negativeEigenvalues ? recurrentBlock<true> : recurrentBlock<false>;
    const int64_t first = task % tasks * perTask;
    for (int64_t index = first; index < smaller(blocks, first + perTask); ++index)
      run(args, task / tasks, index, work ? work + thread * perThread : nullptr);
  });
}

}  // namespace parascan::PARASCAN_ISA
