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
    const int64_t index = task / blocks / args.valueHeads;
    const MatrixScanArgs one = argsOfSequence(args, index);
    const ScanSizes sizes = scanSizes(one);
    const int64_t first = block * columns, last = smaller(first + columns, sizes.paddedValue);
    const int64_t contiguous = head * sizes.key * sizes.value, offset = first * sizes.paddedKey;
    float* state = memory + thread * threadSize;
    ChunkOperands operands;
    placeOperands(one, sizes, state + stateSize, operands);
    packState(sizes, first, last, one.initialState ? one.initialState + contiguous : nullptr, state);
    const bool saves = args.saved != nullptr;
    const SavedSequence saved = saves ? savedOfSequence(args, index) : SavedSequence{};
    float* before = state;
    for (int64_t chunk = 0; chunk < sizes.chunks; ++chunk) {
      // The state goes where it is kept, and from there on.
      const bool kept = saves && (chunk + 1) % segmentChunks == 0 && chunk + 1 < sizes.chunks;
      float* after = kept ? savedState(args, sizes, saved, head, chunk / segmentChunks + 1) + offset : state;
      float* errors = saves && sizes.solvedRows > 0
                          ? savedErrors(args, sizes, saved, head, chunk) + first * chunkRows
                          : nullptr;
      prepareChunk(one, sizes, head, chunk, operands);
      advanceChunk(one, sizes, operands, head, first, last, before, after, errors);
      before = after;
    }
    if (one.finalState) unpackState(sizes, first, last, before, one.finalState + contiguous);
  });
}

}  // namespace parascan::PARASCAN_ISA
