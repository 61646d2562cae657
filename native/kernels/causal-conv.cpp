// The causal depthwise convolution on the CPU: lanes are channels. Forward walks whole rows of a few tokens
// at a time, which share their taps and most of their inputs; backward walks down the tokens of a column of
// channels, with the last W inputs and gradients in registers.
//
//   y_t = act(p_t),  p_t = bias + sum_w weight[w] x_{t - (W-1) + w};   taps: (W, stride), weight transposed
//   g_t = dy_t act'(p_t);  dx_s = sum_w weight[w] g_{s + (W-1) - w};  dweight[w] = sum_t g_t x_{t - (W-1) +
//   w}
#include "kernels/causal-conv.h"

#include "kernels/channel-rows.h"
#include "kernels/vector-math.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// What every task reads: the inputs, with taps padded to whole vectors.
struct Filter {
  const CausalConvArgs* args;
  const float* taps;   // (W, stride)
  const float* bias;   // (stride), zeros where there is none
  const float* zeros;  // (stride): the inputs before the first token where there is no state
  int64_t stride;
};

template <int width>
void transposeWeight(float* taps, int64_t stride, const CausalConvArgs& args) {
  // With the row length known the compiler turns this into loads and shuffles.
  for (int64_t d = 0; d < args.channels; ++d)
    for (int w = 0; w < width; ++w) taps[w * stride + d] = args.weight[d * width + w];
}

Filter filterOf(const Launch& launch, const CausalConvArgs& args) {
  const int64_t stride = ceilDivide(args.channels, lanes) * lanes;
  float* taps = scratch<float>(launch, (args.width + 2) * stride);
  float* bias = taps + args.width * stride;
  float* zeros = bias + stride;
  for (int64_t i = 0; i < (args.width + 2) * stride; ++i) taps[i] = 0.0f;
  if (args.width == 4 && args.weightRow == 4) {
    transposeWeight<4>(taps, stride, args);
  } else {
    for (int64_t d = 0; d < args.channels; ++d)
      for (int64_t w = 0; w < args.width; ++w) taps[w * stride + d] = args.weight[d * args.weightRow + w];
  }
  if (args.bias)
    for (int64_t d = 0; d < args.channels; ++d) bias[d] = args.bias[d];
  return {&args, taps, bias, zeros, stride};
}

/// Tokens of one sequence, and the inputs before them.
struct Inputs {
  const Filter& filter;
  Sequence sequence;
  const float* before;  // (W-1, D) or null for zeros

  Inputs(const Filter& filter, int64_t index, const Sequence& sequence)
      : filter(filter), sequence(sequence), before(nullptr) {
    const CausalConvArgs& args = *filter.args;
    if (args.initialState) before = args.initialState + index * (args.width - 1) * args.channels;
  }

  /// The inputs of token t, which is negative for those before the first.
  const float* row(int64_t t) const {
    const CausalConvArgs& args = *filter.args;
    if (t >= 0) return rowOf(args.x, sequence.batch, sequence.first + t);
    return before ? before + (args.width - 1 + t) * args.channels : filter.zeros;
  }
};

/// The rows that meet the taps at `block` tokens. `width` is W, or 0 where it is known at run time only.
template <int width, int block>
struct Window {
  const float* rows[width - 1 + block];
  Window(const Inputs& inputs, int64_t t) {
    for (int i = 0; i < width - 1 + block; ++i) rows[i] = inputs.row(t - (width - 1) + i);
  }
  const float* row(int64_t i) const { return rows[i]; }
  int64_t taps() const { return width; }
};

template <int block>
struct Window<0, block> {
  const Inputs& inputs;
  int64_t t;
  Window(const Inputs& inputs, int64_t t) : inputs(inputs), t(t) {}
  const float* row(int64_t i) const { return inputs.row(t - (taps() - 1) + i); }
  int64_t taps() const { return inputs.filter.args->width; }
};

template <int width, int block>
void forwardRows(const Inputs& inputs, int64_t t) {
  const Filter& filter = inputs.filter;
  const CausalConvArgs& args = *filter.args;
  const Window<width, block> window(inputs, t);
  float* y[block];
  for (int i = 0; i < block; ++i) y[i] = rowOf(args.y, inputs.sequence.batch, inputs.sequence.first + t + i);
  const auto some = [&](int64_t d, int64_t count) {
    Vec sum[block];
    for (int i = 0; i < block; ++i) sum[i] = load(filter.bias + d);
    for (int64_t w = 0; w < window.taps(); ++w) {
      const Vec tap = load(filter.taps + w * filter.stride + d);
      for (int i = 0; i < block; ++i) sum[i] += tap * loadSome(window.row(w + i) + d, count);
    }
    for (int i = 0; i < block; ++i) storeSome(y[i] + d, args.silu ? sum[i] * sigmoid(sum[i]) : sum[i], count);
  };
  int64_t d = 0;
  for (; d + lanes <= args.channels; d += lanes) some(d, lanes);
  if (d < args.channels) some(d, args.channels - d);
}

template <int width>
void forwardStretch(const Inputs& inputs, int64_t begin, int64_t end) {
  constexpr int block = 4;
  int64_t t = begin;
  for (; t + block <= end; t += block) forwardRows<width, block>(inputs, t);
  for (; t < end; ++t) forwardRows<width, 1>(inputs, t);
}

/// The last W-1 inputs of a sequence. In place, rows move up where the tokens are fewer than that.
void storeState(const Inputs& inputs, float* state) {
  const CausalConvArgs& args = *inputs.filter.args;
  const int64_t rows = args.width - 1;
  if (state == inputs.before && inputs.sequence.tokens == 0) return;
  for (int64_t i = 0; i < rows; ++i)
    __builtin_memcpy(state + i * args.channels, inputs.row(inputs.sequence.tokens - rows + i),
                     static_cast<size_t>(args.channels) * sizeof(float));
}

void forward(const Launch& launch, const CausalConvArgs& args) {
  const Filter filter = filterOf(launch, args);
  const auto run = args.width == 4   ? forwardStretch<4>
                   : args.width == 3 ? forwardStretch<3>
                                     : forwardStretch<0>;
  // Rows enough that a task is worth a thread; a task's first rows are read by the one before, too.
  const int64_t rows = larger(1, 16384 / larger(1, args.channels));
  const int64_t total = allTokens(args.sequences);
  parallelFor(launch, ceilDivide(total, rows), [&](int64_t task, int) {
    forEachStretch(args.sequences, task * rows, smaller(total, (task + 1) * rows),
                   [&](int64_t index, const Sequence& sequence, int64_t begin, int64_t end) {
                     run(Inputs(filter, index, sequence), begin, end);
                   });
  });
  // Only now, for every task may have read it.
  for (int64_t index = 0; index < args.sequences.count; ++index)
    storeState(Inputs(filter, index, sequenceAt(args.sequences, index)),
               args.finalState + index * (args.width - 1) * args.channels);
}

/// What walks down the tokens of a column of channels. `width` is W, or 0 where it is known at run time only.
struct Column {
  Vec *taps, *inputs, *gradients, *dTaps;  // (W) each; inputs and gradients the oldest first
  Vec bias, dBias;
};

/// Positions [begin, end) of a sequence: their dx, and their share in the gradients of taps and bias. The W-1
/// tokens after them are visited too, as they read these inputs; so is the initial state, by the first of its
/// tokens.
template <int width>
void backwardStretch(const CausalConvGradArgs& grad, const Inputs& in, int64_t begin, int64_t end, int64_t d,
                     int64_t count, Column& column, float* dBefore) {
  const CausalConvArgs& args = grad.forward;
  const int64_t last = (width ? width : args.width) - 1;
  for (int64_t w = 0; w < last; ++w) {
    column.inputs[w + 1] = loadSome(in.row(begin - last + w) + d, count);
    column.gradients[w + 1] = Vec{};
  }
  for (int64_t t = begin; t < end + last; ++t) {
    for (int64_t w = 0; w < last; ++w) {
      column.inputs[w] = column.inputs[w + 1];
      column.gradients[w] = column.gradients[w + 1];
    }
    Vec g{};
    if (t < in.sequence.tokens) {
      column.inputs[last] = loadSome(in.row(t) + d, count);
      g = loadSome(rowOf(grad.dY, in.sequence.batch, in.sequence.first + t) + d, count);
      if (args.silu) {
        Vec p = column.bias;
        for (int64_t w = 0; w <= last; ++w) p += column.taps[w] * column.inputs[w];
        const Vec gate = sigmoid(p);
        g = g * gate * (1.0f + p * (1.0f - gate));
      }
    }
    column.gradients[last] = g;
    if (t < end) {
      column.dBias += g;
      for (int64_t w = 0; w <= last; ++w) column.dTaps[w] += g * column.inputs[w];
    }
    const int64_t s = t - last;  // the input whose last reader this token is
    float* dx = s >= begin
                    ? (grad.dX.data ? rowOf(grad.dX, in.sequence.batch, in.sequence.first + s) : nullptr)
                : s < 0 && dBefore ? dBefore + (last + s) * args.channels
                                   : nullptr;
    if (!dx) continue;
    Vec sum{};
    for (int64_t w = 0; w <= last; ++w) sum += column.taps[w] * column.gradients[last - w];
    addSome(dx + d, sum, count);
  }
}

// Channels and tokens of one task of backward: what it reads stays in the first-level cache.
constexpr int64_t tileChannels = 64;
constexpr int64_t tileTokens = 64;

/// Positions [first, last) of all sequences and the vector of channels from d on. sums: (W + 1,
/// tileChannels), of the taps and of the bias; work: (4 W) vectors
template <int width>
void backwardColumn(const CausalConvGradArgs& grad, const Filter& filter, int64_t first, int64_t last,
                    int64_t d, int64_t count, Vec* work, float* sums) {
  const CausalConvArgs& args = grad.forward;
  const int64_t taps = width ? width : args.width;
  Vec registers[width ? 4 * width : 1];
  Vec* of = width ? registers : work;
  Column column{of, of + taps, of + 2 * taps, of + 3 * taps, load(filter.bias + d), Vec{}};
  for (int64_t w = 0; w < taps; ++w) {
    column.taps[w] = load(filter.taps + w * filter.stride + d);
    column.dTaps[w] = Vec{};
  }
  forEachStretch(
      args.sequences, first, last, [&](int64_t index, const Sequence& sequence, int64_t begin, int64_t end) {
        float* before = grad.dInitialState && begin == 0
                            ? grad.dInitialState + index * (args.width - 1) * args.channels
                            : nullptr;
        backwardStretch<width>(grad, Inputs(filter, index, sequence), begin, end, d, count, column, before);
      });
  for (int64_t w = 0; w < taps; ++w) store(sums + w * tileChannels, column.dTaps[w]);
  store(sums + taps * tileChannels, column.dBias);
}

/// The final state is made of inputs.
void addStateGradients(const CausalConvGradArgs& grad) {
  const CausalConvArgs& args = grad.forward;
  const int64_t rows = args.width - 1;
  for (int64_t index = 0; index < args.sequences.count; ++index) {
    const Sequence sequence = sequenceAt(args.sequences, index);
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t t = sequence.tokens - rows + i;
      const float* from = grad.dFinalState + (index * rows + i) * args.channels;
      float* to = t < 0          ? grad.dInitialState
                  : grad.dX.data ? rowOf(grad.dX, sequence.batch, sequence.first + t)
                                 : nullptr;
      if (!to) continue;
      if (t < 0) to += (index * rows + rows + t) * args.channels;
      for (int64_t d = 0; d < args.channels; ++d) to[d] += from[d];
    }
  }
}

void backward(const Launch& launch, const CausalConvGradArgs& grad) {
  const CausalConvArgs& args = grad.forward;
  if (grad.dFinalState) addStateGradients(grad);
  if (!grad.dY.data) return;
  const Filter filter = filterOf(launch, args);
  const auto run = args.width == 4   ? backwardColumn<4>
                   : args.width == 3 ? backwardColumn<3>
                                     : backwardColumn<0>;
  const int64_t total = allTokens(args.sequences);
  const int64_t tiles = ceilDivide(total, tileTokens), columns = ceilDivide(args.channels, tileChannels);
  const int64_t perTask = (args.width + 1) * tileChannels;
  Vec* work = scratch<Vec>(launch, 4 * args.width * launch.threads);
  float* sums = scratch<float>(launch, tiles * columns * perTask);  // (tiles, columns, perTask)
  parallelFor(launch, tiles * columns, [&](int64_t task, int thread) {
    const int64_t first = task / columns * tileTokens, column = task % columns * tileChannels;
    for (int64_t i = 0; i < smaller(tileChannels, args.channels - column); i += lanes)
      run(grad, filter, first, smaller(total, first + tileTokens), column + i,
          smaller(lanes, args.channels - column - i), work + 4 * args.width * thread,
          sums + task * perTask + i);
  });
  parallelFor(launch, columns, [&](int64_t column, int) {
    const int64_t first = column * tileChannels, channels = smaller(tileChannels, args.channels - first);
    for (int64_t w = 0; w <= args.width; ++w) {
      float total[tileChannels] = {};
      for (int64_t tile = 0; tile < tiles; ++tile)
        for (int64_t i = 0; i < channels; ++i)
          total[i] += sums[(tile * columns + column) * perTask + w * tileChannels + i];
      for (int64_t i = 0; i < channels; ++i) {
        if (w < args.width && grad.dWeight) grad.dWeight[(first + i) * args.weightRow + w] += total[i];
        if (w == args.width && grad.dBias) grad.dBias[first + i] += total[i];
      }
    }
  });
}

}  // namespace

extern const CausalConvKernels causalConv;
const CausalConvKernels causalConv = {forward, backward};

}  // namespace parascan::PARASCAN_ISA
