// Reductions and indexed reads, and the table of all elementwise kernels.
#include "kernels/elementwise-reduction.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// The largest of some reduced elements and where the first of them is.
struct Largest {
  float value;
  int32_t index;
};

/// Whether x displaces the largest so far. NaN counts as larger than any number, as in PyTorch.
inline bool displaces(float x, float best) { return x > best || (x != x && best == best); }

struct MaxReducer {
  const Reduction<2>& reduction;
  const float* x;
  float* y;
  int32_t* argument;

  void reduce(const Cursor<2>& kept, int64_t width, int64_t begin, int64_t end, Largest* partial) const {
    if (reduction.along)
      along(kept, begin, end, partial);
    else
      down(kept, width, begin, end, partial);
  }

  void along(const Cursor<2>& kept, int64_t begin, int64_t end, Largest* partial) const {
    float buffer[packSize];
    Cursor<2> cursor(reduction.reduced, begin);
    Largest best = {-__builtin_inff(), static_cast<int32_t>(begin)};
    while (begin < end) {
      const int64_t count = smaller(smaller(cursor.run(), end - begin), packSize);
      const float* run = x + kept.offset[0] + cursor.offset[0];
      const int64_t stride = reduction.reduced.innerStride(0);
      if (stride != 1) run = sideBySide(run, stride, count, buffer);
      const Largest largest = ofRun(run, count, static_cast<int32_t>(begin));
      if (displaces(largest.value, best.value)) best = largest;
      cursor.advance(count);
      begin += count;
    }
    *partial = best;
  }

  /// The largest of a run whose first element is number `first`: one candidate per lane, then among those.
  static Largest ofRun(const float* run, int64_t count, int32_t first) {
    Vec value = splat(-__builtin_inff());
    IntVec index, place;
    for (int l = 0; l < lanes; ++l) place[l] = first + l;
    index = place;
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) {
      const Vec v = load(run + i);
      const IntVec wins = (v > value) | ((v != v) & (value == value));
      value = wins ? v : value;
      index = wins ? place : index;
      place += lanes;
    }
    float values[lanes];
    int32_t indices[lanes];
    __builtin_memcpy(values, &value, sizeof value);
    __builtin_memcpy(indices, &index, sizeof index);
    Largest best = {values[0], indices[0]};
    for (int l = 1; l < lanes; ++l) {
      const bool equal = values[l] == best.value || (values[l] != values[l] && best.value != best.value);
      if (displaces(values[l], best.value) || (equal && indices[l] < best.index))
        best = {values[l], indices[l]};
    }
    for (; i < count; ++i)
      if (displaces(run[i], best.value)) best = {run[i], first + static_cast<int32_t>(i)};
    return best;
  }

  void down(const Cursor<2>& kept, int64_t width, int64_t begin, int64_t end, Largest* partial) const {
    float buffer[columnWidth], best[columnWidth];
    int32_t index[columnWidth];
    Cursor<2> cursor(reduction.reduced, begin);
    const int64_t padded = larger(width, lanes);
    for (int64_t i = 0; i < padded; ++i) {
      best[i] = -__builtin_inff();
      index[i] = static_cast<int32_t>(begin);
    }
    for (; begin < end; ++begin) {
      const float* row =
          sideBySide(x + kept.offset[0] + cursor.offset[0], reduction.kept.innerStride(0), width, buffer);
      const int32_t place = static_cast<int32_t>(begin);
      for (int64_t i = 0; i < width; ++i) {
        const bool larger = (row[i] > best[i]) | ((row[i] != row[i]) & (best[i] == best[i]));
        best[i] = larger ? row[i] : best[i];
        index[i] = larger ? place : index[i];
      }
      cursor.advance(1);
    }
    for (int64_t i = 0; i < width; ++i) partial[i] = {best[i], index[i]};
  }

  void combine(Largest& into, const Largest& partial) const {
    if (displaces(partial.value, into.value)) into = partial;
  }

  void write(const Cursor<2>& kept, int64_t width, const Largest* partial) const {
    const int64_t stride = reduction.kept.innerStride(1);
    for (int64_t i = 0; i < width; ++i) {
      const int64_t place = kept.offset[1] + i * stride;
      y[place] = partial[i].value;
      if (argument) argument[place] = partial[i].index;
    }
  }
};

void reduce(const Launch& launch, const ReduceArgs& args) {
  if (args.op == ReduceOp::sum) {
    const Input x[] = {{args.x, args.xStrides}};
    return sumElements(launch, args.extent, x, args.y, args.yStrides, args.scale, false,
                       [](const Vec* v) { return v[0]; });
  }
  // Not sorted: the argument counts the reduced elements in the order of the caller.
  const Strides* const strides[] = {&args.xStrides, &args.yStrides};
  const Reduction<2> reduction(makeNest(args.extent, strides));
  runReduction<Largest>(launch, reduction, MaxReducer{reduction, args.x, args.y, args.argument});
}

void maxGrad(const Launch& launch, const ReduceArgs& forward, const float* dY, float* dX, Strides dXStrides) {
  const Strides* const strides[] = {&dXStrides, &forward.yStrides};
  const Reduction<2> reduction(makeNest(forward.extent, strides));
  const int64_t outputs = reduction.kept.size();
  if (outputs == 0 || reduction.reduced.size() == 0) return;
  parallelFor(launch, divideUp(outputs, taskSize), [&](int64_t task, int) {
    const int64_t begin = task * taskSize, end = smaller(outputs, begin + taskSize);
    Cursor<2> kept(reduction.kept, begin);
    for (int64_t i = begin; i < end; ++i) {
      const Cursor<2> winner(reduction.reduced, forward.argument[kept.offset[1]]);
      dX[kept.offset[0] + winner.offset[0]] += dY[kept.offset[1]];
      kept.advance(1);
    }
  });
}

constexpr float notANumber = __builtin_nanf("");

inline bool within(int32_t index, int64_t size) { return index >= 0 && index < size; }

void gather(const Launch& launch, const GatherArgs& args) {
  const int64_t rows = args.outer * args.count;
  const int64_t rowsPerTask = larger(1, taskSize / larger(1, args.inner));
  parallelFor(launch, divideUp(rows, rowsPerTask), [&](int64_t task, int) {
    const int64_t end = smaller(rows, (task + 1) * rowsPerTask);
    for (int64_t row = task * rowsPerTask; row < end;) {
      const int64_t outer = row / args.count, stop = smaller(end, (outer + 1) * args.count);
      const float* x = args.x + outer * args.size * args.inner;
      if (args.inner == 1)
        for (; row < stop; ++row)
          args.y[row] = within(args.index[row], args.size) ? x[args.index[row]] : notANumber;
      for (; row < stop; ++row) {
        const int32_t* index = args.index + row * args.inner;
        float* y = args.y + row * args.inner;
        for (int64_t i = 0; i < args.inner; ++i)
          y[i] = within(index[i], args.size) ? x[index[i] * args.inner + i] : notANumber;
      }
    }
  });
}

void gatherGrad(const Launch& launch, const GatherGradArgs& args) {
  // An element of dX belongs to one (outer, inner) alone, so those are cut into tasks and `count` is not.
  const GatherArgs& forward = args.forward;
  const int64_t width = smaller(forward.inner, larger(16, taskSize / larger(1, forward.count)));
  if (width == 0 || forward.outer == 0) return;
  const int64_t blocks = divideUp(forward.inner, width);
  const int64_t outerPerTask = larger(1, taskSize / larger(1, forward.count * width));
  const int64_t tasksPerBlock = divideUp(forward.outer, outerPerTask);
  parallelFor(launch, blocks * tasksPerBlock, [&](int64_t task, int) {
    const int64_t begin = task / tasksPerBlock * width, end = smaller(forward.inner, begin + width);
    const int64_t first = task % tasksPerBlock * outerPerTask;
    for (int64_t o = first; o < smaller(forward.outer, first + outerPerTask); ++o) {
      float* dX = args.dX + o * forward.size * forward.inner;
      for (int64_t row = o * forward.count; row < (o + 1) * forward.count; ++row) {
        const int32_t* index = forward.index + row * forward.inner;
        const float* dY = args.dY + row * forward.inner;
        for (int64_t i = begin; i < end; ++i)
          if (within(index[i], forward.size)) dX[index[i] * forward.inner + i] += dY[i];
      }
    }
  });
}

}  // namespace

extern const ElementwiseKernels elementwise;
const ElementwiseKernels elementwise = {
    .unary = unary,
    .unaryGrad = unaryGrad,
    .binary = binary,
    .binaryGrad = binaryGrad,
    .reduce = reduce,
    .maxGrad = maxGrad,
    .gather = gather,
    .gatherGrad = gatherGrad,
    .fill = fill,
};

}  // namespace parascan::PARASCAN_ISA
