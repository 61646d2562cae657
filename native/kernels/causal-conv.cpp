// The causal depthwise convolution on the CPU: lanes are channels, rows are walked whole, and SiLU is applied
// while a row is in registers.
//
//   y_t = act(p_t),  p_t = bias + sum_w weight[w] x_{t - (W-1) + w};   taps: (W, stride), weight transposed
//   g_t = dy_t act'(p_t);  dx_s = sum_w weight[w] g_{s + (W-1) - w};  dweight[w] = sum_t g_t x_{t - (W-1) +
//   w}
#include "kernels/causal-conv.h"

#include "kernels/channel-rows.h"
#include "kernels/vector-math.h"

namespace parascan::PARASCAN_ISA {
namespace {

// Channels and tokens of one task of backward: its rows of g stay in the first-level cache.
constexpr int64_t tileChannels = 64;
constexpr int64_t tileTokens = 64;

/// What every task reads: the inputs, with taps padded to whole vectors.
struct Filter {
  const CausalConvArgs* args;
  const float* taps;   // (W, stride)
  const float* bias;   // (stride), zeros where there is none
  const float* zeros;  // (D): the inputs before the first token where there is no state
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

/// The inputs of token t, which is negative for those before the first.
inline const float* inputRow(const Filter& filter, int64_t batch, int64_t t) {
  const CausalConvArgs& args = *filter.args;
  if (t >= 0) return rowOf(args.x, batch, t);
  if (!args.state) return filter.zeros;
  const int64_t rows = args.width - 1;
  return args.state + (batch * rows + rows + t) * args.channels;
}

/// The rows that meet the taps at one token. `width` is W, or 0 where it is known at run time only.
template <int width>
struct Window {
  const float* rows[width];
  Window(const Filter& filter, int64_t batch, int64_t t) {
    for (int w = 0; w < width; ++w) rows[w] = inputRow(filter, batch, t - (width - 1) + w);
  }
  const float* row(int64_t w) const { return rows[w]; }
  int64_t size() const { return width; }
};

template <>
struct Window<0> {
  const Filter& filter;
  int64_t batch, t;
  Window(const Filter& filter, int64_t batch, int64_t t) : filter(filter), batch(batch), t(t) {}
  const float* row(int64_t w) const { return inputRow(filter, batch, t - (size() - 1) + w); }
  int64_t size() const { return filter.args->width; }
};

/// p for the channels from d on.
template <int width>
inline Vec convolve(const Filter& filter, const Window<width>& window, int64_t d, int64_t count) {
  Vec sum = load(filter.bias + d);
  for (int64_t w = 0; w < window.size(); ++w)
    sum += load(filter.taps + w * filter.stride + d) * loadSome(window.row(w) + d, count);
  return sum;
}

template <int width>
void forwardRow(const Filter& filter, int64_t batch, int64_t t) {
  const CausalConvArgs& args = *filter.args;
  const Window<width> window(filter, batch, t);
  float* y = rowOf(args.y, batch, t);
  const auto some = [&](int64_t d, int64_t count) {
    Vec sum = convolve(filter, window, d, count);
    if (args.silu) sum = sum * sigmoid(sum);
    storeSome(y + d, sum, count);
  };
  int64_t d = 0;
  for (; d + lanes <= args.channels; d += lanes) some(d, lanes);
  if (d < args.channels) some(d, args.channels - d);
}

/// The last W-1 inputs, rows moving up where the tokens are fewer than that.
void advanceState(const CausalConvArgs& args, int64_t batch) {
  const int64_t rows = args.width - 1;
  const size_t bytes = static_cast<size_t>(args.channels) * sizeof(float);
  float* state = args.state + batch * rows * args.channels;
  if (args.tokens == 0) return;
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t t = args.tokens - rows + i;
    const float* from = t >= 0 ? rowOf(args.x, batch, t) : state + (i + args.tokens) * args.channels;
    __builtin_memcpy(state + i * args.channels, from, bytes);
  }
}

void forward(const Launch& launch, const CausalConvArgs& args) {
  const Filter filter = filterOf(launch, args);
  const auto run = args.width == 4 ? forwardRow<4> : args.width == 3 ? forwardRow<3> : forwardRow<0>;
  // Rows enough that a task is worth a thread; a task's first rows are read by the one before, too.
  const int64_t rows = larger(1, 16384 / larger(1, args.channels));
  const int64_t total = args.batch * args.tokens;
  parallelFor(launch, ceilDivide(total, rows), [&](int64_t task, int) {
    for (int64_t i = task * rows; i < smaller(total, (task + 1) * rows); ++i)
      run(filter, i / args.tokens, i % args.tokens);
  });
  // Only now, for every task may have read it.
  if (args.state)
    for (int64_t batch = 0; batch < args.batch; ++batch) advanceState(args, batch);
}

/// Gradients of `some` taps for the channels from d on, the first of which meets the input of token t at the
/// first row of g. g: (tokens, tileChannels), sums: (some, tileChannels)
template <int some>
inline void sumTaps(const Filter& filter, int64_t batch, int64_t t, int64_t tokens, int64_t d, int64_t count,
                    const float* g, float* sums) {
  Vec sum[some] = {}, inputs[some];
  for (int w = 1; w < some; ++w) inputs[w] = loadSome(inputRow(filter, batch, t + w - 1) + d, count);
  for (int64_t i = 0; i < tokens; ++i) {
    const Vec gradient = load(g + i * tileChannels);
    for (int w = 1; w < some; ++w) inputs[w - 1] = inputs[w];
    inputs[some - 1] = loadSome(inputRow(filter, batch, t + i + some - 1) + d, count);
    for (int w = 0; w < some; ++w) sum[w] += gradient * inputs[w];
  }
  for (int w = 0; w < some; ++w) store(sums + w * tileChannels, sum[w]);
}

/// Gradients of the taps and of the bias over one task: (W + 1, tileChannels).
/// g: (tokens of the tile and W-1 after it, tileChannels)
template <int width>
void backwardTile(const CausalConvGradArgs& grad, const Filter& filter, int64_t batch, int64_t start,
                  int64_t first, float* g, float* sums) {
  const CausalConvArgs& args = *filter.args;
  const int64_t taps = width ? width : args.width;
  const int64_t tokens = smaller(tileTokens, args.tokens - start);
  const int64_t channels = smaller(tileChannels, args.channels - first);
  for (int64_t t = start; t < start + tokens + taps - 1; ++t) {
    float* row = g + (t - start) * tileChannels;
    const Window<width> window(filter, batch, smaller(t, args.tokens - 1));
    for (int64_t i = 0; i < channels; i += lanes) {
      Vec dp{};
      if (t < args.tokens) {
        const int64_t d = first + i, count = smaller(lanes, channels - i);
        dp = loadSome(rowOf(grad.dY, batch, t) + d, count);
        if (args.silu) {
          const Vec p = convolve(filter, window, d, count), gate = sigmoid(p);
          dp = dp * gate * (1.0f + p * (1.0f - gate));
        }
      }
      store(row + i, dp);
    }
  }
  for (int64_t t = 0; grad.dX.data && t < tokens; ++t) {
    float* dx = rowOf(grad.dX, batch, start + t) + first;
    for (int64_t i = 0; i < channels; i += lanes) {
      const int64_t count = smaller(lanes, channels - i);
      Vec sum = loadSome(dx + i, count);
      for (int64_t w = 0; w < taps; ++w)
        sum += load(filter.taps + w * filter.stride + first + i) *
               load(g + (t + taps - 1 - w) * tileChannels + i);
      storeSome(dx + i, sum, count);
    }
  }
  for (int64_t i = 0; i < channels; i += lanes) {
    const int64_t count = smaller(lanes, channels - i);
    int64_t w = 0;
    for (; w + 4 <= taps; w += 4)
      sumTaps<4>(filter, batch, start - (taps - 1) + w, tokens, first + i, count, g + i,
                 sums + w * tileChannels + i);
    for (; w < taps; ++w)
      sumTaps<1>(filter, batch, start - (taps - 1) + w, tokens, first + i, count, g + i,
                 sums + w * tileChannels + i);
    Vec sum{};
    for (int64_t t = 0; t < tokens; ++t) sum += load(g + t * tileChannels + i);
    store(sums + taps * tileChannels + i, sum);
  }
}

void backward(const Launch& launch, const CausalConvGradArgs& grad) {
  const CausalConvArgs& args = grad.forward;
  const Filter filter = filterOf(launch, args);
  const auto run = args.width == 4 ? backwardTile<4> : args.width == 3 ? backwardTile<3> : backwardTile<0>;
  const int64_t tiles = ceilDivide(args.tokens, tileTokens),
                columns = ceilDivide(args.channels, tileChannels);
  const int64_t perThread = (tileTokens + args.width - 1) * tileChannels;
  const int64_t perTask = (args.width + 1) * tileChannels;
  float* g = scratch<float>(launch, perThread * launch.threads);
  float* sums =
      scratch<float>(launch, args.batch * tiles * columns * perTask);  // (B, tiles, columns, perTask)
  parallelFor(launch, args.batch * tiles * columns, [&](int64_t task, int thread) {
    const int64_t column = task % columns, tile = task / columns % tiles, batch = task / columns / tiles;
    run(grad, filter, batch, tile * tileTokens, column * tileChannels, g + thread * perThread,
        sums + task * perTask);
  });
  parallelFor(launch, columns, [&](int64_t column, int) {
    const int64_t first = column * tileChannels, channels = smaller(tileChannels, args.channels - first);
    for (int64_t w = 0; w <= args.width; ++w) {
      float total[tileChannels] = {};
      for (int64_t tile = 0; tile < args.batch * tiles; ++tile)
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
