// Norms of rows: RMS norm, its gated form, layer norm and l2 norm, forward and backward, as one computation:
//
//   x, y, gate (rows, C); weight, bias (C); saved (rows, 2) = mu, r
//   h = (x - mu) r,  r = 1 / sqrt(n sum (x - mu)^2 + eps),  y = h weight silu(gate) + bias
//   mu = 0 but for layer norm; n = 1/C but for l2, where it is 1; without gate silu(gate) is 1
//
//   backward: e = dY weight silu(gate);  dX += r (e - n sum e - h n sum e h), the first sum for layer norm
//   only; dWeight += sum_rows dY silu(gate) h;  dBias += sum_rows dY;  dGate += dY h weight silu'(gate)
#include "kernels/row-kernels.h"

namespace parascan::PARASCAN_ISA {
namespace {

const float* constantRow(const Launch& launch, int64_t columns, float value) {
  float* row = scratch<float>(launch, columns);
  for (int64_t c = 0; c < columns; ++c) row[c] = value;
  return row;
}

/// (C), the constants where the caller has none.
struct Affine {
  const float* weight;
  const float* bias;
};

Affine affineOf(const Launch& launch, const NormArgs& args) {
  return {args.weight ? args.weight : constantRow(launch, args.columns, 1),
          args.bias ? args.bias : constantRow(launch, args.columns, 0)};
}

float meanFactor(const NormArgs& args) {
  return args.op == NormOp::l2 ? 1.0f : 1.0f / static_cast<float>(args.columns);
}

template <NormOp op>
void normOfRow(const NormArgs& args, Affine affine, int64_t row) {
  const float* x = rowOf(args.x, row);
  float* y = rowOf(args.y, row);
  float mean = 0;
  if constexpr (op == NormOp::layer) {
    Vec part[slots] = {};
    overColumns(args.columns, [&](int64_t c, auto span, int slot) { part[slot] += load(x + c, span); });
    mean = sumSlots(part) / static_cast<float>(args.columns);
  }
  Vec part[slots] = {};
  overColumns(args.columns, [&](int64_t c, auto span, int slot) {
    const Vec centred = filled(load(x + c, span) - mean, 0, span);
    part[slot] += centred * centred;
  });
  const float reciprocal = 1 / __builtin_sqrtf(sumSlots(part) * meanFactor(args) + args.eps);
  if (args.saved) {
    args.saved[2 * row] = mean;
    args.saved[2 * row + 1] = reciprocal;
  }
  const float* gate = op == NormOp::gatedRms ? rowOf(args.gate, row) : nullptr;
  overColumns(args.columns, [&](int64_t c, auto span, int) {
    Vec value = (load(x + c, span) - mean) * reciprocal * load(affine.weight + c, span);
    if constexpr (op == NormOp::gatedRms) {
      const Vec g = load(gate + c, span);
      value *= g * sigmoid(g);
    }
    if constexpr (op == NormOp::layer) value += load(affine.bias + c, span);
    store(y + c, value, span);
  });
}

template <NormOp op>
void normOf(const Launch& launch, const NormArgs& args) {
  if (args.rows == 0 || args.columns == 0) return;
  const Affine affine = affineOf(launch, args);
  overRows(launch, args.rows, args.columns, [&](int64_t row, int) { normOfRow<op>(args, affine, row); });
}

/// Sums over the rows of one block, (C) each; null where not wanted.
struct Partial {
  float* dWeight;
  float* dBias;
};

/// `error`: (C) memory for e.
template <NormOp op>
void normGradOfRow(const NormGradArgs& args, Affine affine, Partial partial, float* error, int64_t row) {
  const NormArgs& forward = args.forward;
  const float* x = rowOf(forward.x, row);
  const float* dY = rowOf(args.dY, row);
  const float* gate = op == NormOp::gatedRms ? rowOf(forward.gate, row) : nullptr;
  float* dGate = op == NormOp::gatedRms ? rowIfWanted(args.dGate, row) : nullptr;
  const float mean = op == NormOp::layer ? forward.saved[2 * row] : 0;
  const float reciprocal = forward.saved[2 * row + 1];
  Vec sum[slots] = {}, product[slots] = {};
  overColumns(forward.columns, [&](int64_t c, auto span, int slot) {
    const Vec h = (load(x + c, span) - mean) * reciprocal;
    const Vec weight = load(affine.weight + c, span);
    Vec d = load(dY + c, span);
    if (op == NormOp::layer && partial.dBias)
      store(partial.dBias + c, load(partial.dBias + c, span) + d, span);
    if constexpr (op == NormOp::gatedRms) {
      const Vec g = load(gate + c, span);
      const Vec s = sigmoid(g);
      if (dGate) store(dGate + c, load(dGate + c, span) + d * h * weight * (s + g * s * (1 - s)), span);
      d *= g * s;
    }
    if (partial.dWeight) store(partial.dWeight + c, load(partial.dWeight + c, span) + d * h, span);
    const Vec e = d * weight;
    store(error + c, e, span);
    product[slot] += filled(e * h, 0, span);
    if constexpr (op == NormOp::layer) sum[slot] += e;
  });
  float* dX = rowIfWanted(args.dX, row);
  if (!dX) return;
  const float alongRow = sumSlots(product) * meanFactor(forward);
  const float constant = sumSlots(sum) * meanFactor(forward);
  overColumns(forward.columns, [&](int64_t c, auto span, int) {
    const Vec h = (load(x + c, span) - mean) * reciprocal;
    const Vec e = load(error + c, span);
    store(dX + c, load(dX + c, span) + (e - constant - h * alongRow) * reciprocal, span);
  });
}

/// y += the rows of `partial` (blocks, C), in order.
void addBlocks(const Launch& launch, int64_t blocks, int64_t columns, const float* partial, float* y) {
  const int64_t width = 256;
  parallelFor(launch, (columns + width - 1) / width, [&](int64_t task, int) {
    const int64_t first = task * width;
    const int64_t count = columns - first < width ? columns - first : width;
    overColumns(count, [&](int64_t c, auto span, int) {
      Vec sum{};
      for (int64_t block = 0; block < blocks; ++block)
        sum += load(partial + block * columns + first + c, span);
      store(y + first + c, load(y + first + c, span) + sum, span);
    });
  });
}

template <NormOp op>
void normGradOf(const Launch& launch, const NormGradArgs& args) {
  const int64_t rows = args.forward.rows, columns = args.forward.columns;
  if (rows == 0 || columns == 0) return;
  // Few enough blocks that their sums are small beside the rows, many enough for any machine.
  const int64_t mostBlocks = 64, fewestRows = 16;
  int64_t block = (rows + mostBlocks - 1) / mostBlocks;
  if (block < fewestRows) block = fewestRows;
  const int64_t blocks = (rows + block - 1) / block;

  const Affine affine = affineOf(launch, args.forward);
  float* errors = scratch<float>(launch, launch.threads * columns);
  float* dWeight = args.dWeight ? scratch<float>(launch, blocks * columns) : nullptr;
  float* dBias = args.dBias ? scratch<float>(launch, blocks * columns) : nullptr;
  parallelFor(launch, blocks, [&](int64_t task, int thread) {
    const Partial partial = {dWeight ? dWeight + task * columns : nullptr,
                             dBias ? dBias + task * columns : nullptr};
    const size_t bytes = static_cast<size_t>(columns) * sizeof(float);
    if (partial.dWeight) __builtin_memset(partial.dWeight, 0, bytes);
    if (partial.dBias) __builtin_memset(partial.dBias, 0, bytes);
    const int64_t end = (task + 1) * block < rows ? (task + 1) * block : rows;
    for (int64_t row = task * block; row < end; ++row)
      normGradOfRow<op>(args, affine, partial, errors + thread * columns, row);
  });
  if (dWeight) addBlocks(launch, blocks, columns, dWeight, args.dWeight);
  if (dBias) addBlocks(launch, blocks, columns, dBias, args.dBias);
}

}  // namespace

void norm(const Launch& launch, const NormArgs& args) {
  switch (args.op) {
    case NormOp::rms:
      return normOf<NormOp::rms>(launch, args);
    case NormOp::gatedRms:
      return normOf<NormOp::gatedRms>(launch, args);
    case NormOp::layer:
      return normOf<NormOp::layer>(launch, args);
    case NormOp::l2:
      return normOf<NormOp::l2>(launch, args);
  }
}

void normGrad(const Launch& launch, const NormGradArgs& args) {
  switch (args.forward.op) {
    case NormOp::rms:
      return normGradOf<NormOp::rms>(launch, args);
    case NormOp::gatedRms:
      return normGradOf<NormOp::gatedRms>(launch, args);
    case NormOp::layer:
      return normGradOf<NormOp::layer>(launch, args);
    case NormOp::l2:
      return normGradOf<NormOp::l2>(launch, args);
  }
}

}  // namespace parascan::PARASCAN_ISA
