// Chunked forward pass of the matrix scans: each task carries one head's state, or some of its columns,
// through a sequence.
#include "kernels/matrix-scan-panels.h"

namespace parascan::PARASCAN_ISA {
void matrixScanForward(const Launch& launch, const MatrixScanArgs& args) {
  const ScanSizes shape = scanSizes(args);
  const int64_t columns = columnsOfTask(args.sequences.count * args.valueHeads, shape.paddedValue);
  const int64_t blocks = ceilDivide(shape.paddedValue, columns);
  const int64_t stateSize = roundUp(columns * shape.paddedKey, 16);
  const int64_t threadSize = roundUp(stateSize + operandsSize(args, shape), 16);
  float* memory = scratch<float>(launch, launch.threads * threadSize);

  parallelFor(launch, args.sequences.count * args.valueHeads * blocks, [&](int64_t task, int thread) {
    const int64_t block = task % blocks, head = task / blocks % args.valueHeads;
    const MatrixScanArgs one = argsOfSequence(args, task / blocks / args.valueHeads);
    const ScanSizes sizes = scanSizes(one);
    const int64_t first = block * columns, last = smaller(first + columns, sizes.paddedValue);
    const int64_t contiguous = head * sizes.key * sizes.value;
    float* state = memory + thread * threadSize;
    ChunkOperands operands;
    placeOperands(one, sizes, state + stateSize, operands);
    packState(sizes, first, last, one.initialState ? one.initialState + contiguous : nullptr, state);
    for (int64_t chunk = 0; chunk < sizes.chunks; ++chunk) {
      if (one.saved && chunk > 0 && chunk % segmentChunks == 0) {
        const int64_t slot = (chunk / segmentChunks - 1) * args.valueHeads + head;
        float* saved = one.saved + slot * sizes.stateSize + first * sizes.paddedKey;
        __builtin_memcpy(saved, state, static_cast<size_t>((last - first) * sizes.paddedKey) * sizeof(float));
      }
      prepareChunk(one, sizes, head, chunk, operands);
      advanceChunk(one, sizes, operands, head, first, last, state, state, nullptr, true);
    }
    if (one.finalState) unpackState(sizes, first, last, state, one.finalState + contiguous);
  });
}

}  // namespace parascan::PARASCAN_ISA
