// Chunked forward pass of the delta-rule scans: each task carries one head's state, or some of its columns,
// through the sequence.
#include "kernels/matrix-scan-chunk.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// Columns of the state a task takes. Columns never mix, so few heads are cut into more tasks, each of which
/// repeats the work on keys; the cut depends on the shape alone.
int64_t taskColumns(const MatrixScanArgs& args, const ScanSizes& sizes) {
  constexpr int64_t enoughTasks = 8, fewestColumns = 64;
  const int64_t heads = args.sequences.count * args.valueHeads;
  int64_t columns = sizes.paddedValue;
  while (heads * ((sizes.paddedValue + columns - 1) / columns) < enoughTasks && columns >= 2 * fewestColumns)
    columns = roundUp((columns + 1) / 2, panelWidth);
  return columns;
}

}  // namespace

void matrixScanForward(const Launch& launch, const MatrixScanArgs& args) {
  const ScanSizes sizes = scanSizes(args);
  const int64_t columns = taskColumns(args, sizes);
  const int64_t blocks = (sizes.paddedValue + columns - 1) / columns;
  const int64_t stateSize = roundUp(columns * sizes.paddedKey, 16);
  const int64_t threadSize = roundUp(stateSize + operandsSize(args, sizes), 16);
  float* memory = scratch<float>(launch, launch.threads * threadSize);

  parallelFor(launch, args.sequences.count * args.valueHeads * blocks, [&](int64_t task, int thread) {
    const int64_t sequence = task / blocks, batch = sequence / args.valueHeads,
                  head = sequence % args.valueHeads;
    const int64_t first = task % blocks * columns;
    const int64_t last = first + columns < sizes.paddedValue ? first + columns : sizes.paddedValue;
    const int64_t contiguous = sequence * sizes.key * sizes.value;
    float* state = memory + thread * threadSize;
    ChunkOperands operands;
    placeOperands(args, sizes, state + stateSize, operands);
    packState(sizes, first, last, args.initialState ? args.initialState + contiguous : nullptr, state);
    for (int64_t chunk = 0; chunk < sizes.chunks; ++chunk) {
      if (args.saved && chunk > 0 && chunk % segmentChunks == 0) {
        const int64_t slot = sequence * (sizes.segments - 1) + chunk / segmentChunks - 1;
        float* saved = args.saved + slot * sizes.stateSize + first * sizes.paddedKey;
        __builtin_memcpy(saved, state, static_cast<size_t>((last - first) * sizes.paddedKey) * sizeof(float));
      }
      prepareChunk(args, sizes, batch, head, chunk, operands);
      advanceChunk(args, sizes, operands, batch, head, first, last, state, state, nullptr, true);
    }
    if (args.finalState) unpackState(sizes, first, last, state, args.finalState + contiguous);
  });
}

}  // namespace parascan::PARASCAN_ISA
