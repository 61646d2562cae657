// Reductions over strided operands: which outputs and which part of the reduced elements a task takes, and
// sums of elementwise expressions (reduce, and gradients of broadcast operands). Tasks depend on the shape
// alone and parts are combined in order, so results do not depend on threads.
#pragma once

#include "kernels/elementwise-loop.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// The most outputs that are reduced together down columns; a few such rows fit the first cache, and fewer
/// outputs would read memory in short pieces.
constexpr int64_t columnWidth = 2048;

/// A nest whose last operand is the output, split into the dimensions the output keeps and those it has lost
/// (stride 0).
template <int operands>
struct Reduction {
  Nest<operands> kept, reduced;
  bool along;         // whether elements are reduced along runs, into one output at a time, or down columns
  int64_t unitWidth;  // outputs taken together

  explicit Reduction(const Nest<operands>& nest) {
    for (int d = 0; d < nest.rank; ++d) (nest.stride[operands - 1][d] == 0 ? reduced : kept).append(nest, d);
    along = kept.rank == 0 || nest.stride[operands - 1][nest.rank - 1] == 0;
    kept.collapse();
    reduced.collapse();
    const int64_t inner = kept.shape[kept.rank - 1];
    unitWidth = smaller(inner, columnWidth);
    if (!along) return;
    // Runs shorter than a few vectors are better gathered from many outputs at a time.
    along = reduced.shape[reduced.rank - 1] >= 32 || inner < 32;
    unitWidth = along ? 1 : smaller(inner, packSize);
  }
};

/// Runs a reduction. The kept elements are cut into units of one output or a run of outputs side by side. For
/// every unit,
///   reducer.reduce(kept, width, begin, end, partial)  gives `width` partial results over the reduced
///                                                     elements [begin, end) in order,
///   reducer.combine(into, partial)                    joins the results of later elements to earlier ones,
///   reducer.write(kept, width, partial)               stores what is complete.
template <typename Partial, int operands, typename Reducer>
void runReduction(const Launch& launch, const Reduction<operands>& reduction, const Reducer& reducer) {
  const Nest<operands>& kept = reduction.kept;
  const int64_t outputs = kept.size(), length = reduction.reduced.size();
  if (outputs == 0) return;
  const int64_t inner = kept.shape[kept.rank - 1];
  const int64_t unitWidth = reduction.unitWidth, unitsPerInner = divideUp(inner, unitWidth);
  const int64_t units = outputs / inner * unitsPerInner;
  const int64_t unitWork = larger(1, length * unitWidth);
  // With few outputs the reduced elements are cut as well; with many, partial results would cost more.
  const int64_t mostParts = smaller(length, units < 64 ? 128 : 1);
  const int64_t parts = larger(1, smaller(mostParts, unitWork / (2 * taskSize)));
  const int64_t partLength = divideUp(length, parts);
  const int64_t unitsPerTask = parts > 1 ? 1 : larger(1, taskSize / unitWork);
  const int64_t tasksPerPart = divideUp(units, unitsPerTask);
  Partial* partials = parts > 1 ? scratch<Partial>(launch, parts * outputs) : nullptr;

  const auto eachUnit = [&](int64_t first, int64_t last, const auto& visit) {
    int64_t index = first / unitsPerInner * inner + first % unitsPerInner * unitWidth;
    Cursor<operands> cursor(kept, index);
    for (int64_t unit = first; unit < last; ++unit) {
      const int64_t width = smaller(unitWidth, cursor.run());
      visit(cursor, index, width);
      cursor.advance(width);
      index += width;
    }
  };
  parallelFor(launch, parts * tasksPerPart, [&](int64_t task, int) {
    const int64_t part = task / tasksPerPart, first = task % tasksPerPart * unitsPerTask;
    const int64_t begin = smaller(length, part * partLength), end = smaller(length, begin + partLength);
    eachUnit(first, smaller(units, first + unitsPerTask),
             [&](const Cursor<operands>& cursor, int64_t index, int64_t width) {
               if (parts > 1) {
                 reducer.reduce(cursor, width, begin, end, partials + part * outputs + index);
               } else {
                 Partial partial[columnWidth];
                 reducer.reduce(cursor, width, begin, end, partial);
                 reducer.write(cursor, width, partial);
               }
             });
  });
  if (parts == 1) return;
  parallelFor(launch, units, [&](int64_t unit, int) {
    eachUnit(unit, unit + 1, [&](const Cursor<operands>& cursor, int64_t index, int64_t width) {
      for (int64_t part = 1; part < parts; ++part)
        for (int64_t i = 0; i < width; ++i)
          reducer.combine(partials[index + i], partials[part * outputs + index + i]);
      reducer.write(cursor, width, partials + index);
    });
  });
}

/// The sum of op(x...) over a run, in float32.
using SumRun = float (*)(const void* op, const float* const* x, int64_t count);

template <int inputs, typename Op>
__attribute__((noinline)) float sumRun(const void* opaque, const float* const* x, int64_t count) {
  const Op& op = *static_cast<const Op*>(opaque);
  Vec operand[inputs], sum[4] = {};
  const auto at = [&](int64_t i) {
    for (int o = 0; o < inputs; ++o) operand[o] = load(x[o] + i);
    return op(operand);
  };
  int64_t i = 0;
  for (; i + 4 * lanes <= count; i += 4 * lanes)
    for (int j = 0; j < 4; ++j) sum[j] += at(i + j * lanes);
  for (; i + lanes <= count; i += lanes) sum[0] += at(i);
  if (i < count) {
    for (int o = 0; o < inputs; ++o) operand[o] = loadPartial(x[o] + i, count - i);
    const Vec rest = op(operand);
    // Lanes past the end hold op(0...), which need not be 0.
    float part[lanes] = {};
    storePartial(part, rest, count - i);
    sum[1] += load(part);
  }
  return sumLanes((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

/// Float32 sums of at most packSize terms (along a run) or rowsPerFlush terms (down a column), added up in
/// float64.
template <int inputs>
struct SumReducer {
  static constexpr int64_t rowsPerFlush = 32;

  const Reduction<inputs + 1>& reduction;
  const float* const* x;
  float* y;
  float scale;
  bool accumulate;
  SumRun sum;
  MapRun add;
  const void* op;

  void reduce(const Cursor<inputs + 1>& kept, int64_t width, int64_t begin, int64_t end,
              double* partial) const {
    if (reduction.along)
      along(kept, begin, end, partial);
    else
      down(kept, width, begin, end, partial);
  }

  __attribute__((noinline)) void along(const Cursor<inputs + 1>& kept, int64_t begin, int64_t end,
                                       double* partial) const {
    float buffer[inputs][packSize];
    Cursor<inputs + 1> cursor(reduction.reduced, begin);
    double total = 0;
    while (begin < end) {
      const int64_t count = smaller(smaller(cursor.run(), end - begin), packSize);
      const float* operand[inputs];
      for (int o = 0; o < inputs; ++o) {
        operand[o] = x[o] + kept.offset[o] + cursor.offset[o];
        const int64_t stride = reduction.reduced.innerStride(o);
        if (stride != 1) operand[o] = sideBySide(operand[o], stride, count, buffer[o]);
      }
      total += sum(op, operand, count);
      cursor.advance(count);
      begin += count;
    }
    *partial = total;
  }

  __attribute__((noinline)) void down(const Cursor<inputs + 1>& kept, int64_t width, int64_t begin,
                                      int64_t end, double* partial) const {
    float buffer[inputs][columnWidth], sums[columnWidth];
    Cursor<inputs + 1> cursor(reduction.reduced, begin);
    const int64_t padded = larger(width, lanes);
    for (int64_t i = 0; i < width; ++i) partial[i] = 0;
    while (begin < end) {
      for (int64_t i = 0; i < padded; ++i) sums[i] = 0;
      for (const int64_t stop = smaller(end, begin + rowsPerFlush); begin < stop; ++begin) {
        const float* operand[inputs];
        for (int o = 0; o < inputs; ++o)
          operand[o] = sideBySide(x[o] + kept.offset[o] + cursor.offset[o], reduction.kept.innerStride(o),
                                  width, buffer[o]);
        add(op, operand, sums, padded);
        cursor.advance(1);
      }
      for (int64_t i = 0; i < width; ++i) partial[i] += sums[i];
    }
  }

  void combine(double& into, double partial) const { into += partial; }

  void write(const Cursor<inputs + 1>& kept, int64_t width, const double* partial) const {
    float* target = y + kept.offset[inputs];
    const int64_t stride = reduction.kept.innerStride(inputs);
    for (int64_t i = 0; i < width; ++i) {
      const float total = static_cast<float>(partial[i] * scale);
      target[i * stride] = accumulate ? target[i * stride] + total : total;
    }
  }
};

template <int inputs>
void sumNest(const Launch& launch, Nest<inputs + 1> nest, const float* const* x, float* y, float scale,
             bool accumulate, SumRun sum, MapRun add, const void* op) {
  nest.sort();
  const Reduction<inputs + 1> reduction(nest);
  runReduction<double>(launch, reduction,
                       SumReducer<inputs>{reduction, x, y, scale, accumulate, sum, add, op});
}

/// y (+)= scale * the sum of op(x...) over the dimensions where y has stride 0.
template <int inputs, typename Op>
void sumElements(const Launch& launch, const Extent& extent, const Input (&x)[inputs], float* y,
                 const Strides& yStrides, float scale, bool accumulate, const Op& op) {
  const float* data[inputs];
  const Strides* strides[inputs + 1];
  for (int o = 0; o < inputs; ++o) {
    data[o] = x[o].data;
    strides[o] = &x[o].strides;
  }
  strides[inputs] = &yStrides;
  sumNest<inputs>(launch, makeNest(extent, strides), data, y, scale, accumulate, sumRun<inputs, Op>,
                  mapRun<inputs, true, Op>, &op);
}

}  // namespace
}  // namespace parascan::PARASCAN_ISA
