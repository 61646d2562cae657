// The selective scan as a plain recurrence, for decoding: lanes are states, as they lie in memory, so that
// one pass over h is all the traffic of a token.
#include "kernels/lane-sums.h"
#include "kernels/selective-scan-block.h"

namespace parascan::PARASCAN_ISA {
namespace {

template <bool negative>
void recurrentBlock(const SelectiveScanArgs& args, int64_t sequence, int64_t index, float* work) {
  const int64_t n = args.states;
  const Block block = blockAt(args, index);
  float* h = args.finalState ? statesAt(args.finalState, args, sequence, block) : work;
  const float* initial = statesAt(args.initialState, args, sequence, block);
  if (!initial)
    for (int64_t i = 0; i < block.count * n; ++i) h[i] = 0.0f;
  else if (initial != h)
    __builtin_memcpy(h, initial, static_cast<size_t>(block.count * n) * sizeof(float));

  const Sequence tokens = sequenceAt(args.sequences, sequence);
  for (int64_t t = tokens.first; t < tokens.first + tokens.tokens; ++t) {
    const auto row = [&](const ChannelView& view) { return rowOf(view, tokens.batch, t); };
    const Vec u = loadSome(row(args.u) + block.first, block.count);
    const Vec dt = stepSize(args, block, row(args.dt));
    const Vec scaled = dt * log2e, dtu = dt * u;
    const float* b = row(args.b);
    const float* c = row(args.c);
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
    Vec y = sumRows(sums) + loadOrZeros(args.skip, block) * u;
    if (args.z.data) {
      const Vec z = loadSome(row(args.z) + block.first, block.count);
      y = y * (z * sigmoid(z));
    }
    storeSome(row(args.y) + block.first, y, block.count);
  }
}

}  // namespace

void selectiveScanRecurrent(const Launch& launch, const SelectiveScanArgs& args) {
  const int64_t blocks = blocksOf(args), perThread = args.states * lanes;
  float* work = args.finalState ? nullptr : scratch<float>(launch, perThread * launch.threads);
  // Neighbouring blocks whose states are worth a thread: a block of one token is far cheaper than waking one.
  const int64_t tokens = ceilDivide(allTokens(args.sequences), larger(args.sequences.count, 1));
  const int64_t perTask = larger(1, smaller(blocks, 16384 / larger(perThread * tokens, 1)));
  const int64_t tasks = ceilDivide(blocks, perTask);
  parallelFor(launch, args.sequences.count * tasks, [&](int64_t task, int thread) {
    const auto run = args.negativeEigenvalues ? recurrentBlock<true> : recurrentBlock<false>;
    const int64_t first = task % tasks * perTask;
    for (int64_t index = first; index < smaller(blocks, first + perTask); ++index)
      run(args, task / tasks, index, work ? work + thread * perThread : nullptr);
  });
}

}  // namespace parascan::PARASCAN_ISA
